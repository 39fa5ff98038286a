#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace millrace::codec::avro {

enum class Kind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};
std::string_view KindName(Kind kind);  // "int", "record": as in schema text
std::string KindUpperName(Kind kind);  // "INT", "RECORD": as Avro-Java's messages print it

enum class Logical : uint8_t {
  kNone,
  kDecimal,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
  kUuid,
};

struct Type;

struct SchemaField {
  enum class Order : uint8_t { kAscending, kDescending, kIgnore };
  std::string name;
  const Type* type = nullptr;
  std::optional<std::string> doc;
  std::optional<Json> default_value;
  Order order = Order::kAscending;
  std::vector<std::string> aliases;
  Json::Object properties;  // attributes Avro does not define, in order
};

// One node of a schema. Named types may be reached again through themselves: walks must remember what they entered.
struct Type {
  Kind kind = Kind::kNull;
  // The logical type in force; attributes that ask for an impossible one stay in `properties` and count for nothing, as
  // in Avro-Java.
  Logical logical = Logical::kNone;
  int32_t precision = 0;  // kDecimal
  int32_t scale = 0;      // kDecimal
  // kRecord, kEnum, kFixed.
  std::string name;   // without namespace
  std::string space;  // "" = none
  std::optional<std::string> doc;
  std::vector<std::string> aliases;  // full names
  bool is_error = false;             // a record written as "error"
  std::vector<SchemaField> fields;   // kRecord
  std::vector<std::string> symbols;  // kEnum
  std::optional<std::string> enum_default;
  int32_t size = 0;                   // kFixed, bytes
  std::vector<const Type*> branches;  // kUnion; kArray: the items; kMap: the values
  Json::Object properties;            // all other attributes, "logicalType" included, in order

  bool is_named() const { return kind == Kind::kRecord || kind == Kind::kEnum || kind == Kind::kFixed; }
  std::string full_name() const { return space.empty() ? name : space + "." + name; }
  const Type& element() const { return *branches[0]; }
  const SchemaField* FindField(std::string_view field_name) const;
};

struct ParseOptions {
  // Defaults must fit the type of their field (any branch of a union, as in Avro 1.11). The registry asks this of new
  // schemas only.
  bool validate_defaults = false;
  // Schema texts whose named types this one may use (the registry's "references"); later ones may use earlier ones.
  std::vector<std::string> references;
};

// A parsed schema: owns its types. Cheap to copy, immutable, shared freely between threads.
class Schema {
 public:
  // Errors of domain kUser name the place: "Undefined name: \"C\" (in field \"x\" of record \"a.B\")".
  static Result<Schema> Parse(std::string_view text, const ParseOptions& options = {});

  const Type& root() const { return *root_; }
  enum class Style {
    kAvroJava,    // Schema.toString(): what the registry stores. Types that came from references are printed by name
    kInlined,     // the same, types of references in full
    kNormalized,  // names in full, attributes that Avro does not define sorted: equal for schemas that differ in that
                  // only
  };
  std::string ToString(Style style = Style::kAvroJava) const;

 private:
  friend class SchemaBuilder;
  friend class SchemaParser;
  std::shared_ptr<const std::vector<std::unique_ptr<Type>>> arena_;
  const Type* root_ = nullptr;
  std::shared_ptr<const std::map<std::string, const Type*>> external_;  // by full name; null = none
};

// Makes schemas in code. Types belong to the builder until Finish hands them to the schema.
class SchemaBuilder {
 public:
  SchemaBuilder();
  const Type* Primitive(Kind kind);
  // A primitive or fixed with a logical type, its attributes in Avro-Java's order.
  const Type* WithLogical(Kind kind, Logical logical, int32_t precision = 0, int32_t scale = 0);
  const Type* Array(const Type* items);
  const Type* Map(const Type* values);
  const Type* Union(std::vector<const Type*> branches);
  const Type* Record(std::string name, std::string space, std::vector<SchemaField> fields);
  Schema Finish(const Type* root) &&;

 private:
  Type* New(Kind kind);
  std::shared_ptr<std::vector<std::unique_ptr<Type>>> arena_;
};

// A default as its field type stores it: "" when `value` fits `type`, else why not ("expected int, found string").
std::string CheckDefault(const Type& type, const Json& value);

}  // namespace millrace::codec::avro
