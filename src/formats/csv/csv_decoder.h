#pragma once

#include <memory>

#include "connect/format.h"

namespace millrace::formats {

// Decodes one line per message into the columns by position. A null, empty or comment message is skipped. A line with
// another number of cells or a cell that does not parse fails with "Failed to deserialize CSV row '<row>'.", or, with
// `ignore-parse-errors`, such cells are NULL and broken lines are skipped.
Result<std::unique_ptr<connect::Decoder>> MakeCsvDecoder(const connect::FormatContext& context);

}  // namespace millrace::formats
