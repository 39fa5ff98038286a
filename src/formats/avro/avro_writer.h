#pragma once

#include <string>
#include <vector>

#include "data/batch.h"

namespace millrace::formats {

// Appends row `row` of the batch as an Avro record of the schema that DeriveAvroSchema gives for `fields` (binary
// encoding, no header). Columns lie in the order of `fields`. A NULL in a NOT NULL column is an error.
Status AppendAvroRow(const std::vector<Field>& fields, const Batch& batch, size_t row, std::string& out);

}  // namespace millrace::formats
