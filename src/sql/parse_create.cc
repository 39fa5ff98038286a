#include "base/strings.h"
#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;

std::optional<std::string> AcceptComment(TokenStream& in) {
  if (!in.Accept("COMMENT")) return std::nullopt;
  return in.ExpectString();
}

// 'key' = 'value'. A value without quotes is the most common slip.
Option ReadOption(TokenStream& in) {
  Option option;
  in.Note(Expected::kOptionKey);
  if (!in.IsString()) {
    in.Fail({}, in.Peek().kind == TokenKind::kWord ? "Option keys and values stand in single quotes: 'key' = 'value'."
                                                   : std::string());
  }
  option.key = in.ExpectString(&option.key_span);
  in.ExpectSymbol("=");
  if (!in.IsString() && !in.AtEnd() && in.Peek().kind != TokenKind::kError) {
    in.Fail("the option's value", "Option values stand in single quotes, numbers too: '" + option.key + "' = '..'.");
  }
  option.value = in.ExpectString(&option.value_span);
  return option;
}

void ReadLike(TokenStream& in, CreateTable* table) {
  using Merge = LikeOption::Merge;
  using Feature = LikeOption::Feature;
  LikeClause like;
  like.source = in.ExpectPath(Expected::kTable);
  if (in.AcceptSymbol("(")) {
    while (!in.AcceptSymbol(")")) {
      LikeOption option;
      const Token first = in.Peek();
      if (in.Accept("INCLUDING")) {
        option.merge = Merge::kIncluding;
      } else if (in.Accept("EXCLUDING")) {
        option.merge = Merge::kExcluding;
      } else {
        in.Expect("OVERWRITING");
        option.merge = Merge::kOverwriting;
      }
      struct Row {
        std::string_view word;
        Feature feature;
        bool overwritable;
      };
      static constexpr Row kRows[] = {
          {"ALL", Feature::kAll, false},
          {"CONSTRAINTS", Feature::kConstraints, false},
          {"DISTRIBUTION", Feature::kDistribution, false},
          {"GENERATED", Feature::kGenerated, true},
          {"METADATA", Feature::kMetadata, true},
          {"OPTIONS", Feature::kOptions, true},
          {"PARTITIONS", Feature::kPartitions, false},
          {"WATERMARKS", Feature::kWatermarks, true},
      };
      bool found = false;
      for (const Row& row : kRows) {
        if (option.merge == Merge::kOverwriting && !row.overwritable) continue;
        if (!in.Accept(row.word)) continue;
        option.feature = row.feature;
        found = true;
        break;
      }
      if (!found) in.Fail();
      option.span = in.SpanFrom(first);
      like.options.push_back(option);
    }
  }
  table->like = std::move(like);
}

void ReadTableElements(TokenStream& in, CreateTable* table) {
  TableParts parts;
  in.ExpectSymbol("(");
  if (!in.AcceptSymbol(")")) {
    do {
      ReadTablePart(in, false, &parts);
    } while (in.AcceptSymbol(","));
    in.ExpectSymbol(")");
  }
  table->columns = std::move(parts.columns);
  table->watermark = std::move(parts.watermark);
  table->primary_key = std::move(parts.primary_key);
}

// Columns without types are the column list of a CREATE TABLE AS only.
void CheckUntyped(const CreateTable& table) {
  for (const ColumnDef& column : table.columns) {
    if (column.kind != ColumnDef::Kind::kUntyped || table.query) continue;
    TokenStream::FailAt(column.span,
                        "Column '" + column.name.name + "' at line " + std::to_string(column.span.line) + ", column " +
                            std::to_string(column.span.column) + " has no data type.",
                        "Write `" + column.name.name + "` STRING, for example.");
  }
}

// From behind TABLE.
Statement ReadCreateTable(TokenStream& in, CreateTable table) {
  table.if_not_exists = AcceptIfNotExists(in);
  table.name = in.ExpectPath(Expected::kName);
  if (in.IsSymbol("(")) ReadTableElements(in, &table);
  table.comment = AcceptComment(in);
  if (in.Accept("DISTRIBUTED")) table.distribution = ReadDistribution(in);
  if (in.AcceptSequence({"PARTITIONED", "BY"})) table.partition_by = ReadNameList(in, Expected::kColumn);
  if (!table.distribution && in.Accept("DISTRIBUTED")) table.distribution = ReadDistribution(in);
  if (in.Accept("WITH")) table.options = ReadOptions(in);
  if (in.Accept("LIKE")) {
    ReadLike(in, &table);
  } else if (in.Accept("AS")) {
    table.query = ReadQuery(in);
  }
  if (table.replace && !table.query) {
    TokenStream::FailValidation(PathSpan(table.name),
                                "CREATE OR REPLACE TABLE statement must define a query: .. AS SELECT ..");
  }
  CheckUntyped(table);
  Statement statement;
  statement.kind = Kind::kCreateTable;
  statement.create_table = std::move(table);
  return statement;
}

