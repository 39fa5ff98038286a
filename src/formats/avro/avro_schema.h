#pragma once

#include <vector>

#include "codec/avro/schema.h"
#include "data/type.h"

namespace millrace::formats {

// The Avro schema Flink derives from columns (AvroSchemaConverter, legacy timestamp mapping): a record `record` in
// `org.apache.flink.avro.generated`; NULLable columns are unions with "null" first and default null; nested records are
// named after their place (`record_addr`). Errors name types Avro cannot hold.
Result<codec::avro::Schema> DeriveAvroSchema(const std::vector<Field>& fields);

}  // namespace millrace::formats
