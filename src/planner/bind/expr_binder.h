#pragma once

#include <span>
#include <string>
#include <vector>

#include "functions/aggregate_function.h"
#include "plan/expr.h"
#include "planner/bind/scope.h"
#include "planner/planner.h"

namespace millrace::planner {

// An aggregate call over the rows of a scope; its arguments are already cast.
struct BoundAggregate {
  const functions::AggregateFunction* function = nullptr;
  std::vector<plan::ExprPtr> args;
  plan::ExprPtr filter;  // may be null
  bool distinct = false;
  DataType type;
  std::string name;  // "SUM(amount)", for messages
};

// Binds expressions over one scope. Aggregates are collected on the side: call j becomes input column
// `columns.size() + j`, which the SELECT maps to the aggregate operator's output.
class ExprBinder {
 public:
  // `clause` ("WHERE") names the place in messages. `aggregates` may be null: then aggregates are refused.
  ExprBinder(const std::vector<ScopeColumn>& columns, const Context& context, std::string clause,
             std::vector<BoundAggregate>* aggregates = nullptr)
      : columns_(columns), context_(context), clause_(std::move(clause)), aggregates_(aggregates) {}

  plan::ExprPtr Bind(const sql::Expr& expr);
  plan::ExprPtr BindCondition(const sql::Expr& expr);  // must be BOOLEAN

  // Where the window columns of a legacy group window stand, for TUMBLE_START(..) and its like; null: they are refused.
  struct GroupWindow {
    sql::Expr call;  // TUMBLE(ts, INTERVAL ..) of GROUP BY
    size_t start = 0;
    size_t end = 0;
    size_t time = 0;
  };
  void set_group_window(const GroupWindow* window) { group_window_ = window; }

 private:
  plan::ExprPtr BindKind(const sql::Expr& expr);
  std::vector<plan::ExprPtr> BindAll(const std::vector<sql::Expr>& exprs);
  plan::ExprPtr BindPath(const sql::Expr& expr);
  plan::ExprPtr BindBinary(const sql::Expr& expr);
  plan::ExprPtr BindOverlaps(const sql::Expr& expr);
  plan::ExprPtr BindUnary(const sql::Expr& expr);
  plan::ExprPtr BindLogic(const sql::Expr& expr, plan::Expr::Kind kind);
  plan::ExprPtr BindIs(const sql::Expr& expr);
  plan::ExprPtr BindBetween(const sql::Expr& expr);
  plan::ExprPtr BindIn(const sql::Expr& expr);
  plan::ExprPtr BindLike(const sql::Expr& expr);
  plan::ExprPtr BindCase(const sql::Expr& expr);
  plan::ExprPtr BindCast(const sql::Expr& expr);
  plan::ExprPtr BindElement(const sql::Expr& expr);
  plan::ExprPtr BindFieldAccess(const sql::Expr& expr);
  // expr_binder_json.cc
  plan::ExprPtr BindJsonCall(const sql::Expr& expr, const std::string& name);  // null if it is no JSON function
  plan::ExprPtr BindJsonValue(const sql::Expr& expr, const sql::JsonClauses& json);
  plan::ExprPtr BindJsonQuery(const sql::Expr& expr, const sql::JsonClauses& json);
  plan::ExprPtr BindJsonBuild(const sql::Expr& expr, const std::string& name, const sql::JsonClauses& json);
  plan::ExprPtr BindJsonDefault(const std::optional<sql::Expr>& value);
  // expr_binder_calls.cc
  plan::ExprPtr BindCall(const sql::Expr& expr);
  plan::ExprPtr BindSpecialCall(const sql::Expr& expr, const std::string& name);  // null: an ordinary function
  plan::ExprPtr BindScalarCall(const sql::Expr& expr, const std::string& name);
  plan::ExprPtr BindAggregateCall(const sql::Expr& expr, const functions::AggregateFunction& function);
  plan::ExprPtr BindWindowAuxiliary(const sql::Expr& expr, const std::string& name);
  void RefuseCallClauses(const sql::Expr& expr);

  const std::vector<ScopeColumn>& columns_;
  const Context& context_;
  std::string clause_;
  std::vector<BoundAggregate>* aggregates_;
  const GroupWindow* group_window_ = nullptr;
};

// Calls on bound arguments. Throw BindFailure.
plan::ExprPtr CallFunction(std::string_view name, std::vector<plan::ExprPtr> args, const SourceSpan& span);
plan::ExprPtr MakeNot(plan::ExprPtr arg, const SourceSpan& span);
plan::ExprPtr MakeLogic(plan::Expr::Kind kind, std::vector<plan::ExprPtr> args, const SourceSpan& span);  // kAnd, kOr
plan::ExprPtr MakeCoalesce(std::vector<plan::ExprPtr> args, const SourceSpan& span);
plan::ExprPtr MakeCase(std::vector<plan::ExprPtr> args,
                       const SourceSpan& span);  // args as in plan::Expr, else included
plan::ExprPtr MakeField(plan::ExprPtr row, const sql::Identifier& member);
// `arg` itself when its type is `type` but for nullability; a typed NULL for an untyped one.
plan::ExprPtr CastIfNeeded(plan::ExprPtr arg, const DataType& type);
// The type of all, or BindFailure with Calcite's words.
DataType CommonTypeOf(std::span<const plan::ExprPtr> args, const SourceSpan& span, std::string_view what);
std::vector<functions::Argument> ArgumentsOf(std::span<const plan::ExprPtr> args);

}  // namespace millrace::planner
