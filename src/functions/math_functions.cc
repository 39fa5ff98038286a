#include <cmath>
#include <numbers>
#include <random>
#include <unordered_map>

#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/number_typing.h"
#include "functions/rounding.h"
#include "functions/temporal_rounding.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

// Same type as the argument: ABS, SIGN.
Result<CallTyping> InferNumber(std::string_view name, std::span<const Argument> arguments) {
  return TypeBySpec("number -> 0", name, arguments);
}

template <typename Op>
Result<ColumnPtr> MapNumbers(const ColumnPtr& argument, const DataType& result, size_t count, Op op) {
  return DispatchNumber(argument->type().physical(), [&]<typename T>() -> Result<ColumnPtr> {
    const T* values = argument->values<T>();
    return MapRows<T>(result, count, argument->parts().validity, [=](size_t row) { return op(values[row]); });
  });
}

Result<ColumnPtr> Abs(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                      size_t count) {
  return MapNumbers(arguments[0], result, count, []<typename T>(T value) -> T {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {  // Java: the least value stays as it is
      return static_cast<T>(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
    } else {
      return value < 0 ? -value : value;
    }
  });
}

Result<ColumnPtr> Sign(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  const bool decimal = arguments[0]->type().kind == TypeKind::kDecimal;
  const Int128 one = decimal ? PowerOfTen(arguments[0]->type().scale) : 1;
  return MapNumbers(arguments[0], result, count, [one]<typename T>(T value) -> T {
    if constexpr (std::is_same_v<T, Int128>) {
      return value > 0 ? one : value < 0 ? -one : 0;
    } else if constexpr (std::is_floating_point_v<T>) {
      return value > 0 ? T{1} : value < 0 ? T{-1} : value;
    } else {
      return static_cast<T>(value > 0 ? 1 : value < 0 ? -1 : 0);
    }
  });
}

// FLOOR and CEIL of a number, or of a time to a unit.
Result<CallTyping> InferFloor(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() == 2) return InferTemporalRounding(name, arguments);
  MR_ASSIGN(CallTyping typing, InferNumber(name, arguments));
  if (typing.result.kind == TypeKind::kDecimal) {
    typing.result = DataType::Decimal(typing.result.precision, 0).WithNullable(typing.result.nullable);
  }
  return typing;
}

template <bool Ceil>
Result<ColumnPtr> Floor(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  if (arguments.size() == 2) return RoundMoments(context, arguments, result, count, Ceil);
  const ColumnPtr& argument = arguments[0];
  const bool decimal = argument->type().kind == TypeKind::kDecimal;
  const Int128 unit = decimal ? PowerOfTen(argument->type().scale) : 1;
  return MapNumbers(argument, result, count, [unit]<typename T>(T value) -> T {
    if constexpr (std::is_same_v<T, Int128>) {
      const Int128 whole = value / unit;
      const Int128 rest = value % unit;
      if (Ceil) return rest > 0 ? whole + 1 : whole;
      return rest < 0 ? whole - 1 : whole;
    } else if constexpr (std::is_floating_point_v<T>) {
      return Ceil ? std::ceil(value) : std::floor(value);
    } else {
      return value;
    }
  });
}

Result<CallTyping> InferRound(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("number, integer? -> 0", name, arguments));
  const DataType& number = typing.argument_types[0];
  if (number.kind != TypeKind::kDecimal) return typing;
  int64_t digits = 0;
  if (arguments.size() == 2) {
    const auto* literal = arguments[1].literal ? std::get_if<int64_t>(&*arguments[1].literal) : nullptr;
    if (literal == nullptr) return typing;  // unknown before the run: the type of the number
    digits = *literal;
  }
  if (digits >= number.scale) return typing;
  const int32_t whole = number.precision - number.scale + 1;
  const DataType rounded = digits < 0 ? DataType::Decimal(std::min(kMaxPrecision, whole), 0)
                                      : DataType::Decimal(std::min(kMaxPrecision, whole + static_cast<int32_t>(digits)),
                                                          static_cast<int32_t>(digits));
  typing.result = rounded.WithNullable(typing.result.nullable);
  return typing;
}

