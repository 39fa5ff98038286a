#include "base/strings.h"
#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;

int PrecedenceOf(const Expr& expr) {
  switch (expr.kind) {
    case Kind::kOr: return kOrPrecedence;
    case Kind::kAnd: return kAndPrecedence;
    case Kind::kNot: return kNotPrecedence;
    case Kind::kIs: return kIsPrecedence;
    case Kind::kBinary: return expr.interval ? kPostfixPrecedence : PrecedenceOf(expr.binary);
    case Kind::kQuantified: return kComparisonPrecedence;
    case Kind::kBetween:
    case Kind::kIn:
    case Kind::kLike: return kMembershipPrecedence;
    case Kind::kUnary: return kSignPrecedence;
    case Kind::kNullLiteral:
    case Kind::kBooleanLiteral:
    case Kind::kIntegerLiteral:
    case Kind::kDecimalLiteral:
    case Kind::kDoubleLiteral:
    case Kind::kStringLiteral:
    case Kind::kBinaryLiteral:
    case Kind::kDateLiteral:
    case Kind::kTimeLiteral:
    case Kind::kTimestampLiteral:
    case Kind::kIntervalLiteral:
    case Kind::kPath:
    case Kind::kStar:
    case Kind::kExists:
    case Kind::kCase:
    case Kind::kCast:
    case Kind::kTryCast:
    case Kind::kCall:
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kMultiset:
    case Kind::kRow:
    case Kind::kElement:
    case Kind::kField:
    case Kind::kScalarQuery:
    case Kind::kTimeUnit:
    case Kind::kNamedArgument:
    case Kind::kDescriptor:
    case Kind::kTableArgument:
    case Kind::kDefault: break;
  }
  return kPostfixPrecedence;
}

std::string_view IsText(IsTest test) {
  switch (test) {
    case IsTest::kNull: return "NULL";
    case IsTest::kTrue: return "TRUE";
    case IsTest::kFalse: return "FALSE";
    case IsTest::kUnknown: return "UNKNOWN";
    case IsTest::kJsonValue: return "JSON VALUE";
    case IsTest::kJsonObject: return "JSON OBJECT";
    case IsTest::kJsonArray: return "JSON ARRAY";
    case IsTest::kJsonScalar: return "JSON SCALAR";
  }
  return "";
}

std::string_view LikeText(LikeKind kind) {
  switch (kind) {
    case LikeKind::kLike: return "LIKE";
    case LikeKind::kIlike: return "ILIKE";
    case LikeKind::kSimilarTo: return "SIMILAR TO";
    case LikeKind::kRlike: return "RLIKE";
  }
  return "";
}

void WriteUnary(Writer& out, const Expr& expr) {
  const Expr& arg = expr.args[0];
  switch (expr.unary) {
    case UnaryOp::kMinus:
    case UnaryOp::kPlus:
      out << (expr.unary == UnaryOp::kMinus ? "-" : "+");
      return WriteExpr(out, arg, kSignPrecedence + 1);  // never "--", which begins a comment
    case UnaryOp::kRunning:
    case UnaryOp::kFinal: out << (expr.unary == UnaryOp::kRunning ? "RUNNING " : "FINAL "); break;
  }
  WriteExpr(out, arg, kSignPrecedence);
}

void WriteBinary(Writer& out, const Expr& expr) {
  const int precedence = PrecedenceOf(expr.binary);
  if (expr.interval) out << "(";
  WriteExpr(out, expr.args[0], precedence);
  out << " " << BinaryOpText(expr.binary) << " ";
  WriteExpr(out, expr.args[1], precedence + 1);
  if (!expr.interval) return;
  out << ") ";
  WriteUnits(out, *expr.interval);
}

void WriteLogical(Writer& out, const Expr& expr) {
  const bool is_and = expr.kind == Kind::kAnd;
  bool first = true;
  for (const Expr& arg : expr.args) {
    if (!first) out << (is_and ? " AND " : " OR ");
    first = false;
    WriteExpr(out, arg, (is_and ? kAndPrecedence : kOrPrecedence) + 1);
  }
}

