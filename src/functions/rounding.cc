#include "functions/rounding.h"

#include <charconv>
#include <cmath>
#include <string>

namespace millrace::functions {
namespace {

// Adds one to the last of the decimal digits; "999" becomes "1000".
void Increment(std::string& digits) {
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return;
    }
    digits[i] = '0';
  }
  digits.insert(digits.begin(), '1');
}

template <typename T>
T Round(T value, int64_t digits, bool half_up) {
  if (!std::isfinite(value)) return value;
  if (value == 0) return 0;                                                          // never -0.0
  if (digits == 0) return (half_up ? std::round(value) : std::trunc(value)) + T{0};  // never -0.0
  if (digits > 400) return value;
  if (digits < -400) return 0;
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific).ptr;
  std::string text(buffer, end);  // d.ddde±xx
  const size_t e = text.find('e');
  int64_t exponent = std::stoll(text.substr(e + 1));
  std::string number = text.substr(0, 1);
  if (e > 2) number += text.substr(2, e - 2);
  // value = number * 10^(exponent - (number.size() - 1)); keep the digits down to 10^-digits
  const int64_t kept = exponent + 1 + digits;
  if (kept >= static_cast<int64_t>(number.size())) return value;
  if (kept < 0) return 0;
  const bool up = half_up && number[static_cast<size_t>(kept)] >= '5';
  number.resize(static_cast<size_t>(kept));
  if (up) Increment(number);
  if (number.empty()) return 0;
  text = number + "e" + std::to_string(-digits);
  T out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return std::copysign(out, value);
}

}  // namespace

double RoundDouble(double value, int64_t digits, bool half_up) { return Round(value, digits, half_up); }
float RoundFloat(float value, int64_t digits, bool half_up) { return Round(value, digits, half_up); }

int64_t RoundInteger(int64_t value, int64_t digits, bool half_up) {
  if (digits >= 0) return value;
  if (digits < -19) return 0;
  __int128 unit = 1;
  for (int64_t i = digits; i < 0; ++i) unit *= 10;
  const __int128 wide = value;
  __int128 rest = wide % unit;
  __int128 out = wide - rest;
  if (half_up && (rest < 0 ? -rest : rest) * 2 >= unit) out += rest < 0 ? -unit : unit;
  return static_cast<int64_t>(out);
}

}  // namespace millrace::functions
