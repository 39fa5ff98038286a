#include <algorithm>

#include "base/strings.h"
#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = TypeName::Kind;

struct SimpleType {
  std::string_view word;
  Kind kind;
  int parameters;  // how many numbers may follow in parentheses
};

constexpr SimpleType kSimpleTypes[] = {
    {"BOOLEAN", Kind::kBoolean, 0},     {"TINYINT", Kind::kTinyInt, 0},
    {"SMALLINT", Kind::kSmallInt, 0},   {"INT", Kind::kInt, 0},
    {"INTEGER", Kind::kInt, 0},         {"BIGINT", Kind::kBigInt, 0},
    {"FLOAT", Kind::kFloat, 0},         {"DECIMAL", Kind::kDecimal, 2},
    {"DEC", Kind::kDecimal, 2},         {"NUMERIC", Kind::kDecimal, 2},
    {"VARCHAR", Kind::kVarChar, 1},     {"STRING", Kind::kString, 0},
    {"VARBINARY", Kind::kVarBinary, 1}, {"BYTES", Kind::kBytes, 0},
    {"DATE", Kind::kDate, 0},           {"TIMESTAMP_LTZ", Kind::kTimestampLtz, 1},
    {"NULL", Kind::kNull, 0},           {"VARIANT", Kind::kVariant, 0},
};

constexpr int64_t kMaxParameter = 2147483647;

void ReadParameters(TokenStream& in, int most, TypeName* type) {
  if (most == 0 || !in.AcceptSymbol("(")) return;
  type->precision = static_cast<int32_t>(in.ExpectInteger(kMaxParameter));
  if (most == 2 && in.AcceptSymbol(",")) type->scale = static_cast<int32_t>(in.ExpectInteger(kMaxParameter));
  in.ExpectSymbol(")");
}

// TIMESTAMP and TIME, from behind the word.
void ReadTemporal(TokenStream& in, TypeName* type) {
  ReadParameters(in, 1, type);
  if (in.IsWord("WITHOUT") && in.IsWord("TIME", 1)) {
    in.ExpectSequence({"WITHOUT", "TIME", "ZONE"});
  } else if (in.IsWord("WITH") && (in.IsWord("LOCAL", 1) || in.IsWord("TIME", 1)) && type->kind == Kind::kTimestamp) {
    in.Take();
    type->kind = in.Accept("LOCAL") ? Kind::kTimestampLtz : Kind::kTimestampTz;
    in.ExpectSequence({"TIME", "ZONE"});
  }
}

