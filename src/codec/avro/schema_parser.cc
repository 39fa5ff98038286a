#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/avro/schema.h"
#include "codec/avro/schema_names.h"

namespace millrace::codec::avro {
namespace {

constexpr int64_t kMaxFixedSize = int64_t{1} << 30;

bool Contains(std::initializer_list<std::string_view> names, std::string_view name) {
  for (const std::string_view candidate : names) {
    if (candidate == name) return true;
  }
  return false;
}

// The digits that `size` bytes hold for sure.
int64_t MaxDecimalPrecision(int32_t size) {
  if (size <= 0) return 0;
  return static_cast<int64_t>(std::floor(std::log10(2.0) * (8.0 * size - 1)));
}

const Json* FindIn(const Json::Object& members, std::string_view name) {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::optional<std::string> OptionalText(const Json& json, std::string_view name) {
  const std::string* text = json.FindString(name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

// Sets Type::logical from the attributes if they make sense together; Avro says to ignore them otherwise.
void ApplyLogical(Type& type) {
  const Json* name = FindIn(type.properties, "logicalType");
  if (name == nullptr || !name->is_string()) return;
  const auto logical = LogicalByName(name->AsString());
  if (!logical) return;
  const Kind kind = type.kind;
  bool fits = false;
  switch (*logical) {
    case Logical::kNone: break;
    case Logical::kDate:
    case Logical::kTimeMillis: fits = kind == Kind::kInt; break;
    case Logical::kTimeMicros:
    case Logical::kTimestampMillis:
    case Logical::kTimestampMicros:
    case Logical::kLocalTimestampMillis:
    case Logical::kLocalTimestampMicros: fits = kind == Kind::kLong; break;
    case Logical::kUuid: fits = kind == Kind::kString || (kind == Kind::kFixed && type.size == 16); break;
    case Logical::kDecimal: {
      const Json* precision = FindIn(type.properties, "precision");
      const Json* scale = FindIn(type.properties, "scale");
      if (precision == nullptr || !precision->is_int() || (scale != nullptr && !scale->is_int())) return;
      const int64_t p = precision->AsInt();
      const int64_t s = scale == nullptr ? 0 : scale->AsInt();
      fits = (kind == Kind::kBytes && p <= INT32_MAX) || (kind == Kind::kFixed && p <= MaxDecimalPrecision(type.size));
      fits = fits && p > 0 && s >= 0 && s <= p;
      if (!fits) return;
      type.precision = static_cast<int32_t>(p);
      type.scale = static_cast<int32_t>(s);
      break;
    }
  }
  if (fits) type.logical = *logical;
}

}  // namespace

class SchemaParser {
 public:
  explicit SchemaParser(bool validate_defaults) : validate_defaults_(validate_defaults) {}

  Result<const Type*> ParseText(std::string_view text) {
    MR_ASSIGN(const Json json, ParseJson(text));
    return Parse(json, "");
  }

  void set_validate_defaults(bool value) { validate_defaults_ = value; }
  const std::map<std::string, const Type*>& names() const { return names_; }

  Schema Finish(const Type* root, std::map<std::string, const Type*> external) && {
    Schema schema;
    schema.arena_ = std::make_shared<const std::vector<std::unique_ptr<Type>>>(std::move(arena_));
    schema.root_ = root;
    if (!external.empty()) {
      schema.external_ = std::make_shared<const std::map<std::string, const Type*>>(std::move(external));
    }
    return schema;
  }

 private:
  Error Fail(std::string message) const {
    if (!place_.empty()) message += fmt::format(" (in {})", place_.back());
    return UserError(std::move(message));
  }

  Type* New(Kind kind) {
    arena_.push_back(std::make_unique<Type>());
    arena_.back()->kind = kind;
    return arena_.back().get();
  }

  Result<const Type*> Parse(const Json& json, const std::string& space) {
    if (json.is_string()) return Resolve(json.AsString(), space);
    if (json.is_array()) return ParseUnion(json, space);
    if (!json.is_object()) return Fail("Schema not yet supported: " + json.ToString());
    const Json* kind = json.Find("type");
    if (kind == nullptr || !kind->is_string()) return Fail("No type: " + json.ToString());
    const std::string& name = kind->AsString();
    if (const auto primitive = PrimitiveKind(name)) {
      Type* type = New(*primitive);
      AddProperties(*type, json);
      ApplyLogical(*type);
      return type;
    }
    if (name == "record" || name == "error") return ParseRecord(json, space, name == "error");
    if (name == "enum") return ParseEnum(json, space);
    if (name == "fixed") return ParseFixed(json, space);
    if (name == "array" || name == "map") return ParseCollection(json, space, name == "array");
    if (const Type* named = FindNamed(name, space)) return named;
    return Fail("Type not supported: " + name);
  }

  const Type* FindNamed(const std::string& written, const std::string& space) const {
    const QualifiedName name = Qualify(written, space);
    auto it = names_.find(name.full());
    if (it == names_.end() && written.find('.') == std::string::npos) it = names_.find(written);
    return it == names_.end() ? nullptr : it->second;
  }

  Result<const Type*> Resolve(const std::string& written, const std::string& space) {
    if (const auto primitive = PrimitiveKind(written)) return New(*primitive);
    if (const Type* named = FindNamed(written, space)) return named;
    return Fail(fmt::format("Undefined name: \"{}\"", written));
  }

  static void AddProperties(Type& type, const Json& json) {
    for (const JsonMember& member : json.members()) {
      if (Contains({"doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"},
                   member.name)) {
        continue;
      }
      if (type.kind == Kind::kEnum && member.name == "default") continue;
      type.properties.push_back(member);
    }
  }

  // Name, namespace, doc; makes the type known under its full name.
  Result<Type*> NewNamed(Kind kind, const Json& json, const std::string& space) {
    const std::string* written = json.FindString("name");
    if (written == nullptr) return Fail(fmt::format("No name in schema: {}", json.ToString()));
    const std::string* attribute = json.FindString("namespace");
    const QualifiedName name = Qualify(*written, attribute == nullptr ? space : *attribute);
    if (!IsValidName(name.name)) return Fail(fmt::format("Illegal character in: {}", *written));
    if (PrimitiveKind(name.full()))
      return Fail(fmt::format("Schemas may not be named after primitives: {}", name.full()));
    Type* type = New(kind);
    type->name = name.name;
    type->space = name.space;
    type->doc = OptionalText(json, "doc");
    if (!names_.emplace(name.full(), type).second) return Fail("Can't redefine: " + name.full());
    MR_ASSIGN(const auto aliases, ParseAliases(json));
    for (const std::string& alias : aliases) type->aliases.push_back(Qualify(alias, name.space).full());
    return type;
  }

  Result<std::vector<std::string>> ParseAliases(const Json& json) const {
    std::vector<std::string> out;
    const Json* aliases = json.Find("aliases");
    if (aliases == nullptr) return out;
    if (!aliases->is_array()) return Fail("aliases not an array: " + json.ToString());
    for (const Json& alias : aliases->items()) {
      if (!alias.is_string()) return Fail("alias not a string: " + alias.ToString());
      out.push_back(alias.AsString());
    }
    return out;
  }

  Result<const Type*> ParseRecord(const Json& json, const std::string& space, bool is_error) {
    MR_ASSIGN(Type* const type, NewNamed(Kind::kRecord, json, space));
    type->is_error = is_error;
    AddProperties(*type, json);
    const Json* fields = json.Find("fields");
    if (fields == nullptr || !fields->is_array()) return Fail("Record has no fields: " + json.ToString());
    std::set<std::string> seen;
    for (const Json& field : fields->items()) {
      const std::string* name = field.FindString("name");
      if (name == nullptr) return Fail("No field name: " + field.ToString());
      if (!IsValidName(*name)) return Fail(fmt::format("Illegal character in: {}", *name));
      if (!seen.insert(*name).second) {
        return Fail(fmt::format("Duplicate field {} in record {}", *name, type->full_name()));
      }
      place_.push_back(fmt::format("field \"{}\" of record \"{}\"", *name, type->full_name()));
      MR_ASSIGN(SchemaField parsed, ParseField(field, *name, type->space));
      place_.pop_back();
      type->fields.push_back(std::move(parsed));
    }
    return type;
  }

  Result<SchemaField> ParseField(const Json& json, const std::string& name, const std::string& space) {
    SchemaField field;
    field.name = name;
    field.doc = OptionalText(json, "doc");
    const Json* type = json.Find("type");
    if (type == nullptr) return Fail("No field type: " + json.ToString());
    if (type->is_string() && !PrimitiveKind(type->AsString()) && FindNamed(type->AsString(), space) == nullptr) {
      return Fail(
          fmt::format("\"{}\" is not a defined name. The type of the \"{}\" field must be a defined name or a "
                      "{{\"type\": ...}} expression.",
                      type->AsString(), name));
    }
    MR_ASSIGN(field.type, Parse(*type, space));
    if (const std::string* order = json.FindString("order")) {
      if (*order == "descending") {
        field.order = SchemaField::Order::kDescending;
      } else if (*order == "ignore") {
        field.order = SchemaField::Order::kIgnore;
      } else if (*order != "ascending") {
        return Fail(fmt::format("Unknown order: {}", *order));
      }
    }
    if (const Json* value = json.Find("default")) MR_TRY(SetDefault(field, *value));
    MR_ASSIGN(field.aliases, ParseAliases(json));
    for (const JsonMember& member : json.members()) {
      if (!Contains({"default", "doc", "name", "order", "type", "aliases"}, member.name)) {
        field.properties.push_back(member);
      }
    }
    return field;
  }

  Status SetDefault(SchemaField& field, Json value) {
    const Kind kind = field.type->kind;
    if ((kind == Kind::kFloat || kind == Kind::kDouble) && value.is_string()) {
      // "1.5" counts as 1.5. NaN and the infinities stay text: JSON has no other way to write them.
      const std::string& text = value.AsString();
      const auto number = ParseDouble(Trim(text));
      if (!number) return Fail(fmt::format("Invalid default for field {}: {}", field.name, value.ToString()));
      if (!std::isfinite(*number)) {
        field.default_value = std::move(value);
        return Ok();
      }
      value = Json(*number);
    }
    if (validate_defaults_) {
      const std::string reason = CheckDefault(*field.type, value);
      if (!reason.empty()) {
        return Fail(fmt::format("Invalid default for field {}: {} ({})", field.name, value.ToString(), reason));
      }
    }
    field.default_value = std::move(value);
    return Ok();
  }

  Result<const Type*> ParseEnum(const Json& json, const std::string& space) {
    MR_ASSIGN(Type* const type, NewNamed(Kind::kEnum, json, space));
    AddProperties(*type, json);
    const Json* symbols = json.Find("symbols");
    if (symbols == nullptr || !symbols->is_array()) return Fail("Enum has no symbols: " + json.ToString());
    std::set<std::string> seen;
    for (const Json& symbol : symbols->items()) {
      if (!symbol.is_string() || !IsValidName(symbol.AsString())) {
        return Fail("Illegal enum symbol: " + symbol.ToString());
      }
      if (!seen.insert(symbol.AsString()).second) return Fail("Duplicate enum symbol: " + symbol.AsString());
      type->symbols.push_back(symbol.AsString());
    }
    type->enum_default = OptionalText(json, "default");
    if (type->enum_default && !seen.contains(*type->enum_default)) {
      return Fail(fmt::format("The Enum Default: {} is not in the enum symbol set: [{}]", *type->enum_default,
                              fmt::join(type->symbols, ", ")));
    }
    return type;
  }

  Result<const Type*> ParseFixed(const Json& json, const std::string& space) {
    MR_ASSIGN(Type* const type, NewNamed(Kind::kFixed, json, space));
    AddProperties(*type, json);
    const Json* size = json.Find("size");
    if (size == nullptr || !size->is_int()) return Fail("Invalid or no size: " + json.ToString());
    if (size->AsInt() < 0 || size->AsInt() > kMaxFixedSize) {
      return Fail(fmt::format("Invalid fixed size: {}", size->AsInt()));
    }
    type->size = static_cast<int32_t>(size->AsInt());
    ApplyLogical(*type);
    return type;
  }

  Result<const Type*> ParseCollection(const Json& json, const std::string& space, bool is_array) {
    const Json* element = json.Find(is_array ? "items" : "values");
    if (element == nullptr) {
      return Fail(
          fmt::format("{}: {}", is_array ? "Array has no items type" : "Map has no values type", json.ToString()));
    }
    Type* type = New(is_array ? Kind::kArray : Kind::kMap);
    AddProperties(*type, json);
    MR_ASSIGN(const Type* const parsed, Parse(*element, space));
    type->branches.push_back(parsed);
    return type;
  }

  Result<const Type*> ParseUnion(const Json& json, const std::string& space) {
    Type* type = New(Kind::kUnion);
    std::set<std::string> seen;
    for (const Json& branch : json.items()) {
      MR_ASSIGN(const Type* const parsed, Parse(branch, space));
      if (parsed->kind == Kind::kUnion) return Fail("Nested union: " + json.ToString());
      const std::string name = parsed->is_named() ? parsed->full_name() : std::string(KindName(parsed->kind));
      if (!seen.insert(name).second) return Fail("Duplicate in union: " + name);
      type->branches.push_back(parsed);
    }
    return type;
  }

  bool validate_defaults_;
  std::vector<std::unique_ptr<Type>> arena_;
  std::map<std::string, const Type*> names_;
  std::vector<std::string> place_;
};

Result<Schema> Schema::Parse(std::string_view text, const ParseOptions& options) {
  SchemaParser parser(false);
  for (const std::string& reference : options.references) {
    auto parsed = parser.ParseText(reference);
    if (!parsed.ok()) return std::move(parsed).error().InContext("In a referenced schema");
  }
  std::map<std::string, const Type*> external = parser.names();
  parser.set_validate_defaults(options.validate_defaults);
  MR_ASSIGN(const Type* const root, parser.ParseText(text));
  return std::move(parser).Finish(root, std::move(external));
}

}  // namespace millrace::codec::avro
