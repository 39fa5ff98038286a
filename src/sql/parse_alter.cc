#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;
using TableAction = AlterTable::Action;
using ObjectAction = AlterObject::Action;

// ADD and MODIFY: one part, or several in parentheses.
void ReadAddOrModify(TokenStream& in, TableAction action, AlterTable* alter) {
  alter->action = action;
  TableParts parts;
  if (in.IsWord("DISTRIBUTION") || in.IsWord("DISTRIBUTED")) {
    in.Take();
    alter->distribution = ReadDistribution(in);
    return;
  }
  if (in.AcceptSymbol("(")) {
    do {
      ReadTablePart(in, true, &parts);
    } while (in.AcceptSymbol(","));
    in.ExpectSymbol(")");
  } else {
    if (in.IsWord("COLUMN") && in.IsName(1)) in.Take();
    ReadTablePart(in, true, &parts);
  }
  alter->columns = std::move(parts.columns);
  alter->watermark = std::move(parts.watermark);
  alter->primary_key = std::move(parts.primary_key);
}

void ReadPartitions(TokenStream& in, AlterTable* alter) {
  while (in.Accept("PARTITION")) {
    alter->partitions.push_back(ReadPartition(in));
    if (in.Accept("WITH")) alter->options = ReadOptions(in);
    in.AcceptSymbol(",");
  }
  if (alter->partitions.empty()) in.Fail();
}

// From behind DROP.
void ReadTableDrop(TokenStream& in, AlterTable* alter) {
  if (in.AcceptSequence({"PRIMARY", "KEY"})) {
    alter->action = TableAction::kDropPrimaryKey;
  } else if (in.IsWord("CONSTRAINT") && in.IsName(1)) {
    in.Take();
    alter->action = TableAction::kDropConstraint;
    alter->column.push_back(in.ExpectName(Expected::kName));
  } else if (in.Accept("WATERMARK")) {
    alter->action = TableAction::kDropWatermark;
  } else if (in.Accept("DISTRIBUTION")) {
    alter->action = TableAction::kDropDistribution;
  } else if (in.IsWord("PARTITION") || (in.IsWord("IF") && in.IsWord("EXISTS", 1))) {
    alter->action = TableAction::kDropPartitions;
    alter->partition_exists_clause = AcceptIfExists(in);
    ReadPartitions(in, alter);
  } else {
    alter->action = TableAction::kDropColumns;
    if (in.AcceptSymbol("(")) {
      do {
        alter->dropped.push_back(in.ExpectPath(Expected::kColumn, 64));
      } while (in.AcceptSymbol(","));
      in.ExpectSymbol(")");
    } else {
      if (in.IsWord("COLUMN") && in.IsName(1)) in.Take();
      alter->dropped.push_back(in.ExpectPath(Expected::kColumn, 64));
    }
  }
}

// From behind RENAME: TO name, or [COLUMN] a TO b.
void ReadTableRename(TokenStream& in, AlterTable* alter) {
  if (in.IsWord("TO") && !in.IsWord("TO", 1)) {
    in.Take();
    alter->action = TableAction::kRename;
    alter->new_name = in.ExpectPath(Expected::kName);
    return;
  }
  in.Accept("TO");
  if (in.IsWord("COLUMN") && in.IsName(1)) in.Take();
  alter->action = TableAction::kRenameColumn;
  alter->column = in.ExpectPath(Expected::kColumn, 64);
  in.Expect("TO");
  alter->new_column = in.ExpectPath(Expected::kName, 64);
}

Statement ReadAlterTable(TokenStream& in) {
  AlterTable alter;
  alter.if_exists = AcceptIfExists(in);
  alter.name = in.ExpectPath(Expected::kTable);
  if (in.Accept("PARTITION")) alter.partition = ReadPartition(in);
  if (in.Accept("SET")) {
    alter.action = TableAction::kSetOptions;
    alter.options = ReadOptions(in);
  } else if (in.Accept("RESET")) {
    alter.action = TableAction::kResetOptions;
    alter.keys = ReadKeys(in);
  } else if (in.Accept("RENAME")) {
    ReadTableRename(in, &alter);
  } else if (in.Accept("ADD")) {
    if (in.IsWord("PARTITION") || (in.IsWord("IF") && in.IsWord("NOT", 1))) {
      alter.action = TableAction::kAddPartitions;
      alter.partition_exists_clause = AcceptIfNotExists(in);
      ReadPartitions(in, &alter);
    } else {
      ReadAddOrModify(in, TableAction::kAdd, &alter);
    }
  } else if (in.Accept("MODIFY")) {
    ReadAddOrModify(in, TableAction::kModify, &alter);
  } else if (in.Accept("DROP")) {
    ReadTableDrop(in, &alter);
  } else {
    in.Fail();
  }
  Statement statement;
  statement.kind = Kind::kAlterTable;
  statement.alter_table = std::move(alter);
  return statement;
}

