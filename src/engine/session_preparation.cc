#include <fmt/format.h>

#include "base/local_path.h"
#include "engine/session_state.h"
#include "sql/lexer.h"
#include "sql/printer.h"

namespace millrace::engine {
namespace {

using Kind = sql::Statement::Kind;

// Without what stands before and behind the statement: comments, blanks, ";".
std::string BareText(std::string_view text) {
  std::string_view bare;
  for (const sql::Token& token : sql::Tokenize(text)) {
    if (token.kind == sql::TokenKind::kEnd || token.text == ";") continue;
    if (bare.empty()) bare = token.text;
    bare = {bare.data(), static_cast<size_t>(token.text.data() + token.text.size() - bare.data())};
  }
  return std::string(bare);
}

bool HasToBeRunAgain(Kind kind) {
  switch (kind) {
    case Kind::kCreateTable:
    case Kind::kCreateView:
    case Kind::kCreateDatabase:
    case Kind::kCreateCatalog:
    case Kind::kCreateFunction:
    case Kind::kAlterTable:
    case Kind::kAlterView:
    case Kind::kAlterDatabase:
    case Kind::kAlterCatalog:
    case Kind::kAlterFunction:
    case Kind::kDrop:
    case Kind::kUseCatalog:
    case Kind::kUseDatabase:
    case Kind::kUseModules:
    case Kind::kLoadModule:
    case Kind::kUnloadModule:
    case Kind::kAddJar:
    case Kind::kRemoveJar: return true;
    case Kind::kSet:
    case Kind::kReset:  // settings are handed over as they stand
    case Kind::kQuery:
    case Kind::kInsert:
    case Kind::kStatementSet:
    case Kind::kBeginStatementSet:
    case Kind::kEnd:
    case Kind::kExplain:
    case Kind::kShow:
    case Kind::kDescribe:
    case Kind::kClear:
    case Kind::kHelp:
    case Kind::kQuit:
    case Kind::kStopJob:
    case Kind::kPlan:
    case Kind::kDelete:
    case Kind::kUpdate:
    case Kind::kTruncateTable:
    case Kind::kAnalyzeTable:
    case Kind::kCallProcedure: return false;
  }
  return false;
}

}  // namespace

void MoveLines(plan::PhysicalNode& node, uint32_t from, uint32_t to) {
  node.line = from == 0 || node.line < from ? 0 : node.line - from + to;
  for (const plan::PhysicalPtr& input : node.inputs) MoveLines(*input, from, to);
}

Result<StatementResult> Session::State::Execute(const sql::Statement& statement, std::string_view text) {
  Written written;
  written.text = text.empty() ? sql::Print(statement, {.multi_line = true}) : BareText(text);
  if (!text.empty()) written.line = statement.span.line;
  MR_ASSIGN(StatementResult result, Run(statement, written));
  if (result.plan == nullptr) {
    NoteChange(statement, written.text);
  } else if (statement.kind != Kind::kEnd) {
    const bool as_written = result.statement.empty();
    for (const plan::PhysicalPtr& root : result.plan->roots) MoveLines(*root, as_written ? written.line : 0, 1);
    if (as_written) result.statement = std::move(written.text);
  }
  return result;
}

std::string Session::State::Preparation() const {
  std::string out;
  for (const auto& [key, value] : config.Listing()) {
    const auto given = environment.config.find(key);
    if (given != environment.config.end() && given->second == value && !HasEffect(key)) continue;
    const auto folder = AbsoluteLocalPath(value);  // another process may stand in another folder
    const bool moves = IsFolderKey(key) && folder.ok();
    out += fmt::format("SET {} = {};\n", sql::QuoteText(key), sql::QuoteText(moves ? *folder : value));
  }
  return out + changes;
}

void Session::State::Note(std::string_view statement) {
  changes += fmt::format("{};\n", statement);
  changes_use.reset();
}

void Session::State::NoteChange(const sql::Statement& statement, const std::string& text) {
  if (!HasToBeRunAgain(statement.kind)) return;
  if (statement.kind == Kind::kCreateTable && statement.create_table->query) return;  // noted where it is run
  if (statement.kind == Kind::kUseCatalog || statement.kind == Kind::kUseDatabase) {
    // Only the last of several in a row counts.
    const size_t begin = changes_use.value_or(changes.size());
    changes.resize(begin);
    Note(fmt::format("USE {}.{}", sql::QuoteName(catalogs.current_catalog()),
                     sql::QuoteName(catalogs.current_database())));
    changes_use = begin;
    return;
  }
  if (statement.kind == Kind::kAddJar || statement.kind == Kind::kRemoveJar) {
    // Another process may stand in another folder.
    const std::string_view words = statement.kind == Kind::kAddJar ? "ADD JAR" : "REMOVE JAR";
    return Note(fmt::format("{} {}", words, sql::QuoteText(AbsolutePath(statement.text))));
  }
  Note(text);
}

}  // namespace millrace::engine
