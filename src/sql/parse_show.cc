#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Show::Kind;

struct ListRow {
  std::initializer_list<std::string_view> words;
  Kind kind;
  Expected scope;      // what FROM / IN names
  size_t scope_parts;  // of its name; 0: no FROM
  bool like;
};

// clang-format off
const ListRow kLists[] = {
    {{"CATALOGS"}, Kind::kCatalogs, Expected::kCatalog, 0, true},
    {{"CURRENT", "CATALOG"}, Kind::kCurrentCatalog, Expected::kCatalog, 0, false},
    {{"CURRENT", "DATABASE"}, Kind::kCurrentDatabase, Expected::kDatabase, 0, false},
    {{"DATABASES"}, Kind::kDatabases, Expected::kCatalog, 1, true},
    {{"TABLES"}, Kind::kTables, Expected::kDatabase, 2, true},
    {{"VIEWS"}, Kind::kViews, Expected::kDatabase, 2, true},
    {{"MATERIALIZED", "TABLES"}, Kind::kMaterializedTables, Expected::kDatabase, 2, true},
    {{"MODELS"}, Kind::kModels, Expected::kDatabase, 2, true},
    {{"USER", "FUNCTIONS"}, Kind::kUserFunctions, Expected::kDatabase, 2, true},
    {{"FUNCTIONS"}, Kind::kFunctions, Expected::kDatabase, 2, true},
    {{"PROCEDURES"}, Kind::kProcedures, Expected::kDatabase, 2, true},
    {{"FULL", "MODULES"}, Kind::kFullModules, Expected::kModule, 0, false},
    {{"MODULES"}, Kind::kModules, Expected::kModule, 0, false},
    {{"JARS"}, Kind::kJars, Expected::kName, 0, false},
    {{"JOBS"}, Kind::kJobs, Expected::kName, 0, false},
};

const ListRow kCreates[] = {
    {{"TABLE"}, Kind::kCreateTable, Expected::kTable, 3, false},
    {{"VIEW"}, Kind::kCreateView, Expected::kView, 3, false},
    {{"CATALOG"}, Kind::kCreateCatalog, Expected::kCatalog, 1, false},
    {{"MODEL"}, Kind::kCreateModel, Expected::kName, 3, false},
    {{"MATERIALIZED", "TABLE"}, Kind::kCreateMaterializedTable, Expected::kTable, 3, false},
};
// clang-format on

// [[NOT] LIKE | ILIKE 'pattern']
void ReadPatternFilter(TokenStream& in, Show* show) {
  show->negated = in.Accept("NOT");
  if (in.Accept("LIKE")) {
    show->like = in.ExpectString();
  } else if (in.Accept("ILIKE")) {
    show->ilike = true;
    show->like = in.ExpectString();
  } else if (show->negated) {
    in.Fail();
  }
}

Show ReadShowCreate(TokenStream& in) {
  Show show;
  for (const ListRow& row : kCreates) {
    if (!in.AcceptSequence(row.words)) continue;
    show.kind = row.kind;
    show.path = in.ExpectPath(row.scope, row.scope_parts);
    return show;
  }
  in.Fail();
}

Statement Wrap(Show show) {
  Statement statement;
  statement.kind = Statement::Kind::kShow;
  statement.show = std::move(show);
  return statement;
}

}  // namespace

Statement ReadShow(TokenStream& in) {
  if (in.Accept("CREATE")) return Wrap(ReadShowCreate(in));
  Show show;
  for (const ListRow& row : kLists) {
    if (!in.AcceptSequence(row.words)) continue;
    show.kind = row.kind;
    if (row.scope_parts > 0 && (in.Accept("FROM") || in.Accept("IN"))) {
      show.path = in.ExpectPath(row.scope, row.scope_parts);
    }
    if (row.like) ReadPatternFilter(in, &show);
    return Wrap(std::move(show));
  }
  if (in.Accept("COLUMNS")) {
    show.kind = Kind::kColumns;
    if (!in.Accept("FROM")) in.Expect("IN");
    show.path = in.ExpectPath(Expected::kTable);
    ReadPatternFilter(in, &show);
    return Wrap(std::move(show));
  }
  if (in.Accept("PARTITIONS")) {
    show.kind = Kind::kPartitions;
    show.path = in.ExpectPath(Expected::kTable);
    if (in.Accept("PARTITION")) show.partition = ReadPartition(in);
    return Wrap(std::move(show));
  }
  in.Fail();
}

Statement ReadDescribe(TokenStream& in) {
  Statement statement;
  statement.kind = Statement::Kind::kDescribe;
  Describe describe;
  struct Row {
    std::string_view word;
    Describe::Kind kind;
    Expected what;
  };
  static constexpr Row kRows[] = {
      {"CATALOG", Describe::Kind::kCatalog, Expected::kCatalog},
      {"DATABASE", Describe::Kind::kDatabase, Expected::kDatabase},
      {"FUNCTION", Describe::Kind::kFunction, Expected::kFunction},
      {"MODEL", Describe::Kind::kModel, Expected::kName},
  };
  if (in.IsWord("JOB") && (in.IsString(1) || in.Peek(1).kind == TokenKind::kEnd)) {
    in.Take();
    describe.kind = Describe::Kind::kJob;
    describe.job = in.ExpectString();
    statement.describe = std::move(describe);
    return statement;
  }
  Expected what = Expected::kTable;
  for (const Row& row : kRows) {
    if (!in.IsWord(row.word) || !in.IsName(1)) continue;
    in.Take();
    describe.kind = row.kind;
    what = row.what;
    break;
  }
  if (describe.kind == Describe::Kind::kTable && in.IsWord("TABLE")) in.Take();
  if (in.IsWord("EXTENDED") && in.IsName(1)) {
    in.Take();
    describe.extended = true;
  }
  in.Accept("EXTENDED");
  describe.path = in.ExpectPath(what);
  statement.describe = std::move(describe);
  return statement;
}

}  // namespace millrace::sql
