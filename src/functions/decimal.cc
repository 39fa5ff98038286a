#include "functions/decimal.h"

#include <array>
#include <charconv>
#include <cmath>

#include "data/value.h"

namespace millrace::functions {
namespace {

using UInt128 = unsigned __int128;

constexpr std::array<Int128, 39> kPowers = [] {
  std::array<Int128, 39> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// An unsigned 256-bit number, just enough of it for exact intermediate results.
struct UInt256 {
  UInt128 high = 0;
  UInt128 low = 0;

  auto operator<=>(const UInt256&) const = default;
  UInt256 operator+(const UInt256& other) const {
    UInt256 out{high + other.high, low + other.low};
    if (out.low < low) ++out.high;
    return out;
  }
  UInt256 operator-(const UInt256& other) const {
    UInt256 out{high - other.high, low - other.low};
    if (low < other.low) --out.high;
    return out;
  }
  UInt256 operator<<(unsigned bits) const {  // 0..255
    if (bits == 0) return *this;
    if (bits >= 128) return {low << (bits - 128), 0};
    return {high << bits | low >> (128 - bits), low << bits};
  }
  UInt256 operator>>(unsigned bits) const {
    if (bits == 0) return *this;
    if (bits >= 128) return {0, high >> (bits - 128)};
    return {high >> bits, low >> bits | high << (128 - bits)};
  }
  bool bit(unsigned i) const { return ((i >= 128 ? high >> (i - 128) : low >> i) & 1) != 0; }
};

UInt256 Multiply(UInt128 a, UInt128 b) {
  constexpr UInt128 kMask = ~0ULL;
  const UInt128 low = (a & kMask) * (b & kMask);
  const UInt128 cross1 = (a >> 64) * (b & kMask);
  const UInt128 cross2 = (a & kMask) * (b >> 64);
  const UInt128 high = (a >> 64) * (b >> 64);
  return UInt256{high, low} + UInt256{cross1 >> 64, cross1 << 64} + UInt256{cross2 >> 64, cross2 << 64};
}

struct Quotient {
  UInt256 value;
  UInt256 remainder;
};

Quotient Divide(const UInt256& a, const UInt256& b) {
  if (a.high == 0 && b.high == 0) return {{0, a.low / b.low}, {0, a.low % b.low}};
  Quotient out;
  for (unsigned i = 256; i-- > 0;) {  // long division, bit by bit: only values past 38 digits come here
    out.remainder = out.remainder << 1;
    if (a.bit(i)) out.remainder.low |= 1;
    out.value = out.value << 1;
    if (out.remainder >= b) {
      out.remainder = out.remainder - b;
      out.value.low |= 1;
    }
  }
  return out;
}

UInt128 Magnitude(Int128 value) { return value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value); }
Int128 Signed(UInt128 magnitude, bool negative) { return static_cast<Int128>(negative ? -magnitude : magnitude); }

UInt256 DivideHalfUp(const UInt256& a, const UInt256& b) {
  Quotient out = Divide(a, b);
  if (out.remainder >= b - out.remainder) out.value = out.value + UInt256{0, 1};
  return out.value;
}

std::optional<Int128> Fit(const UInt256& magnitude, bool negative, int32_t precision) {
  if (magnitude.high != 0 || magnitude.low >= static_cast<UInt128>(kPowers[static_cast<size_t>(precision)]))
    return std::nullopt;
  return Signed(magnitude.low, negative);
}

UInt256 ScaleUp(UInt128 value, int32_t digits) {
  return Multiply(value, static_cast<UInt128>(kPowers[static_cast<size_t>(digits)]));
}

// magnitude * 10^-from_scale as a decimal of type `to`.
std::optional<Int128> Fit(const UInt256& magnitude, bool negative, int32_t from_scale, DecimalType to) {
  int32_t cut = from_scale - to.scale;
  if (cut == 0) return Fit(magnitude, negative, to.precision);
  if (cut < 0) {
    if (magnitude.high != 0) return std::nullopt;
    return Fit(ScaleUp(magnitude.low, -cut), negative, to.precision);
  }
  UInt256 divisor{0, static_cast<UInt128>(kPowers[static_cast<size_t>(std::min(cut, kMaxPrecision))])};
  if (cut > kMaxPrecision) divisor = ScaleUp(divisor.low, cut - kMaxPrecision);
  return Fit(DivideHalfUp(magnitude, divisor), negative, to.precision);
}

// Both values at the larger scale.
struct Aligned {
  UInt256 a;
  UInt256 b;
  int32_t scale;
};

Aligned Align(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale) {
  const int32_t scale = std::max(a_scale, b_scale);
  return {ScaleUp(Magnitude(a), scale - a_scale), ScaleUp(Magnitude(b), scale - b_scale), scale};
}

constexpr Int128 kSmall = kPowers[18];  // sums of two such values at scales up to 18 apart stay below 2^126

bool IsSmall(Int128 value) { return value < kSmall && value > -kSmall; }

}  // namespace

Int128 PowerOfTen(int32_t exponent) { return kPowers[static_cast<size_t>(exponent)]; }

std::optional<Int128> RescaleDecimal(Int128 value, int32_t from_scale, DecimalType to) {
  const int32_t up = to.scale - from_scale;
  if (up == 0 || (IsSmall(value) && up > 0 && up <= 18)) {
    const Int128 scaled = value * kPowers[static_cast<size_t>(up)];
    const Int128 limit = kPowers[static_cast<size_t>(to.precision)];
    if (scaled >= limit || scaled <= -limit) return std::nullopt;
    return scaled;
  }
  return Fit({0, Magnitude(value)}, value < 0, from_scale, to);
}

std::optional<Int128> AddDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to) {
  if (IsSmall(a) && IsSmall(b) && std::abs(a_scale - b_scale) <= 18) {
    const int32_t scale = std::max(a_scale, b_scale);
    const Int128 sum =
        a * kPowers[static_cast<size_t>(scale - a_scale)] + b * kPowers[static_cast<size_t>(scale - b_scale)];
    return RescaleDecimal(sum, scale, to);
  }
  const Aligned both = Align(a, a_scale, b, b_scale);
  if ((a < 0) == (b < 0)) return Fit(both.a + both.b, a < 0, both.scale, to);
  if (both.a >= both.b) return Fit(both.a - both.b, a < 0, both.scale, to);
  return Fit(both.b - both.a, b < 0, both.scale, to);
}

