#include "sql/printer.h"

#include "base/strings.h"
#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

using Kind = TypeName::Kind;

std::string_view TypeWord(Kind kind) {
  switch (kind) {
    case Kind::kBoolean: return "BOOLEAN";
    case Kind::kTinyInt: return "TINYINT";
    case Kind::kSmallInt: return "SMALLINT";
    case Kind::kInt: return "INT";
    case Kind::kBigInt: return "BIGINT";
    case Kind::kFloat: return "FLOAT";
    case Kind::kDouble: return "DOUBLE";
    case Kind::kDecimal: return "DECIMAL";
    case Kind::kChar: return "CHAR";
    case Kind::kVarChar: return "VARCHAR";
    case Kind::kBinary: return "BINARY";
    case Kind::kVarBinary: return "VARBINARY";
    case Kind::kString: return "STRING";
    case Kind::kBytes: return "BYTES";
    case Kind::kDate: return "DATE";
    case Kind::kTime: return "TIME";
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return "TIMESTAMP";
    case Kind::kTimestampLtz: return "TIMESTAMP_LTZ";
    case Kind::kInterval: return "INTERVAL";
    case Kind::kArray: return "ARRAY";
    case Kind::kMultiset: return "MULTISET";
    case Kind::kMap: return "MAP";
    case Kind::kRow: return "ROW";
    case Kind::kRaw: return "RAW";
    case Kind::kNull: return "NULL";
    case Kind::kVariant: return "VARIANT";
    case Kind::kNamed: return "";
  }
  return "";
}

std::string Double(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  out += quote;
  return out;
}

template <typename T, typename Write>
std::string PrintWith(const T& tree, PrintOptions options, Write write) {
  Writer out(options);
  write(out, tree);
  return out.Take();
}

}  // namespace

void WritePath(Writer& out, const Path& path) {
  bool first = true;
  for (const Identifier& part : path) {
    if (!first) out << ".";
    first = false;
    out.Name(part.name);
  }
}

void WriteNames(Writer& out, const std::vector<Identifier>& names) {
  out << "(";
  WriteList(out, names, [&](const Identifier& name) { out.Name(name.name); });
  out << ")";
}

void WriteUnits(Writer& out, const IntervalUnits& units) {
  out << TimeUnitName(units.from);
  const bool fraction_here = units.fraction && !units.to;
  if (units.precision) {
    out << "(" << std::to_string(*units.precision);
    if (fraction_here) out << ", " << std::to_string(*units.fraction);
    out << ")";
  }
  if (units.to) {
    out << " TO " << TimeUnitName(*units.to);
    if (units.fraction) out << "(" << std::to_string(*units.fraction) << ")";
  }
}

void WriteType(Writer& out, const TypeName& type) {
  out << TypeWord(type.kind);
  if (type.precision) {
    out << "(" << std::to_string(*type.precision);
    if (type.scale) out << ", " << std::to_string(*type.scale);
    out << ")";
  }
  if (type.kind == Kind::kTimestampTz) out << " WITH TIME ZONE";
  if (type.interval) {
    out << " ";
    WriteUnits(out, *type.interval);
  }
  if (!type.children.empty()) {
    out << "<";
    WriteList(out, type.children, [&](const TypeName& child) { WriteType(out, child); });
    out << ">";
  }
  if (type.kind == Kind::kRow) {
    out << "<";
    WriteList(out, type.members, [&](const RowMember& member) {
      out.Name(member.name.name);
      out << " ";
      WriteType(out, member.type);
      if (!member.comment.empty()) {
        out << " ";
        out.Text(member.comment);
      }
    });
    out << ">";
  }
  if (type.kind == Kind::kRaw) {
    out << "(";
    out.Text(type.raw_class);
    out << ", ";
    out.Text(type.raw_serializer);
    out << ")";
  }
  WritePath(out, type.path);
  if (type.not_null) out << " NOT NULL";
}

std::string Print(const Statement& statement, PrintOptions options) {
  return PrintWith(statement, options, WriteStatement);
}

std::string Print(const Query& query, PrintOptions options) { return PrintWith(query, options, WriteQuery); }

std::string Print(const Expr& expr) {
  return PrintWith(expr, {}, [](Writer& out, const Expr& tree) { WriteExpr(out, tree); });
}

std::string Print(const TypeName& type) { return PrintWith(type, {}, WriteType); }
std::string Print(const Path& path) { return PrintWith(path, {}, WritePath); }
std::string QuoteName(std::string_view name) { return Double(name, '`'); }
std::string QuoteText(std::string_view text) { return Double(text, '\''); }

}  // namespace millrace::sql
