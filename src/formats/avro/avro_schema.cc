#include "formats/avro/avro_schema.h"

#include <fmt/format.h>

namespace millrace::formats {
namespace {

using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::Schema;
using codec::avro::SchemaBuilder;
using codec::avro::SchemaField;
using codec::avro::Type;

constexpr std::string_view kNamespace = "org.apache.flink.avro.generated";

Error Unsupported(const DataType& type) {
  return ValidationError(fmt::format("Unsupported to derive Schema for type: {}", type.ToString()))
      .WithHint("Cast the column to a type Avro can hold.");
}

class Deriver {
 public:
  Result<const Type*> Record(const std::vector<Field>& fields, const std::string& name) {
    std::vector<SchemaField> members;
    for (const Field& field : fields) {
      SchemaField& member = members.emplace_back();
      member.name = field.name;
      MR_ASSIGN(member.type, Nullable(field.type, name + "_" + field.name));
      if (field.type.nullable) member.default_value = codec::Json();
    }
    return builder_.Record(name, std::string(kNamespace), std::move(members));
  }

  Schema Finish(const Type* root) { return std::move(builder_).Finish(root); }

 private:
  Result<const Type*> Nullable(const DataType& type, const std::string& name) {
    MR_ASSIGN(const Type* base, Base(type, name));
    if (!type.nullable) return base;
    return builder_.Union({builder_.Primitive(Kind::kNull), base});
  }

  Result<const Type*> Base(const DataType& type, const std::string& name) {
    switch (type.kind) {
      case TypeKind::kBoolean: return builder_.Primitive(Kind::kBoolean);
      case TypeKind::kTinyInt:
      case TypeKind::kSmallInt:
      case TypeKind::kInt: return builder_.Primitive(Kind::kInt);
      case TypeKind::kBigInt: return builder_.Primitive(Kind::kLong);
      case TypeKind::kFloat: return builder_.Primitive(Kind::kFloat);
      case TypeKind::kDouble: return builder_.Primitive(Kind::kDouble);
      case TypeKind::kChar:
      case TypeKind::kVarChar: return builder_.Primitive(Kind::kString);
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: return builder_.Primitive(Kind::kBytes);
      case TypeKind::kDecimal: return builder_.WithLogical(Kind::kBytes, Logical::kDecimal, type.precision, type.scale);
      case TypeKind::kDate: return builder_.WithLogical(Kind::kInt, Logical::kDate);
      case TypeKind::kTime:
        if (type.precision > 3) {
          return ValidationError(
              fmt::format("Avro does not support TIME type with precision: {}, it only supports precision less than 3.",
                          type.precision));
        }
        return builder_.WithLogical(Kind::kInt, Logical::kTimeMillis);
      case TypeKind::kTimestamp:
        if (type.precision > 3) {
          return ValidationError(fmt::format("Avro does not support TIMESTAMP type with precision: {}, it only "
                                             "supports precision less than 3.",
                                             type.precision))
              .WithHint("Declare the column as TIMESTAMP(3).");
        }
        return builder_.WithLogical(Kind::kLong, Logical::kTimestampMillis);
      case TypeKind::kArray: {
        MR_ASSIGN(const Type* items, Nullable(type.child(0), name));
        return builder_.Array(items);
      }
      case TypeKind::kMap:
      case TypeKind::kMultiset: {
        if (!type.child(0).IsString()) {
          return ValidationError(
              fmt::format("Avro format doesn't support non-string as key type of map. The key type is: {}",
                          type.child(0).ToString()));
        }
        MR_ASSIGN(const Type* values, Nullable(type.child(1), name));
        return builder_.Map(values);
      }
      case TypeKind::kRow: return Record(*type.children, name);
      case TypeKind::kNull:
      case TypeKind::kTimestampLtz:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDaySecond: return Unsupported(type);
    }
    return Unsupported(type);
  }

  SchemaBuilder builder_;
};

}  // namespace

Result<Schema> DeriveAvroSchema(const std::vector<Field>& fields) {
  Deriver deriver;
  MR_ASSIGN(const Type* root, deriver.Record(fields, "record"));
  return deriver.Finish(root);
}

}  // namespace millrace::formats
