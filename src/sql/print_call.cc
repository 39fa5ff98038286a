#include <algorithm>

#include "base/strings.h"
#include "sql/keywords.h"
#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;
using On = JsonClauses::On;

// Words that would begin something else when a '(' follows.
constexpr std::string_view kNeverPlain[] = {"TRY_CAST", "ARRAY", "MAP",   "MULTISET", "ROW",   "DESCRIPTOR",
                                            "NULL",     "TRUE",  "FALSE", "CUBE",     "ROLLUP"};

// The form of a special function that its arguments fit; kNone: written as any other function.
enum class Form { kNone, kExtract, kTrim, kPosition, kOverlay, kFloor, kUnitFirst, kJson, kJsonPairs, kMismatch };

// Only a name in backticks can have these in a special function.
bool HasPlainArgumentsOnly(const Expr& expr) {
  if (expr.call->distinct) return true;
  return std::any_of(expr.args.begin(), expr.args.end(), [](const Expr& arg) {
    return arg.kind == Kind::kStar || arg.kind == Kind::kNamedArgument || arg.kind == Kind::kDescriptor ||
           arg.kind == Kind::kTableArgument || arg.kind == Kind::kDefault;
  });
}

Form FormOf(const Expr& expr, const std::string& name) {
  const std::vector<Expr>& args = expr.args;
  const bool order = !expr.call->order_by.empty() && name != "JSON_ARRAYAGG";
  const bool foreign = order || HasPlainArgumentsOnly(expr);
  const auto when = [&](bool fits, Form form) { return fits && !foreign ? form : Form::kMismatch; };
  const bool unit_first = !args.empty() && args[0].kind == Kind::kTimeUnit;
  if (name == "EXTRACT") return when(args.size() == 2 && unit_first, Form::kExtract);
  if (name == "TRIM") return when(args.size() == 1 || args.size() == 2, Form::kTrim);
  if (name == "POSITION") return when(args.size() == 2 || args.size() == 3, Form::kPosition);
  if (name == "OVERLAY" && (args.size() == 3 || args.size() == 4)) return when(true, Form::kOverlay);
  if (name == "OVERLAY" || name == "SUBSTRING") return when(!args.empty(), Form::kNone);
  if (name == "FLOOR" || name == "CEIL" || name == "CEILING") {
    if (args.size() == 2 && args[1].kind == Kind::kTimeUnit) return when(true, Form::kFloor);
    return when(!args.empty(), Form::kNone);
  }
  if (name == "TIMESTAMPADD" || name == "TIMESTAMPDIFF") return when(args.size() == 3 && unit_first, Form::kUnitFirst);
  const bool json = expr.call->json.get() != nullptr;
  if (name == "JSON_OBJECT" || name == "JSON_OBJECTAGG") return when(json, Form::kJsonPairs);
  for (const std::string_view word : {"JSON_VALUE", "JSON_QUERY", "JSON_EXISTS", "JSON_ARRAY", "JSON_ARRAYAGG"}) {
    if (name == word) return when(json, Form::kJson);
  }
  return Form::kNone;
}

void WriteFunctionName(Writer& out, const Path& path, const std::string& upper, bool quote) {
  if (path.size() != 1) return WritePath(out, path);
  bool plain = !quote && IsPlainWord(path[0].name) && (!IsClauseWord(upper) || upper == "LEFT" || upper == "RIGHT");
  for (const std::string_view word : kNeverPlain) plain = plain && upper != word;
  if (plain) {
    out << upper;
  } else {
    out.Name(path[0].name);
  }
}

// Arguments from `first` on, each but the first with its word before it.
void WriteWithWords(Writer& out, const std::vector<Expr>& args, std::initializer_list<std::string_view> words) {
  size_t i = 0;
  for (const std::string_view word : words) {
    if (i >= args.size()) return;
    out << word;
    WriteExpr(out, args[i++]);
  }
}

void WriteTrim(Writer& out, const Expr& expr) {
  out << (expr.call->trim == TrimSide::kLeading    ? "LEADING "
          : expr.call->trim == TrimSide::kTrailing ? "TRAILING "
                                                   : "BOTH ");
  if (expr.args.size() == 2) {
    WriteExpr(out, expr.args[1]);
    out << " ";
  }
  out << "FROM ";
  WriteExpr(out, expr.args[0]);
}

std::string_view OnText(On on) {
  switch (on) {
    case On::kDefault: return "";
    case On::kNull: return "NULL";
    case On::kError: return "ERROR";
    case On::kEmptyArray: return "EMPTY ARRAY";
    case On::kEmptyObject: return "EMPTY OBJECT";
    case On::kValue: return "DEFAULT ";
    case On::kTrue: return "TRUE";
    case On::kFalse: return "FALSE";
    case On::kUnknown: return "UNKNOWN";
  }
  return "";
}

void WriteBehavior(Writer& out, On on, const std::optional<Expr>& value, std::string_view event) {
  if (on == On::kDefault) return;
  out << " " << OnText(on);
  if (on == On::kValue && value) WriteExpr(out, *value);
  out << " ON " << event;
}

