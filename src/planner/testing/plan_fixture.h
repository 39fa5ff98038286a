#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/catalogs.h"
#include "planner/bind/bind.h"
#include "planner/lower/lower.h"
#include "planner/rules/rule.h"
#include "planner/testing/fake_connectors.h"
#include "sql/parser.h"

namespace millrace::planner::testing {

// Plans statements over tables of fake connectors. SALES, ORDERS and so on are defined by each test with Define().
class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    context.catalogs = &catalogs;
    context.connectors = &FakeConnectors();
    context.formats = &FakeFormats();
    context.environment = std::make_shared<const connect::Environment>(connect::Environment{.formats = &FakeFormats()});
    context.zone = *functions::FindTimeZone("UTC");
    context.warnings = &warnings;
  }

  // CREATE TABLE or CREATE VIEW.
  void Define(std::string_view text) {
    const auto statement = sql::ParseStatement(text);
    ASSERT_TRUE(statement.ok()) << RenderError(statement.error(), text);
    auto table = statement->kind == sql::Statement::Kind::kCreateView
                     ? BindView(catalogs.Resolve(sql::PathNames(statement->create_view->name)),
                                statement->create_view->query, statement->create_view->columns, context)
                     : BindCreateTable(*statement->create_table, context);
    ASSERT_TRUE(table.ok()) << RenderError(table.error(), text);
    ASSERT_TRUE(catalogs.Create(*std::move(table), false).ok());
  }

  Result<plan::LogicalPlan> Bind(std::string_view text) {
    MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(text));
    if (statement.kind == sql::Statement::Kind::kInsert) return BindInserts({statement.insert.get()}, context);
    return BindQuery(*statement.query, context);
  }
  Result<plan::PhysicalPlan> Physical(std::string_view text) {
    MR_ASSIGN(plan::LogicalPlan bound, Bind(text));
    MR_ASSIGN(const plan::LogicalPlan optimized, Optimize(std::move(bound), context, optimize));
    return Lower(optimized, context);
  }
  // The plan as EXPLAIN shows it, or the error: "message @line:column (hint)".
  std::string Explain(std::string_view text) {
    const auto plan = Physical(text);
    if (!plan.ok()) return ErrorText(plan.error());
    std::string out;
    for (const plan::PhysicalPtr& root : plan->roots) out += plan::ToString(*root);
    return out;
  }
  std::string BoundPlan(std::string_view text) {
    const auto plan = Bind(text);
    return plan.ok() ? plan::ToString(*plan) : ErrorText(plan.error());
  }
  // The columns of a query: "a INT, b STRING NOT NULL".
  std::string Columns(std::string_view text) {
    const auto plan = Bind(text);
    if (!plan.ok()) return ErrorText(plan.error());
    std::string out;
    for (const Field& field : plan->roots[0].query->schema.fields) {
      out += (out.empty() ? "" : ", ") + field.name + " " + field.type.ToString();
    }
    return out;
  }
  static std::string ErrorText(const Error& error) {
    std::string out = error.message;
    if (error.span) out += " @" + std::to_string(error.span->line) + ":" + std::to_string(error.span->column);
    if (!error.hint.empty()) out += " (" + error.hint + ")";
    return out;
  }

  catalog::Catalogs catalogs;
  std::vector<std::string> warnings;
  Context context;
  bool optimize = true;
};

}  // namespace millrace::planner::testing
