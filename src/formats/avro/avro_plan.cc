#include "formats/avro/avro_plan.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::formats {
namespace {

using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::Type;

Error Mismatch(const Type& writer, const DataType& reader, const std::string& path) {
  return UserError(fmt::format("Found {}, expecting {} (field '{}')", codec::avro::KindName(writer.kind),
                               reader.ToString(), path))
      .WithHint("Declare the column with a type that the writer's schema can be read as.");
}

bool IsFloating(const DataType& type) { return type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble; }

// int and long: what the reader's Avro type (int for INT and narrower, DATE, TIME; long for BIGINT, TIMESTAMP) accepts.
bool TakesInteger(const DataType& reader, bool is_long) {
  if (IsFloating(reader)) return true;
  const Physical physical = reader.physical();
  if (reader.IsTimestamp() || reader.kind == TypeKind::kBigInt) return physical == Physical::kInt64;
  if (is_long) return false;
  return reader.IsInteger() || reader.kind == TypeKind::kDate || reader.kind == TypeKind::kTime;
}

Result<ReadPlan> PlanUnion(const Type& writer, const DataType& reader, const std::string& path) {
  ReadPlan plan{.op = ReadPlan::Op::kUnion, .type = &writer};
  Error first = Mismatch(writer, reader, path);
  bool any = false;
  for (const Type* branch : writer.branches) {
    if (branch->kind == Kind::kNull) {
      plan.children.push_back({.op = ReadPlan::Op::kNull, .type = branch});
      continue;
    }
    auto child = PlanRead(*branch, reader, path);
    if (child.ok()) {
      any = true;
      plan.children.push_back(std::move(*child));
    } else {
      first = child.error();
      plan.children.push_back({.op = ReadPlan::Op::kMismatch, .type = branch});
    }
  }
  if (!any && std::none_of(writer.branches.begin(), writer.branches.end(),
                           [](const Type* t) { return t->kind == Kind::kNull; }))
    return first;
  if (plan.children.size() == 2 && any) {
    for (size_t i = 0; i < 2; ++i) {
      if (plan.children[i].op != ReadPlan::Op::kNull) continue;
      ReadPlan nullable{.op = ReadPlan::Op::kNullable, .type = &writer, .null_index = static_cast<int64_t>(i)};
      nullable.children.push_back(std::move(plan.children[1 - i]));
      return nullable;
    }
  }
  return plan;
}

}  // namespace

Result<ReadPlan> PlanRead(const Type& writer, const DataType& reader, const std::string& path) {
  using Op = ReadPlan::Op;
  const auto leaf = [&](Op op, bool fits) -> Result<ReadPlan> {
    if (!fits) return Mismatch(writer, reader, path);
    return ReadPlan{.op = op, .type = &writer, .size = writer.size};
  };
  const bool text = reader.IsString() || reader.IsBinary();
  switch (writer.kind) {
    case Kind::kNull: return leaf(Op::kNull, reader.nullable);
    case Kind::kBoolean: return leaf(Op::kBoolean, reader.kind == TypeKind::kBoolean);
    case Kind::kInt: return leaf(Op::kInt, TakesInteger(reader, false));
    case Kind::kLong: return leaf(Op::kInt, TakesInteger(reader, true));
    case Kind::kFloat: return leaf(Op::kFloat, IsFloating(reader));
    case Kind::kDouble: return leaf(Op::kDouble, reader.kind == TypeKind::kDouble);
    case Kind::kString: return leaf(Op::kBytes, text);
    case Kind::kBytes:
      return leaf(reader.kind == TypeKind::kDecimal ? Op::kDecimal : Op::kBytes,
                  text || reader.kind == TypeKind::kDecimal);
    case Kind::kFixed:
      return leaf(reader.kind == TypeKind::kDecimal ? Op::kDecimal : Op::kFixed,
                  reader.IsBinary() || reader.kind == TypeKind::kDecimal);
    case Kind::kEnum: return leaf(Op::kEnum, reader.IsString());
    case Kind::kUnion: return PlanUnion(writer, reader, path);
    case Kind::kArray: {
      if (reader.kind != TypeKind::kArray) return Mismatch(writer, reader, path);
      ReadPlan plan{.op = Op::kArray, .type = &writer};
      MR_ASSIGN(plan.children.emplace_back(), PlanRead(writer.element(), reader.child(0), path));
      return plan;
    }
    case Kind::kMap: {
      const bool fits =
          (reader.kind == TypeKind::kMap || reader.kind == TypeKind::kMultiset) && reader.child(0).IsString();
      if (!fits) return Mismatch(writer, reader, path);
      ReadPlan plan{.op = Op::kMap, .type = &writer};
      MR_ASSIGN(plan.children.emplace_back(), PlanRead(writer.element(), reader.child(1), path));
      return plan;
    }
    case Kind::kRecord:
      if (reader.kind != TypeKind::kRow) return Mismatch(writer, reader, path);
      return PlanRecord(writer, *reader.children, path);
  }
  return Mismatch(writer, reader, path);
}

Result<ReadPlan> PlanRecord(const Type& writer, const std::vector<Field>& fields, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + ".";
  ReadPlan plan{.op = ReadPlan::Op::kRecord, .type = &writer};
  std::vector<bool> found(fields.size());
  for (const auto& member : writer.fields) {
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == member.name; });
    if (field == fields.end()) {
      plan.children.push_back({.op = ReadPlan::Op::kSkip, .type = member.type});
      plan.targets.push_back(kNoTarget);
      continue;
    }
    MR_ASSIGN(plan.children.emplace_back(), PlanRead(*member.type, field->type, prefix + member.name));
    plan.targets.push_back(static_cast<size_t>(field - fields.begin()));
    found[plan.targets.back()] = true;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (found[i]) continue;
    if (!fields[i].type.nullable) {
      return UserError(fmt::format("Found {}, missing required field {}{}", writer.full_name(), prefix, fields[i].name))
          .WithHint("Declare the column without NOT NULL, or register a schema that has the field.");
    }
    plan.missing.push_back(i);
  }
  return plan;
}

}  // namespace millrace::formats