void WriteJsonClauses(Writer& out, const JsonClauses& json, bool has_arguments) {
  if (json.returning) {
    out << " RETURNING ";
    WriteType(out, *json.returning);
  }
  switch (json.wrapper) {
    case JsonClauses::Wrapper::kDefault: break;
    case JsonClauses::Wrapper::kWithout: out << " WITHOUT ARRAY WRAPPER"; break;
    case JsonClauses::Wrapper::kConditional: out << " WITH CONDITIONAL ARRAY WRAPPER"; break;
    case JsonClauses::Wrapper::kUnconditional: out << " WITH UNCONDITIONAL ARRAY WRAPPER"; break;
  }
  WriteBehavior(out, json.on_empty, json.empty_value, "EMPTY");
  WriteBehavior(out, json.on_error, json.error_value, "ERROR");
  if (json.on_null == JsonClauses::OnNull::kDefault) return;
  out << (has_arguments ? " " : "") << (json.on_null == JsonClauses::OnNull::kNull ? "NULL" : "ABSENT") << " ON NULL";
}

void WriteJsonPairs(Writer& out, const std::vector<Expr>& args) {
  for (size_t i = 0; i + 1 < args.size(); i += 2) {
    out << (i > 0 ? ", KEY " : "KEY ");
    WriteExpr(out, args[i]);
    out << " VALUE ";
    WriteExpr(out, args[i + 1]);
  }
}

void WritePlainArguments(Writer& out, const Expr& expr) {
  if (expr.call->distinct) out << "DISTINCT ";
  WriteExprs(out, expr.args);
}

void WriteArguments(Writer& out, const Expr& expr, Form form) {
  switch (form) {
    case Form::kExtract: WriteWithWords(out, expr.args, {"", " FROM "}); break;
    case Form::kTrim: WriteTrim(out, expr); break;
    case Form::kPosition:
      WriteExpr(out, expr.args[0], kMembershipPrecedence + 1);
      out << " IN ";
      WriteExpr(out, expr.args[1]);
      if (expr.args.size() == 3) {
        out << " FROM ";
        WriteExpr(out, expr.args[2]);
      }
      break;
    case Form::kOverlay: WriteWithWords(out, expr.args, {"", " PLACING ", " FROM ", " FOR "}); break;
    case Form::kFloor: WriteWithWords(out, expr.args, {"", " TO "}); break;
    case Form::kJsonPairs: WriteJsonPairs(out, expr.args); break;
    case Form::kNone:
    case Form::kUnitFirst:
    case Form::kJson:
    case Form::kMismatch: WritePlainArguments(out, expr); break;
  }
  if (!expr.call->order_by.empty()) {
    out << " ORDER BY ";
    WriteOrderItems(out, expr.call->order_by);
  }
  if (expr.call->json) WriteJsonClauses(out, *expr.call->json, !expr.args.empty());
}

void WriteCallTail(Writer& out, const Call& call) {
  if (call.nulls == Call::NullTreatment::kIgnore) out << " IGNORE NULLS";
  if (call.nulls == Call::NullTreatment::kRespect) out << " RESPECT NULLS";
  if (!call.within_group.empty()) {
    out << " WITHIN GROUP (ORDER BY ";
    WriteOrderItems(out, call.within_group);
    out << ")";
  }
  if (call.filter) {
    out << " FILTER (WHERE ";
    WriteExpr(out, *call.filter);
    out << ")";
  }
  if (!call.over) return;
  out << " OVER ";
  if (call.over->only_name) {
    out.Name(call.over->base.name);
  } else {
    WriteWindowSpec(out, *call.over);
  }
}

void WriteBound(Writer& out, const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBound::Kind::kUnboundedPreceding: out << "UNBOUNDED PRECEDING"; break;
    case FrameBound::Kind::kUnboundedFollowing: out << "UNBOUNDED FOLLOWING"; break;
    case FrameBound::Kind::kCurrentRow: out << "CURRENT ROW"; break;
    case FrameBound::Kind::kPreceding:
    case FrameBound::Kind::kFollowing:
      WriteExpr(out, *bound.offset, kSumPrecedence);
      out << (bound.kind == FrameBound::Kind::kPreceding ? " PRECEDING" : " FOLLOWING");
      break;
  }
}

}  // namespace

bool IsPlainWord(std::string_view name) {
  const auto word_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), word_char);
}

void WriteOrderItems(Writer& out, const std::vector<OrderItem>& items) {
  WriteList(out, items, [&](const OrderItem& item) {
    WriteExpr(out, item.expr);
    if (item.descending) out << " DESC";
    if (item.nulls == OrderItem::Nulls::kFirst) out << " NULLS FIRST";
    if (item.nulls == OrderItem::Nulls::kLast) out << " NULLS LAST";
  });
}

void WriteWindowSpec(Writer& out, const WindowSpec& spec) {
  out << "(";
  std::string_view blank;
  if (!spec.base.empty()) {
    out.Name(spec.base.name);
    blank = " ";
  }
  if (!spec.partition_by.empty()) {
    out << blank << "PARTITION BY ";
    WriteExprs(out, spec.partition_by);
    blank = " ";
  }
  if (!spec.order_by.empty()) {
    out << blank << "ORDER BY ";
    WriteOrderItems(out, spec.order_by);
    blank = " ";
  }
  if (spec.has_frame) {
    out << blank << (spec.rows ? "ROWS BETWEEN " : "RANGE BETWEEN ");
    WriteBound(out, spec.start);
    out << " AND ";
    WriteBound(out, spec.end);
  }
  out << ")";
}

void WriteCall(Writer& out, const Expr& expr) {
  const Call& call = *expr.call;
  const std::string upper = call.name.size() == 1 ? ToUpper(call.name[0].name) : std::string();
  if (call.niladic) {
    out << upper;
    return;
  }
  const Form form = FormOf(expr, upper);
  WriteFunctionName(out, call.name, upper, form == Form::kMismatch);
  out << "(";
  WriteArguments(out, expr, form);
  out << ")";
  WriteCallTail(out, call);
}

}  // namespace millrace::sql
