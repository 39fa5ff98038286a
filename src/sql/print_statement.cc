#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;

std::string_view ObjectWord(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kTable: return "TABLE";
    case ObjectKind::kView: return "VIEW";
    case ObjectKind::kDatabase: return "DATABASE";
    case ObjectKind::kCatalog: return "CATALOG";
    case ObjectKind::kFunction: return "FUNCTION";
    case ObjectKind::kModel: return "MODEL";
    case ObjectKind::kMaterializedTable: return "MATERIALIZED TABLE";
  }
  return "";
}

void WriteInsert(Writer& out, const Insert& insert) {
  out << (insert.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  WritePath(out, insert.table);
  WriteHints(out, insert.hints);
  if (!insert.partition.empty()) {
    out << " PARTITION ";
    WritePartition(out, insert.partition);
  }
  if (!insert.columns.empty()) {
    out << " ";
    WriteNames(out, insert.columns);
  }
  out.Clause();
  WriteQuery(out, insert.query);
  switch (insert.on_conflict) {
    case Insert::OnConflict::kDefault: return;
    case Insert::OnConflict::kDoNothing: out << " ON CONFLICT DO NOTHING"; return;
    case Insert::OnConflict::kDoError: out << " ON CONFLICT DO ERROR"; return;
    case Insert::OnConflict::kDoDeduplicate: out << " ON CONFLICT DO DEDUPLICATE"; return;
  }
}

void WriteStatementSet(Writer& out, const Statement& set, bool execute) {
  out << (execute ? "EXECUTE STATEMENT SET" : "STATEMENT SET");
  out.Clause();
  out << "BEGIN";
  for (const Statement& statement : set.statements) {
    out.Clause();
    WriteStatement(out, statement);
    out << ";";
  }
  out.Clause();
  out << "END";
}

// A statement inside another, where EXECUTE would be out of place.
void WriteInner(Writer& out, const Statement& inner) {
  if (inner.kind == Kind::kStatementSet) return WriteStatementSet(out, inner, false);
  WriteStatement(out, inner);
}

void WriteExplain(Writer& out, const Statement& statement) {
  const Explain& explain = *statement.explain;
  std::vector<std::string_view> details;
  if (explain.estimated_cost) details.emplace_back("ESTIMATED_COST");
  if (explain.changelog_mode) details.emplace_back("CHANGELOG_MODE");
  if (explain.json_execution_plan) details.emplace_back("JSON_EXECUTION_PLAN");
  if (explain.plan_advice) details.emplace_back("PLAN_ADVICE");
  out << "EXPLAIN ";
  if (details.empty()) out << "PLAN FOR";
  WriteList(out, details, [&](std::string_view detail) { out << detail; });
  out.Clause();
  WriteInner(out, statement.statements[0]);
}

void WriteCreateView(Writer& out, const CreateView& view) {
  out << (view.temporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ") << (view.if_not_exists ? "IF NOT EXISTS " : "");
  WritePath(out, view.name);
  if (!view.columns.empty()) {
    out << " ";
    WriteNames(out, view.columns);
  }
  if (view.comment) {
    out.Clause();
    out << "COMMENT ";
    out.Text(*view.comment);
  }
  out.Clause();
  out << "AS";
  out.Clause();
  WriteQuery(out, view.query);
}

void WriteCreateSpace(Writer& out, const CreateSpace& space, std::string_view word) {
  out << "CREATE " << word << (space.if_not_exists ? " IF NOT EXISTS " : " ");
  WritePath(out, space.name);
  if (space.comment) {
    out << " COMMENT ";
    out.Text(*space.comment);
  }
  if (space.options.empty()) return;
  out << " WITH ";
  WriteOptions(out, space.options);
}

std::string_view LanguageText(FunctionLanguage language) {
  switch (language) {
    case FunctionLanguage::kDefault: return "";
    case FunctionLanguage::kJava: return " LANGUAGE JAVA";
    case FunctionLanguage::kScala: return " LANGUAGE SCALA";
    case FunctionLanguage::kPython: return " LANGUAGE PYTHON";
    case FunctionLanguage::kSql: return " LANGUAGE SQL";
  }
  return "";
}

void WriteFunction(Writer& out, const FunctionDef& function, bool create) {
  out << (create ? "CREATE" : "ALTER") << (function.temporary ? " TEMPORARY" : "") << (function.system ? " SYSTEM" : "")
      << " FUNCTION ";
  if (function.if_not_exists) out << (create ? "IF NOT EXISTS " : "IF EXISTS ");
  WritePath(out, function.name);
  out << " AS ";
  out.Text(function.class_name);
  out << LanguageText(function.language);
  if (!function.resources.empty()) {
    out << " USING ";
    WriteList(out, function.resources, [&](const FunctionDef::Resource& resource) {
      out << resource.kind << " ";
      out.Text(resource.location);
    });
  }
  if (function.options.empty()) return;
  out << " WITH ";
  WriteOptions(out, function.options);
}

void WriteKeys(Writer& out, const std::vector<Option>& keys) {
  out << "(";
  WriteList(out, keys, [&](const Option& key) { out.Text(key.key); });
  out << ")";
}

void WriteAlterObject(Writer& out, const AlterObject& alter) {
  out << "ALTER " << ObjectWord(alter.object) << " ";
  WritePath(out, alter.name);
  switch (alter.action) {
    case AlterObject::Action::kRename:
      out << " RENAME TO ";
      WritePath(out, alter.new_name);
      break;
    case AlterObject::Action::kAsQuery:
      out << " AS";
      out.Clause();
      WriteQuery(out, *alter.query);
      break;
    case AlterObject::Action::kSetOptions:
      out << " SET ";
      WriteOptions(out, alter.options);
      break;
    case AlterObject::Action::kResetOptions:
      out << " RESET ";
      WriteKeys(out, alter.keys);
      break;
    case AlterObject::Action::kComment:
      out << " COMMENT ";
      out.Text(alter.comment);
      break;
  }
}

void WriteDrop(Writer& out, const Drop& drop) {
  out << "DROP " << (drop.temporary ? "TEMPORARY " : "") << (drop.system ? "SYSTEM " : "") << ObjectWord(drop.object)
      << (drop.if_exists ? " IF EXISTS " : " ");
  WritePath(out, drop.name);
  out << (drop.cascade ? " CASCADE" : "") << (drop.restricted ? " RESTRICT" : "");
}

void WriteDescribe(Writer& out, const Describe& describe) {
  out << "DESCRIBE ";
  switch (describe.kind) {
    case Describe::Kind::kTable: break;
    case Describe::Kind::kCatalog: out << "CATALOG "; break;
    case Describe::Kind::kDatabase: out << "DATABASE "; break;
    case Describe::Kind::kFunction: out << "FUNCTION "; break;
    case Describe::Kind::kModel: out << "MODEL "; break;
    case Describe::Kind::kJob:
      out << "JOB ";
      out.Text(describe.job);
      return;
  }
  if (describe.extended) out << "EXTENDED ";
  WritePath(out, describe.path);
}

void WriteModule(Writer& out, const Statement& statement, std::string_view words) {
  out << words;
  WriteList(out, statement.module->names, [&](const Identifier& name) { out.Name(name.name); });
  if (statement.module->options.empty()) return;
  out << " WITH ";
  WriteOptions(out, statement.module->options);
}

void WritePlan(Writer& out, const Statement& statement) {
  const PlanCommand& plan = *statement.plan;
  out << (plan.compile ? "COMPILE " : "") << (plan.compile && plan.execute ? "AND " : "")
      << (plan.execute ? "EXECUTE " : "") << "PLAN ";
  out.Text(plan.file);
  if (plan.if_not_exists) out << " IF NOT EXISTS";
  if (statement.statements.empty()) return;
  out << " FOR";
  out.Clause();
  WriteInner(out, statement.statements[0]);
}

void WriteModify(Writer& out, const Modify& modify, bool update) {
  out << (update ? "UPDATE " : "DELETE FROM ");
  WritePath(out, modify.table);
  if (!modify.alias.empty()) {
    out << " AS ";
    out.Name(modify.alias.name);
  }
  if (update) {
    out << " SET ";
    WriteList(out, modify.assignments, [&](const Assignment& assignment) {
      WritePath(out, assignment.column);
      out << " = ";
      WriteExpr(out, assignment.value);
    });
  }
  if (!modify.where) return;
  out << " WHERE ";
  WriteExpr(out, *modify.where);
}

void WriteAnalyze(Writer& out, const Analyze& analyze) {
  out << "ANALYZE TABLE ";
  WritePath(out, analyze.table);
  if (!analyze.partition.empty()) {
    out << " PARTITION ";
    WritePartition(out, analyze.partition);
  }
  out << " COMPUTE STATISTICS";
  if (analyze.all_columns) out << " FOR ALL COLUMNS";
  if (analyze.columns.empty()) return;
  out << " FOR COLUMNS ";
  WriteList(out, analyze.columns, [&](const Identifier& name) { out.Name(name.name); });
}

void WriteSet(Writer& out, const Statement& statement) {
  out << "SET";
  if (!statement.value) return;
  out << " ";
  out.Text(statement.text);
  out << " = ";
  out.Text(*statement.value);
}

void WriteWordAndText(Writer& out, std::string_view word, const std::string& text) {
  out << word;
  if (text.empty()) return;
  out << " ";
  out.Text(text);
}

void WriteUse(Writer& out, std::string_view words, const Path& path) {
  out << words;
  WritePath(out, path);
}

}  // namespace

void WritePartition(Writer& out, const std::vector<PartitionValue>& partition) {
  out << "(";
  WriteList(out, partition, [&](const PartitionValue& entry) {
    out.Name(entry.key.name);
    if (!entry.value) return;
    out << " = ";
    WriteExpr(out, *entry.value);
  });
  out << ")";
}

void WriteStatement(Writer& out, const Statement& statement) {
  switch (statement.kind) {
    case Kind::kQuery: return WriteQuery(out, *statement.query);
    case Kind::kInsert: return WriteInsert(out, *statement.insert);
    case Kind::kStatementSet: return WriteStatementSet(out, statement, true);
    case Kind::kBeginStatementSet: out << "BEGIN STATEMENT SET"; return;
    case Kind::kEnd: out << "END"; return;
    case Kind::kExplain: return WriteExplain(out, statement);
    case Kind::kCreateTable: return WriteCreateTable(out, *statement.create_table);
    case Kind::kCreateView: return WriteCreateView(out, *statement.create_view);
    case Kind::kCreateDatabase: return WriteCreateSpace(out, *statement.create_space, "DATABASE");
    case Kind::kCreateCatalog: return WriteCreateSpace(out, *statement.create_space, "CATALOG");
    case Kind::kCreateFunction: return WriteFunction(out, *statement.function, true);
    case Kind::kAlterTable: return WriteAlterTable(out, *statement.alter_table);
    case Kind::kAlterView:
    case Kind::kAlterDatabase:
    case Kind::kAlterCatalog: return WriteAlterObject(out, *statement.alter_object);
    case Kind::kAlterFunction: return WriteFunction(out, *statement.function, false);
    case Kind::kDrop: return WriteDrop(out, *statement.drop);
    case Kind::kUseCatalog: return WriteUse(out, "USE CATALOG ", statement.path);
    case Kind::kUseDatabase: return WriteUse(out, "USE ", statement.path);
    case Kind::kUseModules: return WriteModule(out, statement, "USE MODULES ");
    case Kind::kLoadModule: return WriteModule(out, statement, "LOAD MODULE ");
    case Kind::kUnloadModule: return WriteModule(out, statement, "UNLOAD MODULE ");
    case Kind::kShow: return WriteShow(out, *statement.show);
    case Kind::kDescribe: return WriteDescribe(out, *statement.describe);
    case Kind::kSet: return WriteSet(out, statement);
    case Kind::kReset: return WriteWordAndText(out, "RESET", statement.text);
    case Kind::kAddJar: return WriteWordAndText(out, "ADD JAR", statement.text);
    case Kind::kRemoveJar: return WriteWordAndText(out, "REMOVE JAR", statement.text);
    case Kind::kClear: out << "CLEAR"; return;
    case Kind::kHelp: out << "HELP"; return;
    case Kind::kQuit: out << "QUIT"; return;
    case Kind::kStopJob:
      WriteWordAndText(out, "STOP JOB", statement.text);
      out << (statement.with_savepoint ? " WITH SAVEPOINT" : "") << (statement.with_drain ? " WITH DRAIN" : "");
      return;
    case Kind::kPlan: return WritePlan(out, statement);
    case Kind::kDelete: return WriteModify(out, *statement.modify, false);
    case Kind::kUpdate: return WriteModify(out, *statement.modify, true);
    case Kind::kTruncateTable: return WriteUse(out, "TRUNCATE TABLE ", statement.path);
    case Kind::kAnalyzeTable: return WriteAnalyze(out, *statement.analyze);
    case Kind::kCallProcedure: out << "CALL "; return WriteExpr(out, *statement.expr);
  }
}

}  // namespace millrace::sql
