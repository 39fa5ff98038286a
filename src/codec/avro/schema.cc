#include "codec/avro/schema.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "codec/avro/schema_names.h"

namespace millrace::codec::avro {
namespace {

constexpr int kMaxDefaultDepth = 64;  // a record's default may call for its own field's default, without end

// Prints as Avro-Java 1.11 does: a named type in full where it comes first, by name afterwards; namespaces only where
// they differ from the enclosing one.
class Printer {
 public:
  Printer(const std::map<std::string, const Type*>* external, bool normalized) : normalized_(normalized) {
    if (external == nullptr) return;
    for (const auto& [name, type] : *external) printed_.insert(name);
  }

  void Print(const Type& type, const std::string& space) {
    switch (type.kind) {
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kFixed: PrintNamed(type, space); return;
      case Kind::kUnion: {
        out_ += '[';
        for (size_t i = 0; i < type.branches.size(); ++i) {
          if (i > 0) out_ += ',';
          Print(*type.branches[i], space);
        }
        out_ += ']';
        return;
      }
      case Kind::kArray:
      case Kind::kMap:
        out_ += type.kind == Kind::kArray ? R"({"type":"array","items":)" : R"({"type":"map","values":)";
        Print(type.element(), space);
        PrintProperties(type.properties);
        out_ += '}';
        return;
      case Kind::kNull:
      case Kind::kBoolean:
      case Kind::kInt:
      case Kind::kLong:
      case Kind::kFloat:
      case Kind::kDouble:
      case Kind::kBytes:
      case Kind::kString:
        if (type.properties.empty()) {
          AppendJsonString(out_, KindName(type.kind));
          return;
        }
        out_ += R"({"type":)";
        AppendJsonString(out_, KindName(type.kind));
        PrintProperties(type.properties);
        out_ += '}';
        return;
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void PrintAttribute(std::string_view name, std::string_view text) {
    out_ += ',';
    AppendJsonString(out_, name);
    out_ += ':';
    AppendJsonString(out_, text);
  }

  void PrintProperties(Json::Object properties) {
    if (normalized_) {
      std::sort(properties.begin(), properties.end(),
                [](const JsonMember& a, const JsonMember& b) { return a.name < b.name; });
    }
    for (const JsonMember& member : properties) {
      out_ += ',';
      AppendJsonString(out_, member.name);
      out_ += ':';
      member.value.AppendTo(out_);
    }
  }

  // `name` without its namespace where that is the enclosing one. Avro-Java: Name.getQualified.
  std::string Shorten(const std::string& full, const std::string& space) const {
    if (normalized_) return full;
    const QualifiedName name = Qualify(full, "");
    return name.space.empty() || name.space == space ? name.name : full;
  }

  void PrintAliases(const std::vector<std::string>& aliases, const std::string& space) {
    if (aliases.empty()) return;
    out_ += R"(,"aliases":[)";
    for (size_t i = 0; i < aliases.size(); ++i) {
      if (i > 0) out_ += ',';
      AppendJsonString(out_, Shorten(aliases[i], space));
    }
    out_ += ']';
  }

  void PrintNamed(const Type& type, const std::string& space) {
    const std::string full = type.full_name();
    if (!printed_.insert(full).second) {
      AppendJsonString(out_, Shorten(full, space));
      return;
    }
    out_ += R"({"type":)";
    AppendJsonString(out_, type.is_error ? "error" : KindName(type.kind));
    PrintAttribute("name", type.name);
    if (type.space != space || (normalized_ && !type.space.empty())) PrintAttribute("namespace", type.space);
    if (type.doc) PrintAttribute("doc", *type.doc);
    if (type.kind == Kind::kRecord) PrintFields(type);
    if (type.kind == Kind::kFixed) out_ += fmt::format(R"(,"size":{})", type.size);
    if (type.kind == Kind::kEnum) {
      out_ += R"(,"symbols":[)";
      for (size_t i = 0; i < type.symbols.size(); ++i) {
        if (i > 0) out_ += ',';
        AppendJsonString(out_, type.symbols[i]);
      }
      out_ += ']';
      if (type.enum_default) PrintAttribute("default", *type.enum_default);
    }
    PrintProperties(type.properties);
    PrintAliases(type.aliases, type.space);
    out_ += '}';
  }

  void PrintFields(const Type& type) {
    out_ += R"(,"fields":[)";
    for (size_t i = 0; i < type.fields.size(); ++i) {
      const SchemaField& field = type.fields[i];
      out_ += i == 0 ? R"({"name":)" : R"(,{"name":)";
      AppendJsonString(out_, field.name);
      out_ += R"(,"type":)";
      Print(*field.type, type.space);
      if (field.doc) PrintAttribute("doc", *field.doc);
      if (field.default_value) {
        out_ += R"(,"default":)";
        field.default_value->AppendTo(out_);
      }
      if (field.order == SchemaField::Order::kDescending) PrintAttribute("order", "descending");
      if (field.order == SchemaField::Order::kIgnore) PrintAttribute("order", "ignore");
      if (!field.aliases.empty()) {
        out_ += R"(,"aliases":)";
        Json::Array aliases(field.aliases.begin(), field.aliases.end());
        Json(std::move(aliases)).AppendTo(out_);
      }
      PrintProperties(field.properties);
      out_ += '}';
    }
    out_ += ']';
  }

  const bool normalized_;
  std::string out_;
  std::set<std::string> printed_;
};

std::string Expected(std::string_view what, const Json& value) {
  return fmt::format("expected {}, found {}", what, value.ToString());
}

std::string CheckDefaultAt(const Type& type, const Json& value, int depth);

std::string CheckRecordDefault(const Type& type, const Json& value, int depth) {
  if (!value.is_object()) return Expected("an object", value);
  for (const SchemaField& field : type.fields) {
    const Json* given = value.Find(field.name);
    if (given == nullptr && !field.default_value) return fmt::format("member \"{}\" is missing", field.name);
    std::string reason = CheckDefaultAt(*field.type, given == nullptr ? *field.default_value : *given, depth + 1);
    if (!reason.empty()) return fmt::format("member \"{}\": {}", field.name, reason);
  }
  return "";
}

std::string CheckDefaultAt(const Type& type, const Json& value, int depth) {
  if (depth > kMaxDefaultDepth) return "the default never ends";
  switch (type.kind) {
    case Kind::kNull: return value.is_null() ? "" : Expected("null", value);
    case Kind::kBoolean: return value.is_bool() ? "" : Expected("a boolean", value);
    case Kind::kInt:
      return value.is_int() && value.AsInt() >= INT32_MIN && value.AsInt() <= INT32_MAX ? ""
                                                                                        : Expected("an int", value);
    case Kind::kLong: return value.is_int() ? "" : Expected("a long", value);
    case Kind::kFloat:
    case Kind::kDouble: return value.is_number() ? "" : Expected("a number", value);
    case Kind::kBytes:
    case Kind::kString:
    case Kind::kFixed:
    case Kind::kEnum: return value.is_string() ? "" : Expected("a string", value);
    case Kind::kArray:
      if (!value.is_array()) return Expected("an array", value);
      for (const Json& item : value.items()) {
        std::string reason = CheckDefaultAt(type.element(), item, depth + 1);
        if (!reason.empty()) return reason;
      }
      return "";
    case Kind::kMap:
      if (!value.is_object()) return Expected("an object", value);
      for (const JsonMember& member : value.members()) {
        std::string reason = CheckDefaultAt(type.element(), member.value, depth + 1);
        if (!reason.empty()) return reason;
      }
      return "";
    case Kind::kUnion:
      for (const Type* branch : type.branches) {
        if (CheckDefaultAt(*branch, value, depth + 1).empty()) return "";
      }
      return Expected("a value of one of the union's branches", value);
    case Kind::kRecord: return CheckRecordDefault(type, value, depth);
  }
  return "";
}

}  // namespace

const SchemaField* Type::FindField(std::string_view field_name) const {
  for (const SchemaField& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

std::string Schema::ToString(Style style) const {
  Printer printer(style == Style::kInlined ? nullptr : external_.get(), style == Style::kNormalized);
  printer.Print(*root_, "");
  return printer.Take();
}

std::string CheckDefault(const Type& type, const Json& value) { return CheckDefaultAt(type, value, 0); }

SchemaBuilder::SchemaBuilder() : arena_(std::make_shared<std::vector<std::unique_ptr<Type>>>()) {}

Type* SchemaBuilder::New(Kind kind) {
  arena_->push_back(std::make_unique<Type>());
  arena_->back()->kind = kind;
  return arena_->back().get();
}

const Type* SchemaBuilder::Primitive(Kind kind) { return New(kind); }

const Type* SchemaBuilder::WithLogical(Kind kind, Logical logical, int32_t precision, int32_t scale) {
  Type* type = New(kind);
  type->logical = logical;
  type->properties.push_back({"logicalType", Json(LogicalName(logical))});
  if (logical == Logical::kDecimal) {
    type->precision = precision;
    type->scale = scale;
    type->properties.push_back({"precision", Json(int64_t{precision})});
    type->properties.push_back({"scale", Json(int64_t{scale})});
  }
  return type;
}

const Type* SchemaBuilder::Array(const Type* items) {
  Type* type = New(Kind::kArray);
  type->branches = {items};
  return type;
}

const Type* SchemaBuilder::Map(const Type* values) {
  Type* type = New(Kind::kMap);
  type->branches = {values};
  return type;
}

const Type* SchemaBuilder::Union(std::vector<const Type*> branches) {
  Type* type = New(Kind::kUnion);
  type->branches = std::move(branches);
  return type;
}

const Type* SchemaBuilder::Record(std::string name, std::string space, std::vector<SchemaField> fields) {
  Type* type = New(Kind::kRecord);
  type->name = std::move(name);
  type->space = std::move(space);
  type->fields = std::move(fields);
  return type;
}

Schema SchemaBuilder::Finish(const Type* root) && {
  CHECK(root != nullptr);
  Schema schema;
  schema.arena_ = std::move(arena_);
  schema.root_ = root;
  return schema;
}

}  // namespace millrace::codec::avro
