#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = RowPattern::Kind;

RowPattern ReadPattern(TokenStream& in);

RowPattern Wrap(TokenStream& in, Kind kind, RowPattern inner) {
  in.Grow(in.tallest() + 1, inner.span);
  RowPattern outer;
  outer.kind = kind;
  outer.span = inner.span;
  outer.parts.push_back(std::move(inner));
  return outer;
}

// A variable, a group, {- excluded -} or PERMUTE(a, b).
RowPattern ReadPatternPrimary(TokenStream& in) {
  const Nesting nesting(in);
  RowPattern pattern;
  const Token first = in.Peek();
  if (in.IsSymbol("(") && in.IsSymbol(")", 1)) {
    in.Take();
    in.Take();
    pattern.kind = Kind::kEmpty;
  } else if (in.AcceptSymbol("(")) {
    pattern = Wrap(in, Kind::kGroup, ReadPattern(in));
    in.ExpectSymbol(")");
  } else if (in.IsSymbol("{") && in.IsSymbol("-", 1)) {
    in.Take();
    in.Take();
    pattern = Wrap(in, Kind::kExclusion, ReadPattern(in));
    in.ExpectSymbol("-");
    in.ExpectSymbol("}");
  } else if (in.IsWord("PERMUTE") && in.IsSymbol("(", 1)) {
    in.Take();
    in.Take();
    pattern.kind = Kind::kPermute;
    do {
      pattern.parts.push_back(ReadPattern(in));
    } while (in.AcceptSymbol(","));
    in.ExpectSymbol(")");
  } else {
    pattern.name = in.ExpectName(Expected::kName);
  }
  pattern.span = in.SpanFrom(first);
  return pattern;
}

// {n}, {n,}, {,m}, {n,m}, from behind '{'
void ReadRepetition(TokenStream& in, RowPattern* pattern) {
  constexpr int64_t kMost = 2147483647;
  pattern->min = in.IsSymbol(",") ? 0 : in.ExpectInteger(kMost);
  if (in.AcceptSymbol(",")) {
    if (!in.IsSymbol("}")) pattern->max = in.ExpectInteger(kMost);
  } else {
    pattern->max = pattern->min;
  }
  in.ExpectSymbol("}");
  if (pattern->max && *pattern->max < pattern->min) {
    TokenStream::FailAt(pattern->span, "The pattern quantifier's upper bound is below its lower bound.");
  }
}

RowPattern ReadQuantified(TokenStream& in) {
  RowPattern inner = ReadPatternPrimary(in);
  const Span start = inner.span;
  const bool braces = in.IsSymbol("{") && !in.IsSymbol("-", 1);
  if (!in.IsSymbol("*") && !in.IsSymbol("+") && !in.IsSymbol("?") && !braces) return inner;
  RowPattern pattern = Wrap(in, Kind::kQuantified, std::move(inner));
  const std::string_view mark = in.Take().text;
  if (mark == "*") {
    pattern.min = 0;
  } else if (mark == "?") {
    pattern.min = 0;
    pattern.max = 1;
  } else if (mark == "{") {
    ReadRepetition(in, &pattern);
  }
  pattern.reluctant = in.AcceptSymbol("?");
  pattern.span = in.SpanFrom(start);
  return pattern;
}

bool AtPatternPart(const TokenStream& in) {
  if (in.IsWord("$")) return false;
  return in.IsName() || in.IsSymbol("(") || (in.IsSymbol("{") && in.IsSymbol("-", 1));
}

RowPattern ReadConcatenation(TokenStream& in) {
  RowPattern first = ReadQuantified(in);
  if (!AtPatternPart(in)) return first;
  RowPattern all = Wrap(in, Kind::kConcat, std::move(first));
  while (AtPatternPart(in)) all.parts.push_back(ReadQuantified(in));
  all.span = in.SpanFrom(all.span);
  return all;
}

RowPattern ReadPattern(TokenStream& in) {
  RowPattern first = ReadConcatenation(in);
  if (!in.IsSymbol("|")) return first;
  RowPattern all = Wrap(in, Kind::kAlternation, std::move(first));
  while (in.AcceptSymbol("|")) all.parts.push_back(ReadConcatenation(in));
  all.span = in.SpanFrom(all.span);
  return all;
}

