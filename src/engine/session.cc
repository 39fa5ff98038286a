#include "engine/session.h"

#include <set>

#include "engine/local_zone.h"
#include "engine/session_state.h"
#include "functions/scalar_function.h"
#include "sql/parser.h"

namespace millrace::engine {

Session::Session(SessionEnvironment environment) : state_(std::make_unique<State>(std::move(environment))) {}
Session::~Session() = default;

Result<StatementResult> Session::Execute(const sql::Statement& statement, std::string_view text) {
  return state_->Execute(statement, text);
}

Result<StatementResult> Session::ExecuteText(std::string_view text) {
  MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(text));
  return Execute(statement, text);
}

Result<std::string> Session::ExplainStage(std::string_view statement, Stage stage) {
  std::vector<std::string> warnings;
  MR_ASSIGN(const planner::Context context, state_->MakeContext(&warnings));
  return engine::ExplainStage(statement, stage, state_->Options(context));
}

std::string Session::Preparation() const { return state_->Preparation(); }
void Session::Set(std::string_view key, std::string_view value) { state_->config.Set(key, value); }
void Session::Reset(std::string_view key) { state_->config.Reset(key); }
const Config& Session::config() const { return state_->config; }
const SessionEnvironment& Session::environment() const { return state_->environment; }
const SessionTexts& Session::texts() const { return state_->texts(); }
bool Session::in_statement_set() const { return state_->in_statement_set; }

const TimeZone* Session::zone() const {
  const auto zone = FindSessionZone(state_->config.GetString("table.local-time-zone"));
  return zone.ok() ? *zone : *functions::FindTimeZone("UTC");
}

std::vector<std::string> Session::TableNames() const {
  const catalog::Catalogs& catalogs = state_->catalogs;
  auto names = catalogs.List(catalogs.current_catalog(), catalogs.current_database(), false);
  return names.ok() ? *std::move(names) : std::vector<std::string>();
}

std::vector<std::string> Session::ColumnNames() const {
  std::set<std::string> names;
  for (const std::string& table : TableNames()) {
    const catalog::Table* found = state_->catalogs.Find(state_->catalogs.Resolve({table}));
    if (found == nullptr) continue;
    for (const catalog::Column& column : found->columns) names.insert(column.name);
  }
  return {names.begin(), names.end()};
}

}  // namespace millrace::engine
