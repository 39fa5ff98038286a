#pragma once

#include <memory>

#include "connect/format.h"

namespace millrace::formats {

// Decodes top-level JSON objects into one column per field of the context.
// - A missing or null field is NULL (or an error with `fail-on-missing-field`); unknown fields are skipped; of a
// repeated field
//   the last counts; what follows the object is ignored.
// - A null message is skipped. Anything else that is no JSON object fails: "Failed to deserialize JSON '<text>'."
Result<std::unique_ptr<connect::Decoder>> MakeJsonDecoder(const connect::FormatContext& context);

}  // namespace millrace::formats
