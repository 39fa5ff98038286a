#include "server/console/topic_table.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::server::console {
namespace {

using codec::Json;
using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::SchemaField;
using codec::avro::Type;

constexpr int kMaxDepth = 20;  // of nested types; recursive schemas end here

std::optional<DataType> ColumnType(const Type& type, int depth);

std::optional<DataType> NumberType(const Type& type) {
  switch (type.logical) {
    case Logical::kDate: return DataType::Of(TypeKind::kDate);
    case Logical::kTimeMillis: return DataType{.kind = TypeKind::kTime, .precision = 3};
    case Logical::kTimestampMillis:
    case Logical::kLocalTimestampMillis: return DataType::TimestampOf(3);
    case Logical::kNone:
    case Logical::kDecimal:
    case Logical::kTimeMicros:
    case Logical::kTimestampMicros:
    case Logical::kLocalTimestampMicros:
    case Logical::kUuid: break;
  }
  return DataType::Of(type.kind == Kind::kInt ? TypeKind::kInt : TypeKind::kBigInt);
}

std::optional<DataType> UnionType(const Type& type, int depth) {
  const Type* only = nullptr;
  bool nullable = false;
  for (const Type* branch : type.branches) {
    if (branch->kind == Kind::kNull) {
      nullable = true;
    } else if (only != nullptr) {
      return std::nullopt;
    } else {
      only = branch;
    }
  }
  auto out = only == nullptr ? std::nullopt : ColumnType(*only, depth + 1);
  if (out) out = out->WithNullable(nullable);
  return out;
}

std::vector<Field> RecordFields(const Type& type, int depth) {
  std::vector<Field> out;
  for (const SchemaField& field : type.fields) {
    if (auto column = ColumnType(*field.type, depth + 1)) out.push_back({field.name, *column, ""});
  }
  return out;
}

// Without nullopt: NOT NULL unless it is a union with null.
std::optional<DataType> ColumnType(const Type& type, int depth) {
  if (depth > kMaxDepth) return std::nullopt;
  switch (type.kind) {
    case Kind::kNull: return std::nullopt;
    case Kind::kBoolean: return DataType::Of(TypeKind::kBoolean).NotNull();
    case Kind::kInt:
    case Kind::kLong: return NumberType(type)->NotNull();
    case Kind::kFloat: return DataType::Of(TypeKind::kFloat).NotNull();
    case Kind::kDouble: return DataType::Of(TypeKind::kDouble).NotNull();
    case Kind::kBytes:
    case Kind::kFixed:
      if (type.logical == Logical::kDecimal && type.precision <= 38) {
        return DataType::Decimal(type.precision, type.scale).NotNull();
      }
      return DataType::Bytes().NotNull();
    case Kind::kString:
    case Kind::kEnum: return DataType::String().NotNull();
    case Kind::kArray: {
      const auto element = ColumnType(type.element(), depth + 1);
      return element ? std::optional(DataType::Array(*element).NotNull()) : std::nullopt;
    }
    case Kind::kMap: {
      const auto value = ColumnType(type.element(), depth + 1);
      return value ? std::optional(DataType::Map(DataType::String().NotNull(), *value).NotNull()) : std::nullopt;
    }
    case Kind::kUnion: return UnionType(type, depth);
    case Kind::kRecord: {
      auto fields = RecordFields(type, depth);
      return fields.empty() ? std::nullopt : std::optional(DataType::Row(std::move(fields)).NotNull());
    }
  }
  return std::nullopt;
}

// The type that holds both; none yet = nullopt.
std::optional<DataType> Merge(const std::optional<DataType>& a, const std::optional<DataType>& b);

std::vector<Field> MergeFields(std::vector<Field> a, const std::vector<Field>& b) {
  for (const Field& field : b) {
    const auto same = std::find_if(a.begin(), a.end(), [&](const Field& one) { return one.name == field.name; });
    if (same == a.end())
      a.push_back(field);
    else
      same->type = *Merge(same->type, field.type);
  }
  return a;
}

std::optional<DataType> Merge(const std::optional<DataType>& a, const std::optional<DataType>& b) {
  if (!a) return b;
  if (!b || *a == *b) return a;
  if (a->IsNumeric() && b->IsNumeric()) return DataType::Of(TypeKind::kDouble);
  if (a->kind == TypeKind::kRow && b->kind == TypeKind::kRow)
    return DataType::Row(MergeFields(*a->children, *b->children));
  if (a->kind == TypeKind::kArray && b->kind == TypeKind::kArray)
    return DataType::Array(*Merge(a->child(0), b->child(0)));
  return DataType::String();
}

// nullopt: null, or nothing is known.
std::optional<DataType> JsonType(const Json& json, int depth) {
  if (depth > kMaxDepth) return DataType::String();
  switch (json.kind()) {
    case Json::Kind::kNull: return std::nullopt;
    case Json::Kind::kBool: return DataType::Of(TypeKind::kBoolean);
    case Json::Kind::kInt: return DataType::Of(TypeKind::kBigInt);
    case Json::Kind::kDouble: return DataType::Of(TypeKind::kDouble);
    case Json::Kind::kString: return DataType::String();
    case Json::Kind::kArray: {
      std::optional<DataType> element;
      for (const Json& item : json.items()) element = Merge(element, JsonType(item, depth + 1));
      return DataType::Array(element.value_or(DataType::String()));
    }
    case Json::Kind::kObject: {
      std::vector<Field> fields;
      for (const auto& member : json.members()) {
        if (member.name.empty()) continue;
        if (const auto type = JsonType(member.value, depth + 1)) fields.push_back({member.name, *type, ""});
      }
      return fields.empty() ? DataType::String() : DataType::Row(std::move(fields));
    }
  }
  return std::nullopt;
}

bool HasField(const std::vector<Field>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
}

void AddColumn(TopicTable& table, Field field, std::string_view suffix = "") {
  table.definitions.push_back(fmt::format("{} {}{}", QuoteName(field.name), field.type.ToString(), suffix));
  table.columns.push_back(std::move(field));
}

void AddMetadata(TopicTable& table, const std::vector<Field>& value) {
  const std::pair<const char*, DataType> keys[] = {
      {"partition", DataType::Of(TypeKind::kInt)},
      {"offset", DataType::Of(TypeKind::kBigInt)},
      {"timestamp", DataType::TimestampLtzOf(3)},
      {"headers", DataType::Map(DataType::String(), DataType::Bytes())},
  };
  for (const auto& [key, type] : keys) {
    const bool taken = HasField(value, key) || HasField(table.columns, key);
    AddColumn(table, {taken ? std::string("_") + key : key, type, ""},
              taken ? fmt::format(" METADATA FROM '{}' VIRTUAL", key) : " METADATA VIRTUAL");
  }
}

std::string FormatName(SideShape::Format format) {
  switch (format) {
    case SideShape::Format::kAvro: return "avro-confluent";
    case SideShape::Format::kJson: return "json";
    case SideShape::Format::kNone:
    case SideShape::Format::kRaw: break;
  }
  return "raw";
}

void SetFormat(TopicTable& table, const TableLocation& location, const std::string& side, SideShape::Format format) {
  const std::string name = FormatName(format);
  table.options[side + ".format"] = name;
  const std::string prefix = side + "." + name + ".";
  if (format == SideShape::Format::kAvro) {
    table.options[prefix + "url"] = location.registry_url;
    for (const auto& [key, value] : location.registry) table.options[prefix + key] = value;
  }
  if (format == SideShape::Format::kJson) table.options[prefix + "ignore-parse-errors"] = "true";
}

}  // namespace

