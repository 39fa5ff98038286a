#pragma once

#include <memory>

#include "connect/format.h"

namespace millrace::formats {

// Encodes each row as one line without a line end. Text is quoted as jackson-dataformat-csv does it by default: when it
// is longer than 24 characters or holds a character below the delimiter's or quote's code (so: blanks too).
Result<std::unique_ptr<connect::Encoder>> MakeCsvEncoder(const connect::FormatContext& context);

}  // namespace millrace::formats
