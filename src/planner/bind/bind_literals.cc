#include "planner/bind/bind_literals.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"
#include "planner/bind/bind_error.h"

namespace millrace::planner {
namespace {

using plan::Expr;
using plan::ExprPtr;

ExprPtr Literal(Value value, DataType type) { return Expr::Literal(std::move(value), type.NotNull()); }

ExprPtr BindDecimalText(const sql::Expr& expr, std::string_view text) {
  // Every digit counts, also a leading zero: 0.1 is a DECIMAL(2, 1).
  const size_t dot = text.find('.');
  const auto scale = static_cast<int32_t>(dot == std::string_view::npos ? 0 : text.size() - dot - 1);
  const auto precision = static_cast<int32_t>(text.size() - (dot == std::string_view::npos ? 0 : 1));
  if (precision > 38) FailValidator(fmt::format("Numeric literal '{}' out of range", expr.text), expr.span);
  const auto value = ParseDecimal(text, precision, scale);
  if (!value) FailValidator(fmt::format("Numeric literal '{}' out of range", expr.text), expr.span);
  return Literal(Value(*value), DataType::Decimal(precision, scale));
}

ExprPtr BindInteger(const sql::Expr& expr, const std::string& text) {
  const auto value = ParseInt64(text);
  if (!value) return BindDecimalText(expr, text);
  const bool is_int = *value <= std::numeric_limits<int32_t>::max();
  return Literal(Value(*value), DataType::Of(is_int ? TypeKind::kInt : TypeKind::kBigInt));
}

size_t CodePoints(std::string_view utf8) {
  size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80 ? 1 : 0;
  return count;
}

ExprPtr BindTimestamp(const sql::Expr& expr) {
  const auto value = ParseTimestamp(expr.text);
  if (!value) {
    FailValidator(fmt::format("Illegal TIMESTAMP literal '{}': not in format 'yyyy-MM-dd HH:mm:ss'", expr.text),
                  expr.span);
  }
  const size_t dot = expr.text.find('.');
  const auto digits = dot == std::string::npos ? 0 : static_cast<int32_t>(Trim(expr.text.substr(dot + 1)).size());
  const DataType type = DataType::TimestampOf(digits);
  if (type.physical() == Physical::kInt64) return Literal(Value(value->millis), type);
  return Literal(Value(*value), type);
}

// One field of an interval's text: digits.
int64_t IntervalField(const sql::Expr& expr, std::string_view digits) {
  const auto value = ParseInt64(digits);
  const bool plain = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!plain || !value || *value > 1'000'000'000'000) {
    FailValidator(fmt::format("Illegal interval literal format '{}' for INTERVAL {}", expr.text,
                              TimeUnitName(expr.interval->from)),
                  expr.span);
  }
  return *value;
}

int64_t UnitMillis(sql::TimeUnit unit) {
  if (unit == sql::TimeUnit::kWeek) return 7 * 86'400'000LL;
  if (unit == sql::TimeUnit::kDay) return 86'400'000;
  if (unit == sql::TimeUnit::kHour) return 3'600'000;
  return unit == sql::TimeUnit::kMinute ? 60'000 : 1'000;
}

// Seconds may have a fraction; Flink's interval keeps millis.
int64_t SecondsMillis(const sql::Expr& expr, std::string_view text) {
  const size_t dot = text.find('.');
  int64_t millis = IntervalField(expr, text.substr(0, dot)) * 1000;
  if (dot == std::string_view::npos) return millis;
  std::string fraction(text.substr(dot + 1));
  IntervalField(expr, fraction);
  fraction.resize(3, '0');
  return millis + *ParseInt64(fraction);
}

// "1 02:03:04.5" from DAY TO SECOND: pieces are separated by a blank and colons; each is the next finer unit.
int64_t DaySecondMillis(const sql::Expr& expr, std::string_view text) {
  static constexpr sql::TimeUnit kUnits[] = {sql::TimeUnit::kDay, sql::TimeUnit::kHour, sql::TimeUnit::kMinute,
                                             sql::TimeUnit::kSecond};
  const sql::TimeUnit last = expr.interval->to.value_or(expr.interval->from);
  if (expr.interval->from == sql::TimeUnit::kWeek) return IntervalField(expr, text) * UnitMillis(sql::TimeUnit::kWeek);
  int64_t millis = 0;
  bool started = false;
  std::string rest(text);
  for (const sql::TimeUnit unit : kUnits) {
    if (unit == expr.interval->from) started = true;
    if (!started) continue;
    const size_t end = unit == last ? std::string::npos : rest.find(unit == sql::TimeUnit::kDay ? ' ' : ':');
    if (unit != last && end == std::string::npos) IntervalField(expr, "");
    const std::string piece = rest.substr(0, end);
    millis +=
        unit == sql::TimeUnit::kSecond ? SecondsMillis(expr, piece) : IntervalField(expr, piece) * UnitMillis(unit);
    if (unit == last) break;
    rest = rest.substr(end + 1);
  }
  return millis;
}

int64_t YearMonthMonths(const sql::Expr& expr, std::string_view text) {
  if (expr.interval->from == sql::TimeUnit::kQuarter) return IntervalField(expr, text) * 3;
  if (expr.interval->from == sql::TimeUnit::kMonth) return IntervalField(expr, text);
  if (!expr.interval->to) return IntervalField(expr, text) * 12;
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) IntervalField(expr, "");
  return IntervalField(expr, text.substr(0, dash)) * 12 + IntervalField(expr, text.substr(dash + 1));
}

