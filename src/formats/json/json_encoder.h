#pragma once

#include <memory>

#include "connect/format.h"

namespace millrace::formats {

// Encodes each row as one JSON object, fields in order. Strings are written as they are: invalid UTF-8 passes through.
Result<std::unique_ptr<connect::Encoder>> MakeJsonEncoder(const connect::FormatContext& context);

}  // namespace millrace::formats