template <bool HalfUp>
Result<ColumnPtr> Round(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  const Column& number = *arguments[0];
  const int64_t* digits = arguments.size() == 2 ? arguments[1]->values<int64_t>() : nullptr;
  ValidityPtr validity = CombineValidity(arguments, count);
  return DispatchNumber(number.type().physical(), [&]<typename T>() -> Result<ColumnPtr> {
    const T* values = number.values<T>();
    if constexpr (std::is_same_v<T, Int128>) {
      const int32_t scale = number.type().scale;
      return MapRowsOrNull<Int128>(result, count, std::move(validity), [&](size_t row) -> std::optional<Int128> {
        const int64_t places = std::clamp<int64_t>(digits == nullptr ? 0 : digits[row], -100, 100);
        const auto rounded = RoundDecimal(values[row], scale, static_cast<int32_t>(places), HalfUp);
        return rounded ? RescaleDecimal(*rounded, scale, ParametersOf(result)) : std::nullopt;
      });
    } else {
      return MapRows<T>(result, count, std::move(validity), [&](size_t row) -> T {
        const int64_t places = digits == nullptr ? 0 : digits[row];
        if constexpr (std::is_same_v<T, double>) return RoundDouble(values[row], places, HalfUp);
        if constexpr (std::is_same_v<T, float>) return RoundFloat(values[row], places, HalfUp);
        return static_cast<T>(RoundInteger(static_cast<int64_t>(values[row]), places, HalfUp));
      });
    }
  });
}

double Power(double base, double exponent) { return std::pow(base, exponent); }
double Sqrt(double value) { return std::sqrt(value); }
double Cbrt(double value) {
  const double root = std::cbrt(value);
  if (!std::isfinite(root) || root == 0) return root;
  return root - (root * root * root - value) / (3 * root * root);  // the library's may be off by the last bit
}
double Ln(double value) { return std::log(value); }
double Log2(double value) { return std::log(value) / std::numbers::ln2; }
double Log10(double value) { return std::log10(value); }
double Exp(double value) { return std::exp(value); }
double Sin(double value) { return std::sin(value); }
double Cos(double value) { return std::cos(value); }
double Tan(double value) { return std::tan(value); }
double Cot(double value) { return 1 / std::tan(value); }
double Asin(double value) { return std::asin(value); }
double Acos(double value) { return std::acos(value); }
double Atan(double value) { return std::atan(value); }
double Atan2(double y, double x) { return std::atan2(y, x); }
double Sinh(double value) { return std::sinh(value); }
double Cosh(double value) { return std::cosh(value); }
double Tanh(double value) { return std::tanh(value); }
double Degrees(double value) { return value * 57.29577951308232; }  // Java's constant
double Radians(double value) { return value * 0.017453292519943295; }
double Log(double first, std::optional<double> value) {
  return value ? std::log(*value) / std::log(first) : std::log(first);
}

template <int Which>
Result<ColumnPtr> Constant(const KernelContext&, std::span<const ColumnPtr>, const DataType& result, size_t count) {
  return MapRows<double>(result, count, nullptr,
                         [](size_t) { return Which == 0 ? std::numbers::pi : std::numbers::e; });
}

// java.util.Random's generator, so that a seed gives Java's sequence.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ kMultiplier) & kMask) {}
  double NextDouble() {
    const auto high = static_cast<uint64_t>(Next(26)) << 27;
    return static_cast<double>(high + static_cast<uint64_t>(Next(27))) / static_cast<double>(1ULL << 53);
  }
  int32_t NextInt(int32_t bound) {
    if ((bound & -bound) == bound) return static_cast<int32_t>(static_cast<int64_t>(bound) * Next(31) >> 31);
    while (true) {
      const int32_t bits = Next(31);
      const int32_t value = bits % bound;
      if (static_cast<int64_t>(bits) - value + (bound - 1) <= INT32_MAX) return value;
    }
  }

 private:
  static constexpr uint64_t kMultiplier = 0x5DEECE66DULL;
  static constexpr uint64_t kMask = (1ULL << 48) - 1;
  int32_t Next(int bits) {
    state_ = (state_ * kMultiplier + 0xB) & kMask;
    return static_cast<int32_t>(state_ >> (48 - bits));
  }
  uint64_t state_;
};