ExprPtr BindInterval(const sql::Expr& expr) {
  std::string_view text = Trim(expr.text);
  bool negative = expr.negated;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = negative != (text.front() == '-');
    text.remove_prefix(1);
  }
  const sql::TimeUnit from = expr.interval->from;
  const bool months = from == sql::TimeUnit::kYear || from == sql::TimeUnit::kQuarter || from == sql::TimeUnit::kMonth;
  const int64_t value = months ? YearMonthMonths(expr, text) : DaySecondMillis(expr, text);
  return Literal(Value(negative ? -value : value),
                 DataType::Of(months ? TypeKind::kIntervalYearMonth : TypeKind::kIntervalDaySecond));
}

ExprPtr BindDouble(const sql::Expr& expr) {
  const auto value = ParseDouble(expr.text);
  if (!value) FailValidator(fmt::format("Numeric literal '{}' out of range", expr.text), expr.span);
  return Literal(Value(*value), DataType::Of(TypeKind::kDouble));
}

ExprPtr BindDate(const sql::Expr& expr) {
  const auto days = ParseDate(expr.text);
  if (!days) FailValidator(fmt::format("Illegal DATE literal '{}': not in format 'yyyy-MM-dd'", expr.text), expr.span);
  return Literal(Value(static_cast<int64_t>(*days)), DataType::Of(TypeKind::kDate));
}

ExprPtr BindTime(const sql::Expr& expr) {
  const auto millis = ParseTime(expr.text);
  const bool complete = std::count(expr.text.begin(), expr.text.end(), ':') == 2;
  if (!millis || !complete)
    FailValidator(fmt::format("Illegal TIME literal '{}': not in format 'HH:mm:ss'", expr.text), expr.span);
  return Literal(Value(static_cast<int64_t>(*millis)), {.kind = TypeKind::kTime});
}

ExprPtr BindKind(const sql::Expr& expr) {
  using Kind = sql::Expr::Kind;
  if (expr.kind == Kind::kNullLiteral) return Expr::Literal({}, DataType::Of(TypeKind::kNull));
  if (expr.kind == Kind::kBooleanLiteral) return Literal(Value(expr.value), DataType::Of(TypeKind::kBoolean));
  if (expr.kind == Kind::kIntegerLiteral) return BindInteger(expr, expr.text);
  if (expr.kind == Kind::kDecimalLiteral) {
    // "100." is an integer.
    return expr.text.ends_with('.') ? BindInteger(expr, expr.text.substr(0, expr.text.size() - 1))
                                    : BindDecimalText(expr, expr.text);
  }
  if (expr.kind == Kind::kDoubleLiteral) return BindDouble(expr);
  if (expr.kind == Kind::kStringLiteral) {
    return Literal(Value(expr.text), DataType::Char(static_cast<int32_t>(CodePoints(expr.text))));
  }
  if (expr.kind == Kind::kBinaryLiteral) {
    return Literal(Value(expr.text), {.kind = TypeKind::kBinary, .precision = static_cast<int32_t>(expr.text.size())});
  }
  if (expr.kind == Kind::kDateLiteral) return BindDate(expr);
  if (expr.kind == Kind::kTimeLiteral) return BindTime(expr);
  if (expr.kind == Kind::kTimestampLiteral) return BindTimestamp(expr);
  if (expr.kind == Kind::kIntervalLiteral) return BindInterval(expr);
  Fail(InternalError("BindLiteral: no literal"));
}

}  // namespace

ExprPtr BindLiteral(const sql::Expr& expr) {
  ExprPtr literal = BindKind(expr);
  literal->span = expr.span;
  return literal;
}

}  // namespace millrace::planner