Statement ReadCreateView(TokenStream& in, bool temporary) {
  CreateView view;
  view.temporary = temporary;
  view.if_not_exists = AcceptIfNotExists(in);
  view.name = in.ExpectPath(Expected::kName);
  if (in.IsSymbol("(")) view.columns = ReadNameList(in, Expected::kName);
  view.comment = AcceptComment(in);
  in.Expect("AS");
  view.query = ReadQuery(in);
  Statement statement;
  statement.kind = Kind::kCreateView;
  statement.create_view = std::move(view);
  return statement;
}

Statement ReadCreateSpace(TokenStream& in, Kind kind) {
  CreateSpace space;
  space.if_not_exists = AcceptIfNotExists(in);
  space.name = in.ExpectPath(Expected::kName, kind == Kind::kCreateCatalog ? 1 : 2);
  space.comment = AcceptComment(in);
  if (in.Accept("WITH")) space.options = ReadOptions(in);
  Statement statement;
  statement.kind = kind;
  statement.create_space = std::move(space);
  return statement;
}

void ReadResources(TokenStream& in, FunctionDef* function) {
  do {
    FunctionDef::Resource resource;
    for (const std::string_view word : {"JAR", "FILE", "ARCHIVE", "ARTIFACT"}) {
      if (!in.Accept(word)) continue;
      resource.kind = std::string(word);
      break;
    }
    if (resource.kind.empty()) in.Fail();
    resource.location = in.ExpectString();
    function->resources.push_back(std::move(resource));
  } while (in.AcceptSymbol(","));
}

}  // namespace

bool AcceptIfNotExists(TokenStream& in) { return in.AcceptSequence({"IF", "NOT", "EXISTS"}); }
bool AcceptIfExists(TokenStream& in) { return in.AcceptSequence({"IF", "EXISTS"}); }

std::vector<Option> ReadOptions(TokenStream& in) {
  std::vector<Option> options;
  in.ExpectSymbol("(");
  if (in.AcceptSymbol(")")) return options;
  do {
    options.push_back(ReadOption(in));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(")");
  return options;
}

std::vector<Option> ReadKeys(TokenStream& in) {
  std::vector<Option> keys;
  in.ExpectSymbol("(");
  if (in.AcceptSymbol(")")) return keys;
  do {
    Option option;
    in.Note(Expected::kOptionKey);
    option.key = in.ExpectString(&option.key_span);
    keys.push_back(std::move(option));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(")");
  return keys;
}

FunctionDef ReadFunctionDef(TokenStream& in) {
  FunctionDef function;
  function.name = in.ExpectPath(Expected::kName);
  in.Expect("AS");
  function.class_name = in.ExpectString();
  if (in.Accept("LANGUAGE")) {
    if (in.Accept("JAVA")) {
      function.language = FunctionLanguage::kJava;
    } else if (in.Accept("SCALA")) {
      function.language = FunctionLanguage::kScala;
    } else if (in.Accept("PYTHON")) {
      function.language = FunctionLanguage::kPython;
    } else {
      in.Expect("SQL");
      function.language = FunctionLanguage::kSql;
    }
  }
  if (in.Accept("USING")) ReadResources(in, &function);
  if (in.Accept("WITH")) function.options = ReadOptions(in);
  return function;
}

Statement ReadReplaceTable(TokenStream& in, bool create) {
  in.Expect("TABLE");
  CreateTable table;
  table.create = create;
  table.replace = true;
  return ReadCreateTable(in, std::move(table));
}

Statement ReadCreate(TokenStream& in) {
  if (in.AcceptSequence({"OR", "REPLACE"})) return ReadReplaceTable(in, true);
  const bool temporary = in.Accept("TEMPORARY");
  if (in.Accept("TABLE")) {
    CreateTable table;
    table.temporary = temporary;
    return ReadCreateTable(in, std::move(table));
  }
  if (in.Accept("VIEW")) return ReadCreateView(in, temporary);
  const bool system = temporary && in.Accept("SYSTEM");
  if (in.Accept("FUNCTION")) {
    const bool if_not_exists = AcceptIfNotExists(in);
    FunctionDef function = ReadFunctionDef(in);
    function.temporary = temporary;
    function.system = system;
    function.if_not_exists = if_not_exists;
    Statement statement;
    statement.kind = Kind::kCreateFunction;
    statement.function = std::move(function);
    return statement;
  }
  if (!temporary && in.Accept("DATABASE")) return ReadCreateSpace(in, Kind::kCreateDatabase);
  if (!temporary && in.Accept("CATALOG")) return ReadCreateSpace(in, Kind::kCreateCatalog);
  if (in.IsWord("MODEL") || in.IsWord("MATERIALIZED")) {
    TokenStream::FailAt(in.Peek().span, "CREATE " + ToUpper(in.Peek().text) + " is not supported" +
                                            (in.IsWord("MODEL") ? ": there is no model provider."
                                                                : ": use CREATE TABLE and INSERT INTO."));
  }
  in.Fail();
}

}  // namespace millrace::sql
