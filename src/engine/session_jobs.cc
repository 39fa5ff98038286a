#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "engine/session_state.h"
#include "planner/bind/bind.h"

namespace millrace::engine {

Result<StatementResult> Session::State::Query(const sql::Statement& statement) {
  StatementResult result;
  result.kind = StatementResult::Kind::kQuery;
  MR_ASSIGN(const planner::Context context, MakeContext(&result.warnings));
  // What the client has shown cannot be taken back: no checkpoints, and no start from one.
  MR_ASSIGN(JobSettings settings, ReadJobSettings(config));
  result.settings.backend = std::move(settings.backend);
  result.settings.state = std::move(settings.state);
  MR_ASSIGN(plan::LogicalPlan bound, planner::BindQuery(*statement.query, context));
  MR_ASSIGN(result.plan, Compile(std::move(bound), Options(context)));
  result.schema = result.plan->roots[0]->schema;
  return result;
}

// One job for all.
Result<StatementResult> Session::State::Submit(const std::vector<const sql::Insert*>& inserts) {
  StatementResult result;
  result.kind = StatementResult::Kind::kInsert;
  MR_ASSIGN(const planner::Context context, MakeContext(&result.warnings));
  MR_ASSIGN(result.wait_for_job, config.GetBool("table.dml-sync"));
  MR_ASSIGN(result.settings, ReadJobSettings(config));
  MR_ASSIGN(plan::LogicalPlan bound, planner::BindInserts(inserts, context));
  MR_ASSIGN(result.plan, Compile(std::move(bound), Options(context)));
  return result;
}

Result<StatementResult> Session::State::Insert(const sql::Statement& statement, const Written& written) {
  if (!in_statement_set) return Submit({statement.insert.get()});
  // Mistakes show at once; the plan is made at END.
  std::vector<std::string> warnings;
  MR_ASSIGN(const planner::Context context, MakeContext(&warnings));
  MR_TRY(planner::BindInserts({statement.insert.get()}, context));
  statement_set.push_back({*statement.insert, written.text, written.line});
  return Message(texts().add_to_statement_set);
}

Result<StatementResult> Session::State::StatementSet(const sql::Statement& statement) {
  std::vector<const sql::Insert*> inserts;
  for (const sql::Statement& part : statement.statements) {
    if (part.kind != sql::Statement::Kind::kInsert) {
      return ValidationError("Only INSERT statements are allowed in a statement set.").WithSpan(part.span);
    }
    inserts.push_back(part.insert.get());
  }
  if (inserts.empty()) return Message(texts().empty_statement_set);
  return Submit(inserts);
}

Result<StatementResult> Session::State::EndStatementSet() {
  if (!in_statement_set) {
    return UserError(std::string(texts().end_without_begin)).WithCode("java.lang.IllegalArgumentException");
  }
  // Whatever becomes of it, the set is closed: a statement that cannot run must not lock the session.
  in_statement_set = false;
  std::vector<SetMember> set = std::move(statement_set);
  statement_set.clear();
  if (set.empty()) return Message(texts().empty_statement_set);
  std::vector<const sql::Insert*> inserts;
  std::string statement = "EXECUTE STATEMENT SET BEGIN\n";
  for (const SetMember& member : set) {
    inserts.push_back(&member.insert);
    statement += member.text + ";\n";
  }
  MR_ASSIGN(StatementResult result, Submit(inserts));
  result.statement = statement + "END";
  uint32_t line = 2;
  for (size_t i = 0; i < set.size(); ++i) {
    MoveLines(*result.plan->roots[i], set[i].line, line);
    line += 1 + static_cast<uint32_t>(std::count(set[i].text.begin(), set[i].text.end(), '\n'));
  }
  return result;
}

Result<StatementResult> Session::State::Explain(const sql::Statement& statement) {
  StatementResult result;
  result.kind = StatementResult::Kind::kText;
  MR_ASSIGN(const planner::Context context, MakeContext(&result.warnings));
  MR_ASSIGN(result.text, ExplainText(statement.statements[0], *statement.explain, Options(context)));
  return result;
}

}  // namespace millrace::engine