SideShape ShapeOfAvro(const codec::avro::Schema& schema) {
  SideShape out;
  if (schema.root().kind != Kind::kRecord) return out;
  out.fields = RecordFields(schema.root(), 0);
  if (!out.fields.empty()) out.format = SideShape::Format::kAvro;
  return out;
}

SideShape ShapeOfJson(const std::vector<Json>& samples) {
  SideShape out;
  std::optional<DataType> type;
  for (const Json& sample : samples) {
    const auto one = sample.is_object() ? JsonType(sample, 0) : std::nullopt;
    if (one && one->kind == TypeKind::kRow) type = Merge(type, one);
  }
  if (!type) return out;
  out.format = SideShape::Format::kJson;
  out.fields = *type->children;
  return out;
}

TopicTable MakeTopicTable(const TableLocation& location, const SideShape& key, const SideShape& value) {
  using Format = SideShape::Format;
  TopicTable table;
  table.name = location.topic;
  for (const auto& [name, text] : location.client) table.options["properties." + name] = text;
  table.options["connector"] = "kafka";
  table.options["topic"] = location.topic;
  table.options["scan.startup.mode"] = "earliest-offset";
  const bool is_raw = value.format == Format::kRaw || value.format == Format::kNone;
  const std::vector<Field> raw = {{"value", DataType::String(), ""}};
  const std::vector<Field>& fields = is_raw ? raw : value.fields;
  SetFormat(table, location, "value", value.format);
  for (const Field& field : fields) AddColumn(table, field);
  if (key.format != Format::kNone) {
    // A record without a key has NULL in them.
    const std::vector<Field> raw_key = {{"text", DataType::String(), ""}};
    const bool key_is_raw = key.format != Format::kAvro;
    std::string prefix = "key_";
    const auto clashes = [&](const Field& field) { return HasField(fields, prefix + field.name); };
    const std::vector<Field>& key_fields = key_is_raw ? raw_key : key.fields;
    while (std::any_of(key_fields.begin(), key_fields.end(), clashes)) prefix = "_" + prefix;
    std::vector<std::string> names;
    for (const Field& field : key_fields) {
      names.push_back(prefix + field.name);
      AddColumn(table, {names.back(), field.type.Nullable(), ""});
    }
    SetFormat(table, location, "key", key_is_raw ? Format::kRaw : Format::kAvro);
    table.options["key.fields"] = Join(names, ";");
    table.options["key.fields-prefix"] = prefix;
    table.options["value.fields-include"] = "EXCEPT_KEY";
  }
  AddMetadata(table, fields);
  return table;
}

std::string TopicTable::CreateStatement() const {
  std::vector<std::string> settings;
  for (const auto& [key, value] : options)
    settings.push_back(fmt::format("  {} = {}", QuoteText(key), QuoteText(value)));
  return fmt::format("CREATE TABLE {} (\n  {}\n) WITH (\n{}\n)", QuoteName(name), Join(definitions, ",\n  "),
                     Join(settings, ",\n"));
}

std::string QuoteName(std::string_view name) { return "`" + ReplaceAll(name, "`", "``") + "`"; }
std::string QuoteText(std::string_view text) { return "'" + ReplaceAll(text, "'", "''") + "'"; }

}  // namespace millrace::server::console
