#pragma once

#include <functional>
#include <memory>

#include "connect/format.h"

namespace millrace::formats {

// What the codec asks of a registry. Calls may take long (they retry) and come from the codec's own thread.
struct SchemaLookup {
  // The schema's text. An unknown id is a user error (Retry::kNo), a registry that does not answer an external one.
  std::function<Result<std::string>(int32_t id)> by_id;
  // Registers the text under the subject and gives its id.
  std::function<Result<int32_t>(const std::string& subject, const std::string& schema)> add;
};

// Records of many writer schemas into the given fields.
std::unique_ptr<connect::Decoder> MakeConfluentDecoder(std::vector<Field> fields, SchemaLookup lookup);
// `schema` is registered under `subject` with the first row.
std::unique_ptr<connect::Encoder> MakeConfluentEncoder(std::vector<Field> fields, std::string subject,
                                                       std::string schema, SchemaLookup lookup);

}  // namespace millrace::formats
