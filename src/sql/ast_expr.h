#pragma once

#include "sql/ast_base.h"

namespace millrace::sql {

struct Call;
struct Query;
struct TableArgument;

// Left-associative unless said otherwise; AND and OR are kinds of their own, with any number of arguments.
enum class BinaryOp : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIsDistinctFrom,
  kIsNotDistinctFrom,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kConcat,    // ||
  kOverlaps,  // (start, end) OVERLAPS (start, end): both sides kRow
};
std::string_view BinaryOpText(BinaryOp op);  // "<=", "IS DISTINCT FROM", "||"

enum class UnaryOp : uint8_t { kMinus, kPlus, kRunning, kFinal };  // the last two: inside MATCH_RECOGNIZE

// x IS [NOT] ..
enum class IsTest : uint8_t { kNull, kTrue, kFalse, kUnknown, kJsonValue, kJsonObject, kJsonArray, kJsonScalar };

enum class LikeKind : uint8_t { kLike, kIlike, kSimilarTo, kRlike };

enum class ComparisonQuantifier : uint8_t { kSome, kAll };  // ANY is SOME

// A value expression.
struct Expr {
  enum class Kind : uint8_t {
    kNullLiteral,
    kBooleanLiteral,    // value
    kIntegerLiteral,    // text: digits
    kDecimalLiteral,    // text: "1.50", ".5"
    kDoubleLiteral,     // text: "1e0", "1.5E-3"
    kStringLiteral,     // text: the value, escapes resolved, UTF-8
    kBinaryLiteral,     // text: the bytes
    kDateLiteral,       // text: what stood between the quotes, unchecked
    kTimeLiteral,       // text
    kTimestampLiteral,  // text
    kIntervalLiteral,   // text, interval, negated for INTERVAL -'1' DAY
    kPath,              // path: a column, table.column, column.member ..; the binder decides which
    kStar,              // path: qualifier of t.*, empty for *
    kUnary,             // unary, args[0]
    kNot,               // args[0]
    kAnd,               // args, at least 2
    kOr,                // args, at least 2
    kBinary,            // binary, args[0], args[1]; interval for (a - b) DAY
    kIs,                // is, negated, args[0]
    kBetween,           // args value, low, high; negated, symmetric
    kIn,                // args[0] value; then the list, or query. negated
    kQuantified,        // binary (comparison), quantifier, args[0] value; then the list, or query
    kLike,              // like, negated, args value, pattern [, escape]
    kExists,            // query
    kCase,              // args: [operand if has_operand] (when, then)+ [else if has_else]
    kCast,              // args[0], type
    kTryCast,           // args[0], type
    kCall,              // call, args
    kArray,             // args, or query for ARRAY(SELECT ..)
    kMap,               // args key, value, key, value ..; or query
    kMultiset,          // args, or query
    kRow,               // args, at least 1; names parallel to args when any was given (ROW(a AS x)), else empty
    kElement,           // args[0][args[1]]: of an array (1-based) or a map
    kField,             // args[0].path[0] where args[0] is no plain path
    kScalarQuery,       // query
    kTimeUnit,          // unit: only as an argument of EXTRACT, FLOOR, CEIL, TIMESTAMPADD, TIMESTAMPDIFF
    kNamedArgument,     // path[0] => args[0]: only as an argument of a call
    kDescriptor,        // DESCRIPTOR(path[0], ..): only as an argument
    kTableArgument,     // table: only as an argument
    kDefault,           // DEFAULT: only as an argument
  };
  Kind kind = Kind::kNullLiteral;
  UnaryOp unary = UnaryOp::kMinus;
  BinaryOp binary = BinaryOp::kEqual;
  IsTest is = IsTest::kNull;
  LikeKind like = LikeKind::kLike;
  ComparisonQuantifier quantifier = ComparisonQuantifier::kSome;
  TimeUnit unit = TimeUnit::kDay;
  bool value = false;
  bool negated = false;
  bool symmetric = false;
  bool has_operand = false;
  bool has_else = false;
  // Levels of the tree from here down, sub-queries included: the parser allows at most kMaxTreeHeight.
  Derived<uint16_t> height{1};
  Span span;
  std::string text;
  Path path;
  std::vector<Expr> args;
  std::vector<Identifier> names;
  std::optional<IntervalUnits> interval;
  Box<TypeName> type;
  Box<Call> call;
  Box<Query> query;
  Box<TableArgument> table;

