#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "planner/planner.h"
#include "sql/ast.h"

namespace millrace::engine {

// The stages of a statement on its way from text to operators (architecture.md section 2).
enum class Stage { kTokens, kAst, kBound, kOptimized, kPhysical };

// "tokens", "ast", "bound", "optimized", "physical"; the error names the choices.
Result<Stage> ParseStage(std::string_view name);

struct CompileOptions {
  const planner::Context* context = nullptr;
  bool optimize = true;  // false: only the rules without which a plan does not run
};

// The whole way of one statement, printed as it is after `stage`. Statements that are no query or INSERT have no stages
// after the syntax tree.
Result<std::string> ExplainStage(std::string_view text, Stage stage, const CompileOptions& options);

// A query or INSERTs (one job) from bound to physical plan.
Result<plan::LogicalPlan> BindStatement(const sql::Statement& statement, const planner::Context& context);
Result<std::shared_ptr<plan::PhysicalPlan>> Compile(plan::LogicalPlan bound, const CompileOptions& options);

// EXPLAIN's text: the bound plan, the optimized one and the one that runs.
Result<std::string> ExplainText(const sql::Statement& statement, const sql::Explain& explain,
                                const CompileOptions& options);

}  // namespace millrace::engine