// One generator per thread without a seed, one per thread and seed with one: a sequence goes on from batch to batch.
JavaRandom& Generator(std::optional<int64_t> seed) {
  thread_local JavaRandom unseeded([] {
    std::random_device device;
    return static_cast<int64_t>(static_cast<uint64_t>(device()) << 32 | device());
  }());
  if (!seed) return unseeded;
  thread_local std::unordered_map<int64_t, JavaRandom> seeded;
  return seeded.try_emplace(*seed, *seed).first->second;
}

Result<ColumnPtr> Rand(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  const int64_t* seeds = arguments.empty() ? nullptr : arguments[0]->values<int64_t>();
  return MapRows<double>(result, count, CombineValidity(arguments, count), [&](size_t row) {
    return Generator(seeds == nullptr ? std::nullopt : std::optional<int64_t>(seeds[row])).NextDouble();
  });
}

Result<ColumnPtr> RandInteger(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                              size_t count) {
  const int64_t* bounds = arguments.back()->values<int64_t>();
  const int64_t* seeds = arguments.size() == 2 ? arguments[0]->values<int64_t>() : nullptr;
  bool bad = false;
  ColumnPtr out = MapRows<int32_t>(result, count, CombineValidity(arguments, count), [&](size_t row) -> int32_t {
    bad |= bounds[row] <= 0 || bounds[row] > INT32_MAX;
    if (bad) return 0;
    return Generator(seeds == nullptr ? std::nullopt : std::optional<int64_t>(seeds[row]))
        .NextInt(static_cast<int32_t>(bounds[row]));
  });
  if (bad) return UserError("RAND_INTEGER: the bound must be a positive INT.");
  return out;
}

void Binary(int64_t value, std::string& out) {
  auto bits = static_cast<uint64_t>(value);
  size_t digits = 1;
  while (digits < 64 && bits >> digits != 0) ++digits;
  for (size_t i = digits; i-- > 0;) out += (bits >> i & 1) != 0 ? '1' : '0';
}

#define MR_DOUBLE_FUNCTION(NAME, CPP, DOC, EXAMPLE) \
  {.name = NAME,                                    \
   .signature = NAME "(x)",                         \
   .doc = DOC,                                      \
   .example = EXAMPLE,                              \
   .infer = &Typed<"double -> double">,             \
   .kernel = &Strict<CPP>}

