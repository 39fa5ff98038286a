#pragma once

#include "connect/format.h"

namespace millrace::formats {

// Flink's `json` format: one JSON object per message, fields matched by exact name. Flink 1.20's options and rules
// (RowData <-> JsonNode converters).
connect::FormatDef JsonFormat();

}  // namespace millrace::formats