void WriteListOrQuery(Writer& out, const Expr& expr) {
  if (expr.query) return WriteQueryBlock(out, *expr.query);
  out << "(";
  for (size_t i = 1; i < expr.args.size(); ++i) {
    if (i > 1) out << ", ";
    WriteExpr(out, expr.args[i]);
  }
  out << ")";
}

void WriteBetween(Writer& out, const Expr& expr) {
  WriteExpr(out, expr.args[0], kMembershipPrecedence);
  out << (expr.negated ? " NOT BETWEEN " : " BETWEEN ");
  if (expr.symmetric) out << "SYMMETRIC ";
  WriteExpr(out, expr.args[1], kMembershipPrecedence + 1);
  out << " AND ";
  WriteExpr(out, expr.args[2], kMembershipPrecedence + 1);
}

void WriteLike(Writer& out, const Expr& expr) {
  WriteExpr(out, expr.args[0], kMembershipPrecedence);
  out << (expr.negated ? " NOT " : " ") << LikeText(expr.like) << " ";
  WriteExpr(out, expr.args[1], kMembershipPrecedence + 1);
  if (expr.args.size() < 3) return;
  out << " ESCAPE ";
  WriteExpr(out, expr.args[2], kMembershipPrecedence + 1);
}

void WriteCase(Writer& out, const Expr& expr) {
  out << "CASE";
  size_t i = 0;
  if (expr.has_operand) {
    out << " ";
    WriteExpr(out, expr.args[i++]);
  }
  const size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
  for (; i + 2 <= end; i += 2) {
    out << " WHEN ";
    WriteExpr(out, expr.args[i]);
    out << " THEN ";
    WriteExpr(out, expr.args[i + 1]);
  }
  if (expr.has_else) {
    out << " ELSE ";
    WriteExpr(out, expr.args.back());
  }
  out << " END";
}

void WriteCollection(Writer& out, const Expr& expr, std::string_view word) {
  out << word;
  if (expr.query) return WriteQueryBlock(out, *expr.query);
  out << "[";
  WriteExprs(out, expr.args);
  out << "]";
}

void WriteRow(Writer& out, const Expr& expr) {
  out << "ROW(";
  for (size_t i = 0; i < expr.args.size(); ++i) {
    if (i > 0) out << ", ";
    WriteExpr(out, expr.args[i]);
    if (i < expr.names.size() && !expr.names[i].empty()) {
      out << " AS ";
      out.Name(expr.names[i].name);
    }
  }
  out << ")";
}

// A dot behind anything but an element, a field or a plain call would be read as part of it.
void WriteField(Writer& out, const Expr& expr) {
  const Expr& base = expr.args[0];
  const bool plain_call = base.kind == Kind::kCall && !base.call->niladic && !base.call->over && !base.call->filter &&
                          base.call->within_group.empty() && base.call->nulls == Call::NullTreatment::kDefault;
  const bool bare = base.kind == Kind::kElement || base.kind == Kind::kField || plain_call;
  if (!bare) out << "(";
  WriteExpr(out, base);
  if (!bare) out << ")";
  out << ".";
  WritePath(out, expr.path);
}

void WriteTableArgument(Writer& out, const TableArgument& table) {
  out << "TABLE ";
  if (table.query) {
    WriteQueryBlock(out, *table.query);
  } else {
    WritePath(out, table.name);
    WriteHints(out, table.hints);
  }
  if (!table.partition_by.empty()) {
    out << " PARTITION BY (";
    WriteExprs(out, table.partition_by);
    out << ")";
  }
  if (!table.order_by.empty()) {
    out << " ORDER BY (";
    WriteOrderItems(out, table.order_by);
    out << ")";
  }
}

void WriteTextLiteral(Writer& out, std::string_view word, const Expr& expr) {
  out << word;
  out.Text(expr.text);
}