constexpr ScalarFunction kFunctions[] = {
    {.name = "ABS",
     .signature = "ABS(number)",
     .doc = "Absolute value, of the argument's type.",
     .example = "ABS(-5) -> 5",
     .infer = &InferNumber,
     .kernel = &Abs},
    {.name = "SIGN",
     .signature = "SIGN(number)",
     .doc = "-1, 0 or 1, of the argument's type.",
     .example = "SIGN(-5) -> -1",
     .infer = &InferNumber,
     .kernel = &Sign},
    {.name = "FLOOR",
     .signature = "FLOOR(number), FLOOR(time TO unit)",
     .doc = "The largest whole number that is not greater; or a time rounded down to YEAR .. SECOND. A week starts on "
            "Sunday.",
     .example = "FLOOR(2.7) -> 2",
     .infer = &InferFloor,
     .kernel = &Floor<false>},
    {.name = "CEIL",
     .signature = "CEIL(number), CEIL(time TO unit)",
     .doc = "The smallest whole number that is not less; or a time rounded up to YEAR .. SECOND.",
     .example = "CEIL(2.1) -> 3",
     .infer = &InferFloor,
     .kernel = &Floor<true>},
    {.name = "CEILING",
     .signature = "CEILING(number), CEILING(time TO unit)",
     .doc = "As CEIL.",
     .example = "CEILING(2.1) -> 3",
     .infer = &InferFloor,
     .kernel = &Floor<true>},
    {.name = "ROUND",
     .signature = "ROUND(number [, digits])",
     .doc = "Rounded half up to that many digits after the point (0; negative: before it).",
     .example = "ROUND(2.345, 2) -> 2.35",
     .infer = &InferRound,
     .kernel = &Round<true>},
    {.name = "TRUNCATE",
     .signature = "TRUNCATE(number [, digits])",
     .doc = "Cut to that many digits after the point (0; negative: before it).",
     .example = "TRUNCATE(2.349, 2) -> 2.34",
     .infer = &InferRound,
     .kernel = &Round<false>},
    {.name = "POWER",
     .signature = "POWER(base, exponent)",
     .doc = "base raised to exponent.",
     .example = "POWER(2, 10) -> 1024.0",
     .infer = &Typed<"double, double -> double">,
     .kernel = &Strict<Power>},
    MR_DOUBLE_FUNCTION("SQRT", Sqrt, "Square root; NaN of a negative number.", "SQRT(16) -> 4.0"),
    MR_DOUBLE_FUNCTION("CBRT", Cbrt, "Cube root.", "CBRT(27) -> 3.0"),
    MR_DOUBLE_FUNCTION("LN", Ln, "Natural logarithm.", "LN(1) -> 0.0"),
    MR_DOUBLE_FUNCTION("LOG2", Log2, "Logarithm to base 2.", "LOG2(8) -> 3.0"),
    MR_DOUBLE_FUNCTION("LOG10", Log10, "Logarithm to base 10.", "LOG10(1000) -> 3.0"),
    {.name = "LOG",
     .signature = "LOG([base,] x)",
     .doc = "Natural logarithm of x, or its logarithm to a base.",
     .example = "LOG(1) -> 0.0",
     .infer = &Typed<"double, double? -> double">,
     .kernel = &Strict<Log>},
    MR_DOUBLE_FUNCTION("EXP", Exp, "e raised to x.", "EXP(0) -> 1.0"),
    MR_DOUBLE_FUNCTION("SIN", Sin, "Sine of an angle in radians.", "SIN(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("COS", Cos, "Cosine of an angle in radians.", "COS(0) -> 1.0"),
    MR_DOUBLE_FUNCTION("TAN", Tan, "Tangent of an angle in radians.", "TAN(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("COT", Cot, "Cotangent of an angle in radians.", "COT(0) -> Infinity"),
    MR_DOUBLE_FUNCTION("ASIN", Asin, "Arc sine in radians.", "ASIN(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("ACOS", Acos, "Arc cosine in radians.", "ACOS(1) -> 0.0"),
    MR_DOUBLE_FUNCTION("ATAN", Atan, "Arc tangent in radians.", "ATAN(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("SINH", Sinh, "Hyperbolic sine.", "SINH(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("COSH", Cosh, "Hyperbolic cosine.", "COSH(0) -> 1.0"),
    MR_DOUBLE_FUNCTION("TANH", Tanh, "Hyperbolic tangent.", "TANH(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("DEGREES", Degrees, "Radians to degrees.", "DEGREES(0) -> 0.0"),
    MR_DOUBLE_FUNCTION("RADIANS", Radians, "Degrees to radians.", "RADIANS(0) -> 0.0"),
    {.name = "ATAN2",
     .signature = "ATAN2(y, x)",
     .doc = "Angle of the point (x, y) in radians.",
     .example = "ATAN2(0, 1) -> 0.0",
     .infer = &Typed<"double, double -> double">,
     .kernel = &Strict<Atan2>},
    {.name = "PI",
     .signature = "PI()",
     .doc = "The number pi.",
     .example = "PI() -> 3.141592653589793",
     .infer = &Typed<"-> double!">,
     .kernel = &Constant<0>},
    {.name = "E",
     .signature = "E()",
     .doc = "The number e.",
     .example = "E() -> 2.718281828459045",
     .infer = &Typed<"-> double!">,
     .kernel = &Constant<1>},
    {.name = "RAND",
     .signature = "RAND([seed])",
     .doc = "A random number from 0.0 (inclusive) to 1.0 (exclusive); a seed gives the same sequence each time.",
     .example = "RAND(1) < 1 -> TRUE",
     .infer = &Typed<"integer? -> double!">,
     .kernel = &Rand,
     .deterministic = false},
    {.name = "RAND_INTEGER",
     .signature = "RAND_INTEGER([seed,] bound)",
     .doc = "A random INT from 0 (inclusive) to bound (exclusive).",
     .example = "RAND_INTEGER(1) -> 0",
     .infer = &Typed<"integer, integer? -> int">,
     .kernel = &RandInteger,
     .deterministic = false},
    {.name = "BIN",
     .signature = "BIN(integer)",
     .doc = "The number in binary digits.",
     .example = "BIN(4) -> 100",
     .infer = &Typed<"integer -> string">,
     .kernel = &Strict<Binary>},
};

#undef MR_DOUBLE_FUNCTION

}  // namespace

std::span<const ScalarFunction> MathFunctions() { return kFunctions; }

}  // namespace millrace::functions