void ReadMembers(TokenStream& in, TypeName* type) {
  if (in.IsSymbol("<>")) {
    in.Take();
    return;
  }
  const bool round = in.AcceptSymbol("(");
  if (!round) in.ExpectSymbol("<");
  const std::string_view close = round ? ")" : ">";
  if (in.AcceptSymbol(close)) return;
  do {
    RowMember member;
    member.name = in.ExpectName(Expected::kName);
    member.type = ReadType(in);
    if (in.IsString()) member.comment = in.ExpectString();
    type->members.push_back(std::move(member));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(close);
}

void ReadChildren(TokenStream& in, TypeName* type) {
  in.ExpectSymbol("<");
  type->children.push_back(ReadType(in));
  if (type->kind == Kind::kMap) {
    in.ExpectSymbol(",");
    type->children.push_back(ReadType(in));
  }
  in.ExpectSymbol(">");
}

void ReadRaw(TokenStream& in, TypeName* type) {
  in.ExpectSymbol("(");
  type->raw_class = in.ExpectString();
  in.ExpectSymbol(",");
  type->raw_serializer = in.ExpectString();
  in.ExpectSymbol(")");
}

// CHAR, CHARACTER, BINARY: VARYING makes them the long kind. From behind the word.
void ReadCharOrBinary(TokenStream& in, bool binary, TypeName* type) {
  const bool varying = in.Accept("VARYING");
  type->kind = binary ? (varying ? Kind::kVarBinary : Kind::kBinary) : (varying ? Kind::kVarChar : Kind::kChar);
  ReadParameters(in, 1, type);
}

// True when the word at `in` begins a type with a form of its own.
bool ReadFormedType(TokenStream& in, TypeName* type) {
  const auto take = [&](std::string_view word, Kind kind) {
    if (!in.IsWord(word)) return false;
    in.Take();
    type->kind = kind;
    return true;
  };
  if (take("CHAR", Kind::kChar) || take("CHARACTER", Kind::kChar)) {
    ReadCharOrBinary(in, false, type);
  } else if (take("BINARY", Kind::kBinary)) {
    ReadCharOrBinary(in, true, type);
  } else if (take("DOUBLE", Kind::kDouble)) {
    in.Accept("PRECISION");
  } else if (take("TIME", Kind::kTime) || take("TIMESTAMP", Kind::kTimestamp)) {
    ReadTemporal(in, type);
  } else if (take("INTERVAL", Kind::kInterval)) {
    type->interval = ReadIntervalUnits(in);
  } else if (take("ROW", Kind::kRow)) {
    ReadMembers(in, type);
  } else if (take("ARRAY", Kind::kArray) || take("MULTISET", Kind::kMultiset) || take("MAP", Kind::kMap)) {
    ReadChildren(in, type);
  } else if (take("RAW", Kind::kRaw)) {
    ReadRaw(in, type);
  } else {
    return false;
  }
  return true;
}

void ReadNullability(TokenStream& in, TypeName* type) {
  if (in.AcceptSequence({"NOT", "NULL"})) {
    type->not_null = true;
  } else if (!in.IsWord("ON", 1)) {  // JSON_VALUE(.. RETURNING INT NULL ON EMPTY)
    in.Accept("NULL");
  }
}

struct UnitWord {
  std::string_view word;
  TimeUnit unit;
};

constexpr UnitWord kUnitWords[] = {
    {"YEAR", TimeUnit::kYear},
    {"QUARTER", TimeUnit::kQuarter},
    {"MONTH", TimeUnit::kMonth},
    {"WEEK", TimeUnit::kWeek},
    {"DAY", TimeUnit::kDay},
    {"HOUR", TimeUnit::kHour},
    {"MINUTE", TimeUnit::kMinute},
    {"SECOND", TimeUnit::kSecond},
    {"MILLISECOND", TimeUnit::kMillisecond},
    {"MICROSECOND", TimeUnit::kMicrosecond},
    {"NANOSECOND", TimeUnit::kNanosecond},
    {"DECADE", TimeUnit::kDecade},
    {"CENTURY", TimeUnit::kCentury},
    {"MILLENNIUM", TimeUnit::kMillennium},
    {"DOW", TimeUnit::kDow},
    {"DOY", TimeUnit::kDoy},
    {"ISODOW", TimeUnit::kIsoDow},
    {"ISOYEAR", TimeUnit::kIsoYear},
    {"EPOCH", TimeUnit::kEpoch},
};

// Units that may begin an interval, coarse to fine.
bool IsIntervalUnit(TimeUnit unit) {
  return unit == TimeUnit::kYear || unit == TimeUnit::kQuarter || unit == TimeUnit::kMonth || unit == TimeUnit::kWeek ||
         unit == TimeUnit::kDay || unit == TimeUnit::kHour || unit == TimeUnit::kMinute || unit == TimeUnit::kSecond;
}

bool IsRange(TimeUnit from, TimeUnit to) {
  if (from == TimeUnit::kYear) return to == TimeUnit::kMonth;
  const bool day_time = from == TimeUnit::kDay || from == TimeUnit::kHour || from == TimeUnit::kMinute;
  return day_time && to > from && (to == TimeUnit::kHour || to == TimeUnit::kMinute || to == TimeUnit::kSecond);
}

TimeUnit ReadIntervalUnit(TokenStream& in) {
  const Token token = in.Peek();
  const std::optional<TimeUnit> unit = AcceptTimeUnit(in);
  if (!unit) in.Fail("an interval unit: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND");
  if (!IsIntervalUnit(*unit)) {
    TokenStream::FailAt(token.span,
                        "Encountered \"" + std::string(token.text) + "\" at line " + std::to_string(token.span.line) +
                            ", column " + std::to_string(token.span.column) + ". An interval has no such unit.",
                        "Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE and SECOND; write milliseconds as "
                        "INTERVAL '0.001' SECOND.");
  }
  return *unit;
}

}  // namespace