std::optional<Int128> SubtractDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to) {
  return AddDecimals(a, a_scale, -b, b_scale, to);
}

std::optional<Int128> MultiplyDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to) {
  if (IsSmall(a) && IsSmall(b)) return RescaleDecimal(a * b, a_scale + b_scale, to);
  return Fit(Multiply(Magnitude(a), Magnitude(b)), (a < 0) != (b < 0), a_scale + b_scale, to);
}

std::optional<Int128> DivideDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to) {
  // a / b at scale `to.scale` = a * 10^(to.scale - a_scale + b_scale) / b
  const int32_t shift = to.scale - a_scale + b_scale;
  const bool negative = (a < 0) != (b < 0);
  UInt256 dividend{0, Magnitude(a)};
  UInt256 divisor{0, Magnitude(b)};
  if (shift >= 0) {
    dividend = ScaleUp(dividend.low, std::min(shift, kMaxPrecision));
    // Past 10^38: divide first; what is left of the shift only matters for quotients of many digits.
    if (shift > kMaxPrecision) {
      const Quotient first = Divide(dividend, divisor);
      if (first.value.high != 0) return std::nullopt;
      const int32_t rest = shift - kMaxPrecision;
      const UInt256 whole = ScaleUp(first.value.low, rest);
      const UInt256 tail = DivideHalfUp(ScaleUp(first.remainder.low, rest), divisor);
      return Fit(whole + tail, negative, to.precision);
    }
  } else {
    divisor = ScaleUp(divisor.low, -shift);
  }
  return Fit(DivideHalfUp(dividend, divisor), negative, to.precision);
}

std::optional<Int128> RemainderOfDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to) {
  const Aligned both = Align(a, a_scale, b, b_scale);
  return Fit(Divide(both.a, both.b).remainder, a < 0, both.scale, to);
}

std::strong_ordering CompareDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale) {
  if (a_scale == b_scale) return a <=> b;
  if ((a < 0) != (b < 0)) return a <=> b;
  const Aligned both = Align(a, a_scale, b, b_scale);
  return a < 0 ? both.b <=> both.a : both.a <=> both.b;
}

std::optional<Int128> RoundDecimal(Int128 value, int32_t scale, int32_t digits, bool half_up) {
  if (digits >= scale) return value;
  const int32_t cut = scale - digits;
  if (cut > kMaxPrecision) return 0;
  const Int128 unit = kPowers[static_cast<size_t>(cut)];
  const UInt128 magnitude = Magnitude(value);
  const UInt128 rest = magnitude % static_cast<UInt128>(unit);
  UInt128 rounded = magnitude - rest;
  if (half_up && rest >= static_cast<UInt128>(unit) - rest) rounded += static_cast<UInt128>(unit);
  if (rounded >= static_cast<UInt128>(kPowers[38])) return std::nullopt;
  return Signed(rounded, value < 0);
}

std::optional<Int128> DecimalFromDouble(double value, DecimalType to) {
  if (!std::isfinite(value)) return std::nullopt;
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return ParseDecimal({buffer, static_cast<size_t>(end - buffer)}, to.precision, to.scale);
}

double DecimalToDouble(Int128 value, int32_t scale) {
  constexpr Int128 kExact = Int128{1} << 53;
  if (value < kExact && value > -kExact && scale <= 22) {
    static constexpr double kExactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return static_cast<double>(static_cast<int64_t>(value)) / kExactPowers[scale];
  }
  const std::string text = DecimalToString(value, scale);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace millrace::functions
