#pragma once

#include "connect/format.h"

namespace millrace::formats {

// `avro`: one Avro datum per message, without header, in the schema that the table's columns give.
connect::FormatDef AvroFormat();

}  // namespace millrace::formats