  Expr();
  Expr(Kind kind, const Span& span);
  Expr(const Expr&);
  Expr(Expr&&) noexcept;
  Expr& operator=(const Expr&);
  Expr& operator=(Expr&&) noexcept;
  ~Expr();
  bool operator==(const Expr&) const;
};

// No recursion over a parsed tree goes deeper than this many nodes.
inline constexpr int kMaxTreeHeight = 1000;

// One item of ORDER BY.
struct OrderItem {
  enum class Nulls : uint8_t { kDefault, kFirst, kLast };
  Expr expr;
  bool descending = false;
  Nulls nulls = Nulls::kDefault;
  bool operator==(const OrderItem&) const = default;
};

struct FrameBound {
  enum class Kind : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
  Kind kind = Kind::kCurrentRow;
  std::optional<Expr> offset;  // kPreceding, kFollowing: a number or an interval
  bool operator==(const FrameBound&) const = default;
};

// OVER w, OVER (w PARTITION BY ..), or the right side of WINDOW w AS (..).
struct WindowSpec {
  Span span;
  Identifier base;         // the named window this one refers to or extends; optional
  bool only_name = false;  // OVER w, without parentheses: nothing but `base` is given
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  bool has_frame = false;
  bool rows = false;  // ROWS; else RANGE
  FrameBound start;   // `ROWS n PRECEDING` has the end CURRENT ROW
  FrameBound end;
  bool operator==(const WindowSpec&) const = default;
};

// What the JSON_* functions take beside their arguments.
struct JsonClauses {
  enum class Wrapper : uint8_t { kDefault, kWithout, kConditional, kUnconditional };
  enum class On : uint8_t { kDefault, kNull, kError, kEmptyArray, kEmptyObject, kValue, kTrue, kFalse, kUnknown };
  enum class OnNull : uint8_t { kDefault, kNull, kAbsent };
  Box<TypeName> returning;
  Wrapper wrapper = Wrapper::kDefault;
  On on_empty = On::kDefault;
  On on_error = On::kDefault;
  std::optional<Expr> empty_value;  // DEFAULT x ON EMPTY
  std::optional<Expr> error_value;
  OnNull on_null = OnNull::kDefault;  // JSON_OBJECT, JSON_ARRAY and their aggregates
  bool operator==(const JsonClauses&) const = default;
};

enum class TrimSide : uint8_t { kBoth, kLeading, kTrailing };

// The rest of a kCall; its arguments are Expr::args. Special forms arrive as plain calls in this order:
//   EXTRACT(unit FROM x)               EXTRACT     unit, x
//   TRIM([side] [chars] FROM x)        TRIM        x [, chars], side in `trim`; TRIM(x) too
//   POSITION(a IN b [FROM n])          POSITION    a, b [, n]
//   SUBSTRING(x FROM a [FOR n])        SUBSTRING   x, a [, n]
//   OVERLAY(x PLACING y FROM a [FOR n]) OVERLAY    x, y, a [, n]
//   FLOOR(x TO unit), CEIL             FLOOR       x, unit
//   JSON_OBJECT(KEY k VALUE v, ..)     JSON_OBJECT k, v, k, v ..
//   COUNT(*)                           COUNT       one kStar
struct Call {
  Path name;
  bool niladic = false;   // CURRENT_TIMESTAMP and the like, written without parentheses
  bool distinct = false;  // f(DISTINCT x)
  TrimSide trim = TrimSide::kBoth;
  std::vector<OrderItem> order_by;      // f(x ORDER BY y)
  std::vector<OrderItem> within_group;  // f(x) WITHIN GROUP (ORDER BY y)
  enum class NullTreatment : uint8_t { kDefault, kIgnore, kRespect } nulls = NullTreatment::kDefault;
  std::optional<Expr> filter;  // FILTER (WHERE ..)
  Box<WindowSpec> over;
  Box<JsonClauses> json;
  // Function names of one part are compared without regard to case.
  bool operator==(const Call&) const;
};

// The function's last name is `name`, whatever its case; no catalog before it.
bool CallsFunction(const Expr& expr, std::string_view name);

}  // namespace millrace::sql