void WriteUnparenthesized(Writer& out, const Expr& expr) {
  switch (expr.kind) {
    case Kind::kNullLiteral: out << "NULL"; break;
    case Kind::kBooleanLiteral: out << (expr.value ? "TRUE" : "FALSE"); break;
    case Kind::kIntegerLiteral:
    case Kind::kDecimalLiteral:
    case Kind::kDoubleLiteral: out << expr.text; break;
    case Kind::kStringLiteral: WriteTextLiteral(out, "", expr); break;
    case Kind::kBinaryLiteral: out << "X'" << ToUpper(HexEncode(expr.text)) << "'"; break;
    case Kind::kDateLiteral: WriteTextLiteral(out, "DATE ", expr); break;
    case Kind::kTimeLiteral: WriteTextLiteral(out, "TIME ", expr); break;
    case Kind::kTimestampLiteral: WriteTextLiteral(out, "TIMESTAMP ", expr); break;
    case Kind::kIntervalLiteral:
      WriteTextLiteral(out, expr.negated ? "INTERVAL -" : "INTERVAL ", expr);
      out << " ";
      WriteUnits(out, *expr.interval);
      break;
    case Kind::kPath: WritePath(out, expr.path); break;
    case Kind::kStar:
      WritePath(out, expr.path);
      out << (expr.path.empty() ? "*" : ".*");
      break;
    case Kind::kUnary: WriteUnary(out, expr); break;
    case Kind::kNot:
      out << "NOT ";
      WriteExpr(out, expr.args[0], kNotPrecedence);
      break;
    case Kind::kAnd:
    case Kind::kOr: WriteLogical(out, expr); break;
    case Kind::kBinary: WriteBinary(out, expr); break;
    case Kind::kIs:
      WriteExpr(out, expr.args[0], kIsPrecedence);
      out << (expr.negated ? " IS NOT " : " IS ") << IsText(expr.is);
      break;
    case Kind::kBetween: WriteBetween(out, expr); break;
    case Kind::kIn:
      WriteExpr(out, expr.args[0], kMembershipPrecedence);
      out << (expr.negated ? " NOT IN " : " IN ");
      WriteListOrQuery(out, expr);
      break;
    case Kind::kQuantified:
      WriteExpr(out, expr.args[0], kComparisonPrecedence);
      out << " " << BinaryOpText(expr.binary) << (expr.quantifier == ComparisonQuantifier::kAll ? " ALL " : " SOME ");
      WriteListOrQuery(out, expr);
      break;
    case Kind::kLike: WriteLike(out, expr); break;
    case Kind::kExists:
      out << "EXISTS ";
      WriteQueryBlock(out, *expr.query);
      break;
    case Kind::kCase: WriteCase(out, expr); break;
    case Kind::kCast:
    case Kind::kTryCast:
      out << (expr.kind == Kind::kCast ? "CAST(" : "TRY_CAST(");
      WriteExpr(out, expr.args[0]);
      out << " AS ";
      WriteType(out, *expr.type);
      out << ")";
      break;
    case Kind::kCall: WriteCall(out, expr); break;
    case Kind::kArray: WriteCollection(out, expr, "ARRAY"); break;
    case Kind::kMap: WriteCollection(out, expr, "MAP"); break;
    case Kind::kMultiset: WriteCollection(out, expr, "MULTISET"); break;
    case Kind::kRow: WriteRow(out, expr); break;
    case Kind::kElement:
      WriteExpr(out, expr.args[0], kPostfixPrecedence);
      out << "[";
      WriteExpr(out, expr.args[1]);
      out << "]";
      break;
    case Kind::kField: WriteField(out, expr); break;
    case Kind::kScalarQuery: WriteQueryBlock(out, *expr.query); break;
    case Kind::kTimeUnit: out << TimeUnitName(expr.unit); break;
    case Kind::kNamedArgument:
      WritePath(out, expr.path);
      out << " => ";
      WriteExpr(out, expr.args[0]);
      break;
    case Kind::kDescriptor:
      out << "DESCRIPTOR";
      WriteNames(out, expr.path);
      break;
    case Kind::kTableArgument: WriteTableArgument(out, *expr.table); break;
    case Kind::kDefault: out << "DEFAULT"; break;
  }
}

}  // namespace

void WriteExpr(Writer& out, const Expr& expr, int min_precedence) {
  const bool parentheses = PrecedenceOf(expr) < min_precedence;
  if (parentheses) out << "(";
  WriteUnparenthesized(out, expr);
  if (parentheses) out << ")";
}

void WriteExprs(Writer& out, const std::vector<Expr>& exprs) {
  WriteList(out, exprs, [&](const Expr& expr) { WriteExpr(out, expr); });
}

}  // namespace millrace::sql
