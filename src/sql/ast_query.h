#pragma once

#include "sql/ast_expr.h"

namespace millrace::sql {

struct TableRef;

// One hint of /*+ .. */: OPTIONS('k'='v'), LOOKUP('table'='d', 'async'='true'), BROADCAST(t1, t2).
struct Hint {
  struct Argument {
    std::string key;  // empty for a plain value
    std::string value;
    bool is_name = false;  // a plain value written as an identifier
    Span span;
    bool operator==(const Argument&) const = default;
  };
  Identifier name;
  std::vector<Argument> arguments;
  bool operator==(const Hint&) const = default;
};

// A table given to a table function: TABLE t [PARTITION BY ..] [ORDER BY ..], (SELECT ..), or a bare (sub-query).
struct TableArgument {
  Span span;
  Path name;  // empty when `query` is given
  Box<Query> query;
  std::vector<Hint> hints;
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  bool operator==(const TableArgument&) const;
};

// MATCH_RECOGNIZE's PATTERN. Flink runs concatenation and quantifiers only; the rest parses for a good message.
struct RowPattern {
  enum class Kind : uint8_t {
    kVariable,     // name
    kConcat,       // parts, at least 2
    kAlternation,  // parts, at least 2
    kGroup,        // parts[0], in parentheses
    kQuantified,   // parts[0], min, max, reluctant
    kExclusion,    // {- parts[0] -}
    kPermute,      // parts
    kEmpty,        // ()
  };
  Kind kind = Kind::kVariable;
  Span span;
  Identifier name;
  std::vector<RowPattern> parts;
  int64_t min = 1;
  std::optional<int64_t> max;  // nullopt = no bound
  bool reluctant = false;
  bool operator==(const RowPattern&) const;
};

struct MatchRecognize {
  enum class RowsPerMatch : uint8_t { kDefault, kOne, kAll };
  enum class Skip : uint8_t { kDefault, kPastLastRow, kToNextRow, kToFirst, kToLast, kToVariable };
  struct Measure {
    Expr expr;
    Identifier name;
    bool operator==(const Measure&) const = default;
  };
  struct Definition {
    Identifier name;
    Expr condition;
    bool operator==(const Definition&) const = default;
  };
  struct Subset {
    Identifier name;
    std::vector<Identifier> variables;
    bool operator==(const Subset&) const = default;
  };
  Span span;
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<Measure> measures;
  RowsPerMatch rows = RowsPerMatch::kDefault;
  Skip skip = Skip::kDefault;
  Identifier skip_variable;     // kToFirst, kToLast, kToVariable
  bool anchored_start = false;  // ^
  bool anchored_end = false;    // $
  RowPattern pattern;
  std::optional<Expr> within;  // an interval
  std::vector<Subset> subsets;
  std::vector<Definition> definitions;
  bool operator==(const MatchRecognize&) const = default;
};

// kComma binds looser than the others: `a, b JOIN c ON ..` is a, (b JOIN c).
enum class JoinType : uint8_t { kInner, kLeft, kRight, kFull, kCross, kComma };

// One item of FROM.
struct TableRef {
  enum class Kind : uint8_t {
    kTable,     // path, hints, system_time
    kQuery,     // query (also VALUES), lateral
    kFunction,  // function (a kCall): TABLE(f(..)) or f(..); lateral
    kUnnest,    // arguments, with_ordinality; lateral or not means the same
    kJoin,      // left, right, join, natural, condition or using_columns; no alias
    kMatch,     // left, match
  };
  Kind kind = Kind::kTable;
  JoinType join = JoinType::kInner;
  bool natural = false;
  bool lateral = false;
  bool with_ordinality = false;
  Span span;
  Path path;
  std::vector<Hint> hints;
  std::optional<Expr> system_time;  // FOR SYSTEM_TIME AS OF x
  Box<Query> query;
  std::optional<Expr> function;
  std::vector<Expr> arguments;
  Box<TableRef> left;
  Box<TableRef> right;
  std::optional<Expr> condition;
  std::vector<Identifier> using_columns;
  Box<MatchRecognize> match;
  Identifier alias;  // optional
  std::vector<Identifier> column_aliases;

  TableRef();
  TableRef(const TableRef&);
  TableRef(TableRef&&) noexcept;
  TableRef& operator=(const TableRef&);
  TableRef& operator=(TableRef&&) noexcept;
  ~TableRef();
  bool operator==(const TableRef&) const;
};

struct SelectItem {
  Expr expr;
  Identifier alias;  // optional
  bool operator==(const SelectItem&) const = default;
};

// One item of GROUP BY.
struct GroupItem {
  enum class Kind : uint8_t {
    kExpr,          // exprs[0]
    kSet,           // exprs: (a, b), or () with none
    kGroupingSets,  // items
    kCube,          // items: kExpr or kSet
    kRollup,        // items: kExpr or kSet
  };
  Kind kind = Kind::kExpr;
  Span span;
  std::vector<Expr> exprs;
  std::vector<GroupItem> items;
  bool operator==(const GroupItem&) const;
};

struct NamedWindow {
  Identifier name;
  WindowSpec spec;
  bool operator==(const NamedWindow&) const = default;
};

struct Select {
  Span span;
  std::vector<Hint> hints;
  bool distinct = false;
  std::vector<SelectItem> items;
  Box<TableRef> from;  // null: one row without columns
  std::optional<Expr> where;
  bool has_group_by = false;
  bool group_distinct = false;  // GROUP BY DISTINCT ..
  std::vector<GroupItem> group_by;
  std::optional<Expr> having;
  std::vector<NamedWindow> windows;
  std::optional<Expr> qualify;
  bool operator==(const Select&) const = default;
};

struct QueryBody {
  enum class Kind : uint8_t {
    kSelect,     // select
    kValues,     // rows: a kRow per row, or any other expression for a row of one column
    kTable,      // table: TABLE t
    kNested,     // query: in parentheses, with ORDER BY, LIMIT or WITH of its own
    kUnion,      // inputs, at least 2, folded from the left; all
    kIntersect,  // as kUnion
    kExcept,     // as kUnion; MINUS too
  };
  Kind kind = Kind::kSelect;
  bool all = false;
  Span span;
  Box<Select> select;
  std::vector<Expr> rows;
  Path table;
  Box<Query> query;
  std::vector<QueryBody> inputs;

  QueryBody();
  QueryBody(const QueryBody&);
  QueryBody(QueryBody&&) noexcept;
  QueryBody& operator=(const QueryBody&);
  QueryBody& operator=(QueryBody&&) noexcept;
  ~QueryBody();
  bool operator==(const QueryBody&) const;
};

struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  Box<Query> query;
  bool operator==(const CommonTable&) const;
};

// WITH .. body ORDER BY .. LIMIT .. OFFSET ..
struct Query {
  Span span;
  bool recursive = false;
  std::vector<CommonTable> with;
  QueryBody body;
  std::vector<OrderItem> order_by;
  std::optional<Expr> limit;  // LIMIT n and FETCH FIRST n ROWS ONLY; LIMIT ALL leaves it empty
  std::optional<Expr> offset;
  bool operator==(const Query&) const = default;
};

}  // namespace millrace::sql
