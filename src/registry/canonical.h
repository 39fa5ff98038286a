#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/avro/schema.h"
#include "registry/model.h"

namespace millrace::registry {

// A schema with its canonical text. AVRO: as Avro-Java prints it; with `normalize` names are written in full and
// properties are sorted. JSON: compact JSON. PROTOBUF: as sent, without the blanks around it. `references` are the
// texts the schema may use. `is_new`: defaults must fit their types. 42201 when the text is no schema of its type; 422
// for an unknown type.
struct CanonicalSchema {
  Content content;
  std::optional<codec::avro::Schema> avro;  // of type AVRO
};
Result<CanonicalSchema> Canonicalize(const Content& content, std::vector<std::string> references, bool normalize,
                                     bool is_new);

// The lines of an incompatibility that name the old version and its text, cut after 10 KiB.
void AppendOldSchema(std::vector<std::string>& messages, const SchemaVersion& old);

}  // namespace millrace::registry