std::optional<TimeUnit> AcceptTimeUnit(TokenStream& in) {
  if (in.Peek().kind != TokenKind::kWord) return std::nullopt;
  std::string word = ToUpper(in.Peek().text.substr(0, 40));
  if (word.starts_with("SQL_TSI_")) word.erase(0, 8);
  for (const UnitWord& candidate : kUnitWords) {
    if (word == candidate.word || (word.size() == candidate.word.size() + 1 && word.starts_with(candidate.word) &&
                                   word.back() == 'S' && IsIntervalUnit(candidate.unit))) {
      in.Take();
      return candidate.unit;
    }
  }
  return std::nullopt;
}

IntervalUnits ReadIntervalUnits(TokenStream& in) {
  constexpr int64_t kMaxDigits = 10;
  IntervalUnits units;
  units.from = ReadIntervalUnit(in);
  if (in.AcceptSymbol("(")) {
    units.precision = static_cast<int32_t>(in.ExpectInteger(kMaxDigits));
    if (units.from == TimeUnit::kSecond && in.AcceptSymbol(",")) {
      units.fraction = static_cast<int32_t>(in.ExpectInteger(9));
    }
    in.ExpectSymbol(")");
  }
  if (in.IsWord("TO")) {
    in.Take();
    const Token token = in.Peek();
    units.to = ReadIntervalUnit(in);
    if (!IsRange(units.from, *units.to)) {
      TokenStream::FailAt(token.span,
                          "Interval from " + std::string(TimeUnitName(units.from)) + " to " +
                              std::string(TimeUnitName(*units.to)) + " is no valid range.",
                          "Ranges are YEAR TO MONTH, or from DAY, HOUR or MINUTE to a finer unit down to SECOND.");
    }
    if (*units.to == TimeUnit::kSecond && in.AcceptSymbol("(")) {
      units.fraction = static_cast<int32_t>(in.ExpectInteger(9));
      in.ExpectSymbol(")");
    }
  }
  return units;
}

TypeName ReadType(TokenStream& in) {
  const Nesting nesting(in);
  const Token first = in.Peek();
  in.Note(Expected::kType);
  TypeName type;
  const auto* simple = std::find_if(std::begin(kSimpleTypes), std::end(kSimpleTypes),
                                    [&](const SimpleType& candidate) { return in.IsWord(candidate.word); });
  if (simple != std::end(kSimpleTypes)) {
    in.Take();
    type.kind = simple->kind;
    ReadParameters(in, simple->parameters, &type);
  } else if (!ReadFormedType(in, &type)) {
    if (!in.IsName()) in.Fail();
    type.kind = Kind::kNamed;
    type.path = in.ExpectPath(Expected::kType);
  }
  ReadNullability(in, &type);
  constexpr int kMaxSuffixes = 20;
  for (int i = 0; i < kMaxSuffixes && (in.IsWord("ARRAY") || in.IsWord("MULTISET")); ++i) {
    TypeName outer;
    outer.kind = in.IsWord("ARRAY") ? Kind::kArray : Kind::kMultiset;
    in.Take();
    type.span = in.SpanFrom(first);
    outer.children.push_back(std::move(type));
    ReadNullability(in, &outer);
    type = std::move(outer);
  }
  type.span = in.SpanFrom(first);
  return type;
}

}  // namespace millrace::sql
