#include "engine/session_view.h"

#include <algorithm>

#include "base/secrets.h"
#include "engine/job_graph.h"
#include "engine/session_state.h"

namespace millrace::engine {
namespace {

std::string_view KindName(catalog::Column::Kind kind) {
  switch (kind) {
    case catalog::Column::Kind::kPhysical: return "PHYSICAL";
    case catalog::Column::Kind::kComputed: return "COMPUTED";
    case catalog::Column::Kind::kMetadata: return "METADATA";
  }
  return "";
}

CatalogTree::Table View(const catalog::Table& table) {
  CatalogTree::Table out{.name = table.path.name,
                         .kind = table.kind == catalog::Table::Kind::kView ? "VIEW" : "TABLE",
                         .comment = table.comment,
                         .columns = {},
                         .options = table.options};
  const Schema types = table.RowType();
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const catalog::Column& column = table.columns[i];
    const bool watermarked = table.watermark && table.watermark->column == column.name;
    const auto& key = table.primary_key;
    out.columns.push_back({.name = column.name,
                           .type = types.fields[i].type.ToString(),
                           .kind = std::string(KindName(column.kind)),
                           .watermark = watermarked ? table.watermark->expression : "",
                           .primary_key = std::find(key.begin(), key.end(), column.name) != key.end()});
  }
  for (auto& [key, value] : out.options) {
    value = HiddenIfSecret(key, value);
  }
  return out;
}

}  // namespace

CatalogTree Session::Catalogs() const {
  const catalog::Catalogs& all = state_->catalogs;
  CatalogTree tree{
      .catalogs = {}, .current_catalog = all.current_catalog(), .current_database = all.current_database()};
  for (const std::string& catalog : all.ListCatalogs()) {
    auto& one = tree.catalogs.emplace_back(CatalogTree::Catalog{catalog, {}});
    const std::vector<std::string> databases = all.ListDatabases(catalog).value();
    for (const std::string& database : databases) {
      auto& tables = one.databases.emplace_back(CatalogTree::Database{database, {}}).tables;
      const std::vector<std::string> names = all.List(catalog, database, false).value();
      for (const std::string& name : names) {
        const catalog::Table* table = all.Find({catalog, database, name});
        if (table != nullptr) tables.push_back(View(*table));
      }
    }
  }
  return tree;
}

std::unique_ptr<Session> Session::Clone() const {
  auto copy = std::make_unique<Session>(state_->environment);
  *copy->state_ = *state_;
  return copy;
}

Status Session::Check(const sql::Statement& statement, std::string_view text) {
  using Kind = sql::Statement::Kind;
  switch (statement.kind) {
    case Kind::kExplain: return Check(statement.statements[0], text);
    case Kind::kQuery:
    case Kind::kInsert:
    case Kind::kStatementSet: {
      if (state_->in_statement_set && statement.kind != Kind::kInsert) break;  // the error that Execute has
      std::vector<std::string> warnings;
      MR_ASSIGN(const planner::Context context, state_->MakeContext(&warnings));
      MR_TRY(BindStatement(statement, context));
      return Ok();
    }
    case Kind::kEnd:
      if (!state_->in_statement_set) break;
      state_->in_statement_set = false;
      state_->statement_set.clear();
      return Ok();
    default: break;
  }
  MR_TRY(Execute(statement, text));
  return Ok();
}

Result<ExplainedJob> Session::Explain(const sql::Statement& statement) const {
  const bool is_explain = statement.kind == sql::Statement::Kind::kExplain;
  const sql::Statement& explained = is_explain ? statement.statements[0] : statement;
  const sql::Explain options = is_explain ? *statement.explain : sql::Explain();
  std::vector<std::string> warnings;
  MR_ASSIGN(const planner::Context context, state_->MakeContext(&warnings));
  ExplainedJob out;
  MR_ASSIGN(out.text, ExplainText(explained, options, state_->Options(context)));
  MR_ASSIGN(plan::LogicalPlan bound, BindStatement(explained, context));
  MR_ASSIGN(const auto plan, Compile(std::move(bound), state_->Options(context)));
  out.vertices = ReportVertices(CutIntoVertices(*plan), nullptr, plan->parallelism, {});
  return out;
}

}  // namespace millrace::engine
