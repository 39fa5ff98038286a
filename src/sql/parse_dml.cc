#include "sql/grammar.h"
#include "sql/keywords.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;

// ON CONFLICT DO NOTHING | ERROR | DEDUPLICATE
Insert::OnConflict ReadOnConflict(TokenStream& in) {
  if (!in.AcceptSequence({"ON", "CONFLICT"})) return Insert::OnConflict::kDefault;
  in.Expect("DO");
  if (in.Accept("NOTHING")) return Insert::OnConflict::kDoNothing;
  if (in.Accept("ERROR")) return Insert::OnConflict::kDoError;
  in.Expect("DEDUPLICATE");
  return Insert::OnConflict::kDoDeduplicate;
}

}  // namespace

std::vector<PartitionValue> ReadPartition(TokenStream& in) {
  std::vector<PartitionValue> partition;
  in.ExpectSymbol("(");
  do {
    PartitionValue entry;
    entry.key = in.ExpectName(Expected::kColumn);
    if (in.AcceptSymbol("=")) entry.value = ReadExpr(in);
    partition.push_back(std::move(entry));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(")");
  return partition;
}

Statement ReadInsert(TokenStream& in) {
  Statement statement;
  statement.kind = Kind::kInsert;
  Insert insert;
  insert.overwrite = in.Accept("OVERWRITE");
  if (!insert.overwrite) in.Expect("INTO");
  if (in.IsWord("TABLE")) in.Take();
  insert.table = in.ExpectPath(Expected::kTable);
  insert.hints = ReadHints(in);
  if (in.Accept("PARTITION")) insert.partition = ReadPartition(in);
  if (in.IsSymbol("(") && !AtQueryStart(in, 1) && !in.IsSymbol("(", 1)) {
    insert.columns = ReadNameList(in, Expected::kColumn);
  }
  if (!AtQueryStart(in) && !in.IsSymbol("(")) {
    for (const std::string_view word : {"SELECT", "VALUES", "WITH"}) in.Accept(word);
    in.Fail();
  }
  insert.query = ReadQuery(in);
  insert.on_conflict = ReadOnConflict(in);
  statement.insert = std::move(insert);
  return statement;
}

Statement ReadDelete(TokenStream& in) {
  Statement statement;
  statement.kind = Kind::kDelete;
  Modify modify;
  in.Expect("FROM");
  modify.table = in.ExpectPath(Expected::kTable);
  if (in.Accept("AS") || in.IsName()) modify.alias = in.ExpectName(Expected::kName);
  if (in.Accept("WHERE")) modify.where = ReadExpr(in);
  statement.modify = std::move(modify);
  return statement;
}

Statement ReadUpdate(TokenStream& in) {
  Statement statement;
  statement.kind = Kind::kUpdate;
  Modify modify;
  modify.table = in.ExpectPath(Expected::kTable);
  if (in.Accept("AS") || in.IsName()) modify.alias = in.ExpectName(Expected::kName);
  in.Expect("SET");
  do {
    Assignment assignment;
    assignment.column = in.ExpectPath(Expected::kColumn);
    in.ExpectSymbol("=");
    assignment.value = ReadExpr(in);
    modify.assignments.push_back(std::move(assignment));
  } while (in.AcceptSymbol(","));
  if (in.Accept("WHERE")) modify.where = ReadExpr(in);
  statement.modify = std::move(modify);
  return statement;
}

Statement ReadAnalyze(TokenStream& in) {
  Statement statement;
  statement.kind = Kind::kAnalyzeTable;
  Analyze analyze;
  in.Expect("TABLE");
  analyze.table = in.ExpectPath(Expected::kTable);
  if (in.Accept("PARTITION")) analyze.partition = ReadPartition(in);
  in.ExpectSequence({"COMPUTE", "STATISTICS"});
  if (in.Accept("FOR")) {
    if (in.Accept("ALL")) {
      in.Expect("COLUMNS");
      analyze.all_columns = true;
    } else {
      in.Expect("COLUMNS");
      do {
        analyze.columns.push_back(in.ExpectName(Expected::kColumn));
      } while (in.AcceptSymbol(","));
    }
  }
  statement.analyze = std::move(analyze);
  return statement;
}

Statement ReadStatementSet(TokenStream& in) {
  in.ExpectSequence({"STATEMENT", "SET"});
  Statement statement;
  statement.kind = Kind::kBeginStatementSet;
  return statement;
}

}  // namespace millrace::sql
