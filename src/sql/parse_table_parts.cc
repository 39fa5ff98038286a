#include "sql/grammar.h"

namespace millrace::sql {
namespace {

// NOT ENFORCED behind a PRIMARY KEY.
void ReadNotEnforced(TokenStream& in, const Span& key) {
  if (in.AcceptSequence({"NOT", "ENFORCED"})) return;
  if (in.AtEnd()) in.Expect("NOT");
  TokenStream::FailValidation(key,
                              "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT ENFORCED "
                              "controls if the constraint "
                              "checks are performed on the incoming/outgoing data. Flink does not own the data "
                              "therefore the only supported mode "
                              "is the NOT ENFORCED mode",
                              "Write NOT ENFORCED behind the primary key.");
}

void SetPrimaryKey(PrimaryKeyDef key, TableParts* parts) {
  if (parts->primary_key) {
    TokenStream::FailValidation(key.span, "Duplicate primary key definition", "A table has at most one primary key.");
  }
  parts->primary_key = std::move(key);
}

[[noreturn]] void RefuseUnique(const SourceSpan& span) {
  TokenStream::FailValidation(span, "UNIQUE constraint is not supported yet", "Remove it.");
}

// [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED
void ReadTableConstraint(TokenStream& in, TableParts* parts) {
  const Token first = in.Peek();
  PrimaryKeyDef key;
  if (in.Accept("CONSTRAINT")) key.name = in.ExpectName(Expected::kName);
  if (in.IsWord("UNIQUE")) RefuseUnique(in.Peek().span);
  in.ExpectSequence({"PRIMARY", "KEY"});
  key.columns = ReadNameList(in, Expected::kColumn);
  key.span = in.SpanFrom(first);
  ReadNotEnforced(in, key.span);
  key.span = in.SpanFrom(first);
  SetPrimaryKey(std::move(key), parts);
}

// WATERMARK FOR c AS expr
void ReadWatermark(TokenStream& in, TableParts* parts) {
  const Token first = in.Take();
  in.Expect("FOR");
  WatermarkDef watermark{.span = {}, .column = in.ExpectPath(Expected::kColumn, 64), .expression = Expr()};
  in.Expect("AS");
  watermark.expression = ReadExpr(in);
  watermark.span = in.SpanFrom(first);
  if (parts->watermark) {
    TokenStream::FailValidation(watermark.span, "Multiple WATERMARK statements is not supported yet.",
                                "A table has at most one watermark.");
  }
  parts->watermark = std::move(watermark);
}

// METADATA [FROM 'key'] [VIRTUAL], from behind METADATA.
void ReadMetadata(TokenStream& in, ColumnDef* column) {
  column->kind = ColumnDef::Kind::kMetadata;
  if (in.Accept("FROM")) column->metadata_key = in.ExpectString();
  column->is_virtual = in.Accept("VIRTUAL");
}

// [CONSTRAINT n] PRIMARY KEY NOT ENFORCED behind a column.
void ReadColumnConstraint(TokenStream& in, const ColumnDef& column, TableParts* parts) {
  if (in.IsWord("UNIQUE")) RefuseUnique(in.Peek().span);
  const bool named = in.IsWord("CONSTRAINT");
  if (!named && !in.IsWord("PRIMARY")) {
    in.Accept("PRIMARY");
    return;
  }
  const Token first = in.Peek();
  PrimaryKeyDef key;
  if (in.Accept("CONSTRAINT")) key.name = in.ExpectName(Expected::kName);
  if (in.IsWord("UNIQUE")) RefuseUnique(in.Peek().span);
  in.ExpectSequence({"PRIMARY", "KEY"});
  key.columns.push_back(column.name);
  key.span = in.SpanFrom(first);
  ReadNotEnforced(in, key.span);
  key.span = in.SpanFrom(first);
  SetPrimaryKey(std::move(key), parts);
}

void ReadPosition(TokenStream& in, ColumnDef* column) {
  if (in.Accept("FIRST")) {
    column->position = ColumnPosition{.first = true, .after = {}};
  } else if (in.Accept("AFTER")) {
    column->position = ColumnPosition{.first = false, .after = in.ExpectName(Expected::kColumn)};
  }
}

// DEFAULT and the like, which other systems have here.
void RefuseForeignClauses(TokenStream& in) {
  if (in.IsWord("DEFAULT")) in.Fail({}, "Flink tables have no column defaults: compute the value in the INSERT.");
  if (in.IsWord("AUTO_INCREMENT") || in.IsWord("IDENTITY") || in.IsWord("REFERENCES") || in.IsWord("CHECK")) {
    in.Fail({}, "Flink tables have no such column clause.");
  }
}

void ReadColumn(TokenStream& in, bool positions, TableParts* parts) {
  const Token first = in.Peek();
  ColumnDef column;
  column.name = in.ExpectName(Expected::kName);
  if (in.IsSymbol(".")) in.Fail("a data type", "A column's name has one part: quote it in backticks if it has a dot.");
  if (in.IsSymbol(",") || in.IsSymbol(")")) {
    column.kind = ColumnDef::Kind::kUntyped;
  } else if (in.Accept("AS")) {
    column.kind = ColumnDef::Kind::kComputed;
    column.expression = ReadExpr(in);
  } else {
    column.type = ReadType(in);
    if (in.Accept("METADATA")) {
      ReadMetadata(in, &column);
    } else {
      ReadColumnConstraint(in, column, parts);
    }
  }
  RefuseForeignClauses(in);
  if (in.Accept("COMMENT")) column.comment = in.ExpectString();
  if (column.kind == ColumnDef::Kind::kPhysical && in.IsWord("PRIMARY")) ReadColumnConstraint(in, column, parts);
  if (positions) ReadPosition(in, &column);
  column.span = in.SpanFrom(first);
  for (const ColumnDef& other : parts->columns) {
    if (other.name.name == column.name.name) {
      TokenStream::FailValidation(column.name.span,
                                  "A column named '" + column.name.name + "' already exists in the table.");
    }
  }
  parts->columns.push_back(std::move(column));
}

}  // namespace

void ReadTablePart(TokenStream& in, bool positions, TableParts* parts) {
  if (in.IsWord("WATERMARK") && in.IsWord("FOR", 1)) return ReadWatermark(in, parts);
  const bool key = in.IsWord("PRIMARY") && in.IsWord("KEY", 1);
  if (in.IsWord("UNIQUE") && in.IsSymbol("(", 1)) RefuseUnique(in.Peek().span);
  if (in.IsWord("CONSTRAINT") || key) return ReadTableConstraint(in, parts);
  if (in.AtEnd()) {
    in.Accept("WATERMARK");
    in.Accept("PRIMARY");
  }
  ReadColumn(in, positions, parts);
}

Distribution ReadDistribution(TokenStream& in) {
  constexpr int64_t kMostBuckets = 2147483647;
  Distribution distribution;
  if (!in.IsWord("INTO")) {
    in.Expect("BY");
    if (in.Accept("HASH")) {
      distribution.kind = Distribution::Kind::kHash;
    } else if (in.Accept("RANGE")) {
      distribution.kind = Distribution::Kind::kRange;
    }
    distribution.columns = ReadNameList(in, Expected::kColumn);
  }
  if (in.Accept("INTO")) {
    distribution.buckets = in.ExpectInteger(kMostBuckets);
    in.Expect("BUCKETS");
  }
  return distribution;
}

}  // namespace millrace::sql