void ReadMeasures(TokenStream& in, MatchRecognize* match) {
  do {
    MatchRecognize::Measure measure;
    measure.expr = ReadExpr(in);
    in.Expect("AS");
    measure.name = in.ExpectName(Expected::kName);
    match->measures.push_back(std::move(measure));
  } while (in.AcceptSymbol(","));
}

// From behind AFTER MATCH
void ReadSkip(TokenStream& in, MatchRecognize* match) {
  using Skip = MatchRecognize::Skip;
  in.Expect("SKIP");
  if (in.AcceptSequence({"PAST", "LAST", "ROW"})) {
    match->skip = Skip::kPastLastRow;
    return;
  }
  in.Expect("TO");
  if (in.AcceptSequence({"NEXT", "ROW"})) {
    match->skip = Skip::kToNextRow;
    return;
  }
  const bool named = in.IsName(1) && !(in.IsWord("PATTERN", 1) && in.IsSymbol("(", 2));
  match->skip = Skip::kToVariable;
  if (named && in.Accept("FIRST")) {
    match->skip = Skip::kToFirst;
  } else if (named && in.Accept("LAST")) {
    match->skip = Skip::kToLast;
  }
  match->skip_variable = in.ExpectName(Expected::kName);
}

void ReadRowsPerMatch(TokenStream& in, MatchRecognize* match) {
  if (in.AcceptSequence({"ONE", "ROW", "PER", "MATCH"})) {
    match->rows = MatchRecognize::RowsPerMatch::kOne;
  } else if (in.AcceptSequence({"ALL", "ROWS", "PER", "MATCH"})) {
    match->rows = MatchRecognize::RowsPerMatch::kAll;
  }
}

void ReadSubsets(TokenStream& in, MatchRecognize* match) {
  do {
    MatchRecognize::Subset subset;
    subset.name = in.ExpectName(Expected::kName);
    in.ExpectSymbol("=");
    subset.variables = ReadNameList(in, Expected::kName);
    match->subsets.push_back(std::move(subset));
  } while (in.AcceptSymbol(","));
}

void ReadDefinitions(TokenStream& in, MatchRecognize* match) {
  do {
    MatchRecognize::Definition definition;
    definition.name = in.ExpectName(Expected::kName);
    in.Expect("AS");
    definition.condition = ReadExpr(in);
    match->definitions.push_back(std::move(definition));
  } while (in.AcceptSymbol(","));
}

void ReadPatternClause(TokenStream& in, MatchRecognize* match) {
  in.Expect("PATTERN");
  in.ExpectSymbol("(");
  match->anchored_start = in.AcceptSymbol("^");
  match->pattern = ReadPattern(in);
  if (in.IsWord("$")) {
    in.Take();
    match->anchored_end = true;
  }
  in.ExpectSymbol(")");
  if (in.Accept("WITHIN")) match->within = ReadExpr(in);
}

}  // namespace

MatchRecognize ReadMatchRecognize(TokenStream& in) {
  const HeightScope scope(in);
  MatchRecognize match;
  const Token first = in.previous();
  const bool outer = in.inside_match;
  in.inside_match = true;
  in.ExpectSymbol("(");
  if (in.AcceptSequence({"PARTITION", "BY"})) match.partition_by = ReadExprList(in);
  if (in.AcceptSequence({"ORDER", "BY"})) match.order_by = ReadOrderItems(in);
  if (in.Accept("MEASURES")) ReadMeasures(in, &match);
  ReadRowsPerMatch(in, &match);
  if (in.AcceptSequence({"AFTER", "MATCH"})) ReadSkip(in, &match);
  ReadPatternClause(in, &match);
  if (in.Accept("SUBSET")) ReadSubsets(in, &match);
  in.Expect("DEFINE");
  ReadDefinitions(in, &match);
  in.ExpectSymbol(")");
  in.inside_match = outer;
  match.span = in.SpanFrom(first);
  in.Grow(in.tallest() + 2, match.span);
  return match;
}

}  // namespace millrace::sql
