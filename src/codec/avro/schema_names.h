#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/avro/schema.h"

// Names of kinds and logical types in schema text, and the rules for Avro names.
namespace millrace::codec::avro {

std::optional<Kind> PrimitiveKind(std::string_view name);
std::optional<Logical> LogicalByName(std::string_view name);
std::string_view LogicalName(Logical logical);  // "" for kNone

bool IsValidName(std::string_view name);  // [A-Za-z_][A-Za-z0-9_]*

struct QualifiedName {
  std::string name;
  std::string space;
  std::string full() const { return space.empty() ? name : space + "." + name; }
};
// A name as written ("B" or "a.B") seen from namespace `space`.
QualifiedName Qualify(std::string_view written, std::string_view space);

}  // namespace millrace::codec::avro
