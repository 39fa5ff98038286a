#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;
using On = JsonClauses::On;

Expr ReadUnitArgument(TokenStream& in) {
  Expr expr(Kind::kTimeUnit, in.Peek().span);
  const std::optional<TimeUnit> unit = AcceptTimeUnit(in);
  if (!unit) in.Fail("a time unit such as YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
  expr.unit = *unit;
  return SealByArgs(in, std::move(expr));
}

// EXTRACT(unit FROM x)
void ReadExtract(TokenStream& in, Expr* call) {
  call->args.push_back(ReadUnitArgument(in));
  in.Expect("FROM");
  call->args.push_back(ReadExpr(in));
}

// FLOOR(x), FLOOR(x TO unit)
void ReadFloor(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in));
  if (in.Accept("TO")) {
    call->args.push_back(ReadUnitArgument(in));
  } else {
    while (in.AcceptSymbol(",")) call->args.push_back(ReadExpr(in));
  }
}

// TIMESTAMPADD(unit, n, t), TIMESTAMPDIFF(unit, t1, t2)
void ReadTimestampArithmetic(TokenStream& in, Expr* call) {
  call->args.push_back(ReadUnitArgument(in));
  in.ExpectSymbol(",");
  call->args.push_back(ReadExpr(in));
  in.ExpectSymbol(",");
  call->args.push_back(ReadExpr(in));
}

// TRIM([BOTH | LEADING | TRAILING] [chars] FROM x), TRIM(x)
void ReadTrim(TokenStream& in, Expr* call) {
  const bool side_word = !in.IsSymbol(")", 1) && !in.IsSymbol(".", 1);
  bool side = false;
  if (side_word && in.Accept("LEADING")) {
    call->call->trim = TrimSide::kLeading;
    side = true;
  } else if (side_word && in.Accept("TRAILING")) {
    call->call->trim = TrimSide::kTrailing;
    side = true;
  } else if (side_word && in.Accept("BOTH")) {
    side = true;
  }
  if (side && in.Accept("FROM")) {
    call->args.push_back(ReadExpr(in));
    return;
  }
  call->args.push_back(ReadExpr(in));
  if (side) {
    in.Expect("FROM");
  } else if (!in.Accept("FROM")) {
    return;
  }
  call->args.insert(call->args.begin(), ReadExpr(in));
}

// POSITION(a IN b [FROM n])
void ReadPosition(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in, kMembershipPrecedence + 1));
  in.Expect("IN");
  call->args.push_back(ReadExpr(in));
  if (in.Accept("FROM")) call->args.push_back(ReadExpr(in));
}

// SUBSTRING(x FROM a [FOR n]), or with commas
void ReadSubstring(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in));
  if (in.Accept("FROM")) {
    call->args.push_back(ReadExpr(in));
    if (in.Accept("FOR")) call->args.push_back(ReadExpr(in));
    return;
  }
  while (in.AcceptSymbol(",")) call->args.push_back(ReadExpr(in));
}

// OVERLAY(x PLACING y FROM a [FOR n]), or with commas
void ReadOverlay(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in));
  if (in.Accept("PLACING")) {
    call->args.push_back(ReadExpr(in));
    in.Expect("FROM");
    call->args.push_back(ReadExpr(in));
    if (in.Accept("FOR")) call->args.push_back(ReadExpr(in));
    return;
  }
  while (in.AcceptSymbol(",")) call->args.push_back(ReadExpr(in));
}

void ReadJsonInput(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in));
  in.ExpectSymbol(",");
  call->args.push_back(ReadExpr(in));
}

// `.. ON EMPTY` and `.. ON ERROR`, in any order. `query`: of JSON_QUERY, else of JSON_VALUE.
void ReadJsonBehaviors(TokenStream& in, bool query, JsonClauses* json) {
  while (!in.IsSymbol(")")) {
    On behavior = On::kNull;
    std::optional<Expr> value;
    if (in.Accept("ERROR")) {
      behavior = On::kError;
    } else if (query && in.Accept("EMPTY")) {
      behavior = in.Accept("OBJECT") ? On::kEmptyObject : On::kEmptyArray;
      if (behavior == On::kEmptyArray) in.Accept("ARRAY");
    } else if (!query && in.Accept("DEFAULT")) {
      behavior = On::kValue;
      value = ReadExpr(in);
    } else {
      in.Expect("NULL");
    }
    in.Expect("ON");
    if (in.Accept("EMPTY")) {
      json->on_empty = behavior;
      json->empty_value = std::move(value);
    } else {
      in.Expect("ERROR");
      json->on_error = behavior;
      json->error_value = std::move(value);
    }
  }
}

void ReadJsonValue(TokenStream& in, Expr* call) {
  ReadJsonInput(in, call);
  JsonClauses json;
  if (in.Accept("RETURNING")) json.returning = ReadType(in);
  ReadJsonBehaviors(in, false, &json);
  call->call->json = std::move(json);
}

