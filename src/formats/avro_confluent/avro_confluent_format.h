#pragma once

#include "connect/format.h"

namespace millrace::formats {

// `avro-confluent`: Avro with Confluent's header (a zero byte, the schema's id as 4 bytes big-endian). Reading resolves
// the writer's schema, fetched by id, to the table's columns; writing registers the derived schema on first use.
connect::FormatDef AvroConfluentFormat();

}  // namespace millrace::formats
