#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalogs.h"
#include "engine/session.h"
#include "sql/ast.h"

namespace millrace::engine {

// What Session keeps, and its statements by family. Parts: session_state.cc (dispatch, SET, jars), session_ddl.cc,
// session_show.cc, session_jobs.cc, session_preparation.cc. One thread.
struct Session::State {
  explicit State(SessionEnvironment given);

  SessionEnvironment environment;
  Config config;
  catalog::Catalogs catalogs;
  std::vector<std::string> jars;
  std::vector<std::string> modules = {"core"};
  bool in_statement_set = false;
  struct SetMember {
    sql::Insert insert;
    std::string text;
    uint32_t line = 0;  // on which the text begins where its spans are counted from; 0 = it is not what was parsed
  };
  std::vector<SetMember> statement_set;
  std::string changes;                // of Session::Preparation, behind the settings
  std::optional<size_t> changes_use;  // where the USE begins that they end with

  Result<StatementResult> Execute(const sql::Statement& statement, std::string_view text);

  const SessionTexts& texts() const;
  // What planning may see now; a config value that does not parse is the error.
  Result<planner::Context> MakeContext(std::vector<std::string>* warnings) const;
  CompileOptions Options(const planner::Context& context) const {
    return {.context = &context, .optimize = environment.optimize};
  }
  StatementResult Message(std::string_view text) const;
  StatementResult Done() const { return Message(texts().ok); }

  // session_preparation.cc
  // A statement as it is handed on, and as SetMember::line.
  struct Written {
    std::string text;
    uint32_t line = 0;
  };
  std::string Preparation() const;
  void Note(std::string_view statement);  // what the changes go on with
  void NoteChange(const sql::Statement& statement, const std::string& text);
  // session_state.cc
  Result<StatementResult> Run(const sql::Statement& statement, const Written& written);
  Result<StatementResult> Set(const sql::Statement& statement);
  Result<StatementResult> Reset(const sql::Statement& statement);
  Result<StatementResult> AddJar(const std::string& path);
  Result<StatementResult> RemoveJar(const std::string& path);
  Result<StatementResult> Use(const sql::Statement& statement);
  Result<StatementResult> Modules(const sql::Statement& statement);
  // session_ddl.cc
  Result<StatementResult> CreateTable(const sql::CreateTable& create);
  Result<StatementResult> CreateView(const sql::CreateView& create);
  Result<StatementResult> CreateSpace(const sql::Statement& statement);
  Result<StatementResult> CreateFunction(const sql::Statement& statement);
  Result<StatementResult> Drop(const sql::Drop& drop);
  Result<StatementResult> AlterTable(const sql::AlterTable& alter);
  Result<StatementResult> AlterObject(const sql::AlterObject& alter);
  // session_show.cc
  Result<StatementResult> Show(const sql::Show& show);
  Result<StatementResult> Describe(const sql::Describe& describe);
  // session_jobs.cc
  Result<StatementResult> Query(const sql::Statement& statement);
  Result<StatementResult> Insert(const sql::Statement& statement, const Written& written);
  Result<StatementResult> Submit(const std::vector<const sql::Insert*>& inserts);
  Result<StatementResult> StatementSet(const sql::Statement& statement);
  Result<StatementResult> EndStatementSet();
  Result<StatementResult> Explain(const sql::Statement& statement);
};

// Lines of operators, counted where line `from` is the statement's first, are counted from `to` on; `from` 0: unknown.
void MoveLines(plan::PhysicalNode& node, uint32_t from, uint32_t to);

// Rows of text columns.
StatementResult TextRows(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::optional<std::string>>>& rows);
StatementResult OneColumn(std::string_view header, const std::vector<std::string>& values);

}  // namespace millrace::engine
