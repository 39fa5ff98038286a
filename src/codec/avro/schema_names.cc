#include "codec/avro/schema_names.h"

#include <array>

#include "base/strings.h"

namespace millrace::codec::avro {
namespace {

constexpr std::array<std::string_view, 14> kKindNames = {"null",   "boolean", "int",    "long",   "float",
                                                         "double", "bytes",   "string", "record", "enum",
                                                         "array",  "map",     "union",  "fixed"};
constexpr std::array<std::string_view, 10> kLogicalNames = {"",
                                                            "decimal",
                                                            "date",
                                                            "time-millis",
                                                            "time-micros",
                                                            "timestamp-millis",
                                                            "timestamp-micros",
                                                            "local-timestamp-millis",
                                                            "local-timestamp-micros",
                                                            "uuid"};
constexpr size_t kNumPrimitives = 8;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::string_view KindName(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }
std::string KindUpperName(Kind kind) { return ToUpper(KindName(kind)); }

std::optional<Kind> PrimitiveKind(std::string_view name) {
  for (size_t i = 0; i < kNumPrimitives; ++i) {
    if (kKindNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::optional<Logical> LogicalByName(std::string_view name) {
  for (size_t i = 1; i < kLogicalNames.size(); ++i) {
    if (kLogicalNames[i] == name) return static_cast<Logical>(i);
  }
  return std::nullopt;
}

std::string_view LogicalName(Logical logical) { return kLogicalNames[static_cast<size_t>(logical)]; }

bool IsValidName(std::string_view name) {
  if (name.empty() || !IsLetter(name[0])) return false;
  for (const char c : name) {
    if (!IsLetter(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

QualifiedName Qualify(std::string_view written, std::string_view space) {
  const size_t dot = written.rfind('.');
  if (dot == std::string_view::npos) return {std::string(written), std::string(space)};
  return {std::string(written.substr(dot + 1)), std::string(written.substr(0, dot))};
}

}  // namespace millrace::codec::avro