Statement WrapObject(Kind kind, AlterObject alter) {
  Statement statement;
  statement.kind = kind;
  statement.alter_object = std::move(alter);
  return statement;
}

Statement ReadAlterView(TokenStream& in) {
  AlterObject alter;
  alter.object = ObjectKind::kView;
  alter.name = in.ExpectPath(Expected::kView);
  if (in.Accept("RENAME")) {
    in.Expect("TO");
    alter.action = ObjectAction::kRename;
    alter.new_name = in.ExpectPath(Expected::kName);
  } else if (in.Accept("SET")) {
    alter.action = ObjectAction::kSetOptions;
    alter.options = ReadOptions(in);
  } else if (in.Accept("RESET")) {
    alter.action = ObjectAction::kResetOptions;
    alter.keys = ReadKeys(in);
  } else {
    in.Expect("AS");
    alter.action = ObjectAction::kAsQuery;
    alter.query = ReadQuery(in);
  }
  return WrapObject(Kind::kAlterView, std::move(alter));
}

Statement ReadAlterDatabase(TokenStream& in) {
  AlterObject alter;
  alter.object = ObjectKind::kDatabase;
  alter.name = in.ExpectPath(Expected::kDatabase, 2);
  in.Expect("SET");
  alter.action = ObjectAction::kSetOptions;
  alter.options = ReadOptions(in);
  return WrapObject(Kind::kAlterDatabase, std::move(alter));
}

Statement ReadAlterCatalog(TokenStream& in) {
  AlterObject alter;
  alter.object = ObjectKind::kCatalog;
  alter.name = in.ExpectPath(Expected::kCatalog, 1);
  if (in.Accept("SET")) {
    alter.action = ObjectAction::kSetOptions;
    alter.options = ReadOptions(in);
  } else if (in.Accept("RESET")) {
    alter.action = ObjectAction::kResetOptions;
    alter.keys = ReadKeys(in);
  } else {
    in.Expect("COMMENT");
    alter.action = ObjectAction::kComment;
    alter.comment = in.ExpectString();
  }
  return WrapObject(Kind::kAlterCatalog, std::move(alter));
}

}  // namespace

Statement ReadAlter(TokenStream& in) {
  if (in.Accept("TABLE")) return ReadAlterTable(in);
  if (in.Accept("VIEW")) return ReadAlterView(in);
  if (in.Accept("DATABASE")) return ReadAlterDatabase(in);
  if (in.Accept("CATALOG")) return ReadAlterCatalog(in);
  const bool temporary = in.Accept("TEMPORARY");
  const bool system = temporary && in.Accept("SYSTEM");
  if (!in.Accept("FUNCTION")) in.Fail();
  const bool if_exists = AcceptIfExists(in);
  FunctionDef function = ReadFunctionDef(in);
  function.temporary = temporary;
  function.system = system;
  function.if_not_exists = if_exists;
  Statement statement;
  statement.kind = Kind::kAlterFunction;
  statement.function = std::move(function);
  return statement;
}

Statement ReadDrop(TokenStream& in) {
  Drop drop;
  drop.temporary = in.Accept("TEMPORARY");
  drop.system = drop.temporary && in.Accept("SYSTEM");
  struct Row {
    std::string_view word;
    ObjectKind object;
    Expected what;
    size_t parts;
    bool may_be_temporary;
  };
  static constexpr Row kRows[] = {
      {"TABLE", ObjectKind::kTable, Expected::kTable, 3, true},
      {"VIEW", ObjectKind::kView, Expected::kView, 3, true},
      {"FUNCTION", ObjectKind::kFunction, Expected::kFunction, 3, true},
      {"DATABASE", ObjectKind::kDatabase, Expected::kDatabase, 2, false},
      {"CATALOG", ObjectKind::kCatalog, Expected::kCatalog, 1, false},
      {"MODEL", ObjectKind::kModel, Expected::kName, 3, true},
  };
  const Row* found = nullptr;
  for (const Row& row : kRows) {
    const bool allowed = drop.system ? row.object == ObjectKind::kFunction : !drop.temporary || row.may_be_temporary;
    if (found == nullptr && allowed && in.Accept(row.word)) found = &row;
  }
  if (found == nullptr) {
    if (drop.temporary || !in.AcceptSequence({"MATERIALIZED", "TABLE"})) in.Fail();
    static constexpr Row kMaterialized = {"", ObjectKind::kMaterializedTable, Expected::kTable, 3, false};
    found = &kMaterialized;
  }
  drop.object = found->object;
  drop.if_exists = AcceptIfExists(in);
  drop.name = in.ExpectPath(found->what, found->parts);
  if (drop.object == ObjectKind::kDatabase) {
    drop.cascade = in.Accept("CASCADE");
    drop.restricted = !drop.cascade && in.Accept("RESTRICT");
  }
  Statement statement;
  statement.kind = Kind::kDrop;
  statement.drop = std::move(drop);
  return statement;
}

}  // namespace millrace::sql
