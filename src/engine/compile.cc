#include "engine/compile.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind.h"
#include "planner/lower/lower.h"
#include "planner/rules/rule.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace millrace::engine {
namespace {

std::string_view TokenKindName(sql::TokenKind kind) {
  switch (kind) {
    case sql::TokenKind::kWord: return "word";
    case sql::TokenKind::kQuotedName: return "quoted name";
    case sql::TokenKind::kString: return "string";
    case sql::TokenKind::kUnicodeString: return "unicode string";
    case sql::TokenKind::kEscapeString: return "escape string";
    case sql::TokenKind::kBinaryString: return "binary string";
    case sql::TokenKind::kInteger: return "integer";
    case sql::TokenKind::kDecimal: return "decimal";
    case sql::TokenKind::kDouble: return "double";
    case sql::TokenKind::kSymbol: return "symbol";
    case sql::TokenKind::kHintStart: return "hint start";
    case sql::TokenKind::kHintEnd: return "hint end";
    case sql::TokenKind::kComment: return "comment";
    case sql::TokenKind::kError: return "error";
    case sql::TokenKind::kEnd: return "end";
  }
  return "";
}

std::string TokensText(const std::vector<sql::Token>& tokens) {
  std::string out;
  for (const sql::Token& token : tokens) {
    out += fmt::format("{}:{} {} {}\n", token.span.line, token.span.column, TokenKindName(token.kind), token.text);
  }
  return out;
}

std::string PhysicalText(const plan::PhysicalPlan& plan) {
  std::string out;
  for (const plan::PhysicalPtr& root : plan.roots) out += (out.empty() ? "" : "\n") + plan::ToString(*root);
  return out;
}

}  // namespace

Result<Stage> ParseStage(std::string_view name) {
  if (name == "tokens") return Stage::kTokens;
  if (name == "ast") return Stage::kAst;
  if (name == "bound") return Stage::kBound;
  if (name == "optimized") return Stage::kOptimized;
  if (name == "physical") return Stage::kPhysical;
  return UserError(fmt::format("Unknown stage '{}'.", name))
      .WithHint("Stages: tokens, ast, bound, optimized, physical.");
}

// text -> tokens -> syntax tree -> bound plan -> optimized plan -> physical plan
Result<std::string> ExplainStage(std::string_view text, Stage stage, const CompileOptions& options) {
  if (stage == Stage::kTokens) return TokensText(sql::Tokenize(text));

  MR_ASSIGN(sql::Statement statement, sql::ParseStatement(text));
  if (statement.kind == sql::Statement::Kind::kExplain) {
    sql::Statement explained = std::move(statement.statements[0]);
    statement = std::move(explained);
  }
  if (stage == Stage::kAst) return sql::Print(statement, {.multi_line = true}) + "\n";

  MR_ASSIGN(plan::LogicalPlan bound, BindStatement(statement, *options.context));
  if (stage == Stage::kBound) return plan::ToString(bound);

  MR_ASSIGN(plan::LogicalPlan optimized, planner::Optimize(std::move(bound), *options.context, options.optimize));
  if (stage == Stage::kOptimized) return plan::ToString(optimized);

  MR_ASSIGN(const plan::PhysicalPlan physical, planner::Lower(optimized, *options.context));
  return PhysicalText(physical);
}

Result<plan::LogicalPlan> BindStatement(const sql::Statement& statement, const planner::Context& context) {
  if (statement.kind == sql::Statement::Kind::kQuery) return planner::BindQuery(*statement.query, context);
  std::vector<const sql::Insert*> inserts;
  if (statement.kind == sql::Statement::Kind::kInsert) inserts.push_back(statement.insert.get());
  if (statement.kind == sql::Statement::Kind::kStatementSet) {
    for (const sql::Statement& part : statement.statements) {
      if (part.kind == sql::Statement::Kind::kInsert) inserts.push_back(part.insert.get());
    }
  }
  if (inserts.empty()) {
    return ValidationError("Only queries and INSERT statements have a plan.").WithSpan(statement.span);
  }
  return planner::BindInserts(inserts, context);
}

Result<std::shared_ptr<plan::PhysicalPlan>> Compile(plan::LogicalPlan bound, const CompileOptions& options) {
  MR_ASSIGN(const plan::LogicalPlan optimized, planner::Optimize(std::move(bound), *options.context, options.optimize));
  MR_ASSIGN(plan::PhysicalPlan physical, planner::Lower(optimized, *options.context));
  return std::make_shared<plan::PhysicalPlan>(std::move(physical));
}

Result<std::string> ExplainText(const sql::Statement& statement, const sql::Explain& explain,
                                const CompileOptions& options) {
  MR_ASSIGN(plan::LogicalPlan bound, BindStatement(statement, *options.context));
  std::string out = "== Abstract Syntax Tree ==\n" + plan::ToString(bound);
  MR_ASSIGN(const plan::LogicalPlan optimized, planner::Optimize(std::move(bound), *options.context, options.optimize));
  out += "\n== Optimized Physical Plan ==\n" + plan::ToString(optimized);
  MR_ASSIGN(const plan::PhysicalPlan physical, planner::Lower(optimized, *options.context));
  const plan::TextOptions text{.changelog_mode = explain.changelog_mode};
  out += "\n== Optimized Execution Plan ==\n";
  for (const plan::PhysicalPtr& root : physical.roots) out += plan::ToString(*root, text);
  if (explain.json_execution_plan) out += "\n== Physical Execution Plan ==\n" + plan::ToJson(physical) + "\n";
  return out;
}

}  // namespace millrace::engine
