#include "sql/ast.h"

#include "base/strings.h"

namespace millrace::sql {

std::vector<std::string> PathNames(const Path& path) {
  std::vector<std::string> names;
  names.reserve(path.size());
  for (const Identifier& part : path) names.push_back(part.name);
  return names;
}

std::string DottedPath(const Path& path) { return Join(PathNames(path), "."); }

Span PathSpan(const Path& path) { return path.empty() ? Span() : Cover(path.front().span, path.back().span); }

std::string_view TimeUnitName(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillennium: return "MILLENNIUM";
    case TimeUnit::kCentury: return "CENTURY";
    case TimeUnit::kDecade: return "DECADE";
    case TimeUnit::kYear: return "YEAR";
    case TimeUnit::kIsoYear: return "ISOYEAR";
    case TimeUnit::kQuarter: return "QUARTER";
    case TimeUnit::kMonth: return "MONTH";
    case TimeUnit::kWeek: return "WEEK";
    case TimeUnit::kDay: return "DAY";
    case TimeUnit::kDow: return "DOW";
    case TimeUnit::kIsoDow: return "ISODOW";
    case TimeUnit::kDoy: return "DOY";
    case TimeUnit::kHour: return "HOUR";
    case TimeUnit::kMinute: return "MINUTE";
    case TimeUnit::kSecond: return "SECOND";
    case TimeUnit::kMillisecond: return "MILLISECOND";
    case TimeUnit::kMicrosecond: return "MICROSECOND";
    case TimeUnit::kNanosecond: return "NANOSECOND";
    case TimeUnit::kEpoch: return "EPOCH";
  }
  return "";
}

std::string_view BinaryOpText(BinaryOp op) {
  switch (op) {
    case BinaryOp::kEqual: return "=";
    case BinaryOp::kNotEqual: return "<>";
    case BinaryOp::kLess: return "<";
    case BinaryOp::kLessEqual: return "<=";
    case BinaryOp::kGreater: return ">";
    case BinaryOp::kGreaterEqual: return ">=";
    case BinaryOp::kIsDistinctFrom: return "IS DISTINCT FROM";
    case BinaryOp::kIsNotDistinctFrom: return "IS NOT DISTINCT FROM";
    case BinaryOp::kAdd: return "+";
    case BinaryOp::kSubtract: return "-";
    case BinaryOp::kMultiply: return "*";
    case BinaryOp::kDivide: return "/";
    case BinaryOp::kModulo: return "%";
    case BinaryOp::kConcat: return "||";
    case BinaryOp::kOverlaps: return "OVERLAPS";
  }
  return "";
}

bool CallsFunction(const Expr& expr, std::string_view name) {
  return expr.kind == Expr::Kind::kCall && expr.call->name.size() == 1 &&
         EqualsIgnoreCase(expr.call->name[0].name, name);
}

Expr::Expr() = default;
Expr::Expr(Kind kind, const Span& span) : kind(kind), span(span) {}
Expr::Expr(const Expr&) = default;
Expr::Expr(Expr&&) noexcept = default;
Expr& Expr::operator=(const Expr&) = default;
Expr& Expr::operator=(Expr&&) noexcept = default;
Expr::~Expr() = default;
bool Expr::operator==(const Expr&) const = default;

TableRef::TableRef() = default;
TableRef::TableRef(const TableRef&) = default;
TableRef::TableRef(TableRef&&) noexcept = default;
TableRef& TableRef::operator=(const TableRef&) = default;
TableRef& TableRef::operator=(TableRef&&) noexcept = default;
TableRef::~TableRef() = default;
bool TableRef::operator==(const TableRef&) const = default;

QueryBody::QueryBody() = default;
QueryBody::QueryBody(const QueryBody&) = default;
QueryBody::QueryBody(QueryBody&&) noexcept = default;
QueryBody& QueryBody::operator=(const QueryBody&) = default;
QueryBody& QueryBody::operator=(QueryBody&&) noexcept = default;
QueryBody::~QueryBody() = default;
bool QueryBody::operator==(const QueryBody&) const = default;

Statement::Statement() = default;
Statement::Statement(const Statement&) = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(const Statement&) = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;
bool Statement::operator==(const Statement&) const = default;

bool Call::operator==(const Call& other) const {
  const bool same_name = name.size() == 1 && other.name.size() == 1 ? EqualsIgnoreCase(name[0].name, other.name[0].name)
                                                                    : name == other.name;
  return same_name && niladic == other.niladic && distinct == other.distinct && trim == other.trim &&
         order_by == other.order_by && within_group == other.within_group && nulls == other.nulls &&
         filter == other.filter && over == other.over && json == other.json;
}

bool TypeName::operator==(const TypeName&) const = default;
bool TableArgument::operator==(const TableArgument&) const = default;
bool RowPattern::operator==(const RowPattern&) const = default;
bool GroupItem::operator==(const GroupItem&) const = default;
bool CommonTable::operator==(const CommonTable&) const = default;

}  // namespace millrace::sql
