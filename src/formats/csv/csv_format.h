#pragma once

#include "connect/format.h"

namespace millrace::formats {

// Flink's `csv` format: one line per record, columns by position, no header line. Flink 1.20's options; quoting as
// jackson-dataformat-csv does it.
connect::FormatDef CsvFormat();

}  // namespace millrace::formats