void ReadJsonQuery(TokenStream& in, Expr* call) {
  ReadJsonInput(in, call);
  JsonClauses json;
  if (in.Accept("RETURNING")) json.returning = ReadType(in);
  if (in.Accept("WITHOUT")) {
    json.wrapper = JsonClauses::Wrapper::kWithout;
  } else if (in.Accept("WITH")) {
    json.wrapper = in.Accept("CONDITIONAL") ? JsonClauses::Wrapper::kConditional : JsonClauses::Wrapper::kUnconditional;
    in.Accept("UNCONDITIONAL");
  }
  if (json.wrapper != JsonClauses::Wrapper::kDefault) {
    in.Accept("ARRAY");
    in.Expect("WRAPPER");
  }
  ReadJsonBehaviors(in, true, &json);
  call->call->json = std::move(json);
}

void ReadJsonExists(TokenStream& in, Expr* call) {
  ReadJsonInput(in, call);
  JsonClauses json;
  if (in.Accept("TRUE")) {
    json.on_error = On::kTrue;
  } else if (in.Accept("FALSE")) {
    json.on_error = On::kFalse;
  } else if (in.Accept("UNKNOWN")) {
    json.on_error = On::kUnknown;
  } else if (in.Accept("ERROR")) {
    json.on_error = On::kError;
  }
  if (json.on_error != On::kDefault) in.ExpectSequence({"ON", "ERROR"});
  call->call->json = std::move(json);
}

// NULL ON NULL, ABSENT ON NULL
void ReadOnNull(TokenStream& in, Expr* call) {
  JsonClauses json;
  if (in.AcceptSequence({"NULL", "ON", "NULL"})) {
    json.on_null = JsonClauses::OnNull::kNull;
  } else if (in.AcceptSequence({"ABSENT", "ON", "NULL"})) {
    json.on_null = JsonClauses::OnNull::kAbsent;
  }
  call->call->json = std::move(json);
}

bool AtOnNull(const TokenStream& in) { return (in.IsWord("NULL") || in.IsWord("ABSENT")) && in.IsWord("ON", 1); }

// [KEY] k VALUE v, k : v, or k, v
void ReadKeyValue(TokenStream& in, Expr* call) {
  const bool key_is_column = in.IsWord("VALUE", 1) || in.IsSymbol(":", 1) || in.IsSymbol(",", 1);
  if (!key_is_column) in.Accept("KEY");
  call->args.push_back(ReadExpr(in));
  if (!in.Accept("VALUE") && !in.AcceptSymbol(":")) in.ExpectSymbol(",");
  call->args.push_back(ReadExpr(in));
}

void ReadJsonObject(TokenStream& in, Expr* call) {
  if (!in.IsSymbol(")") && !AtOnNull(in)) {
    do {
      ReadKeyValue(in, call);
    } while (in.AcceptSymbol(","));
  }
  ReadOnNull(in, call);
}

void ReadJsonArray(TokenStream& in, Expr* call) {
  if (!in.IsSymbol(")") && !AtOnNull(in)) call->args = ReadExprList(in);
  ReadOnNull(in, call);
}

void ReadJsonObjectAgg(TokenStream& in, Expr* call) {
  ReadKeyValue(in, call);
  ReadOnNull(in, call);
}

void ReadJsonArrayAgg(TokenStream& in, Expr* call) {
  call->args.push_back(ReadExpr(in));
  if (in.AcceptSequence({"ORDER", "BY"})) call->call->order_by = ReadOrderItems(in);
  ReadOnNull(in, call);
}

struct SpecialForm {
  std::string_view name;
  void (*read)(TokenStream&, Expr*);
};

constexpr SpecialForm kForms[] = {
    {"EXTRACT", ReadExtract},
    {"FLOOR", ReadFloor},
    {"CEIL", ReadFloor},
    {"CEILING", ReadFloor},
    {"TIMESTAMPADD", ReadTimestampArithmetic},
    {"TIMESTAMPDIFF", ReadTimestampArithmetic},
    {"TRIM", ReadTrim},
    {"POSITION", ReadPosition},
    {"SUBSTRING", ReadSubstring},
    {"OVERLAY", ReadOverlay},
    {"JSON_VALUE", ReadJsonValue},
    {"JSON_QUERY", ReadJsonQuery},
    {"JSON_EXISTS", ReadJsonExists},
    {"JSON_OBJECT", ReadJsonObject},
    {"JSON_ARRAY", ReadJsonArray},
    {"JSON_OBJECTAGG", ReadJsonObjectAgg},
    {"JSON_ARRAYAGG", ReadJsonArrayAgg},
};

}  // namespace

bool ReadSpecialArguments(TokenStream& in, const std::string& name, Expr* call) {
  for (const SpecialForm& form : kForms) {
    if (name == form.name) {
      form.read(in, call);
      in.ExpectSymbol(")");
      return true;
    }
  }
  return false;
}

}  // namespace millrace::sql
