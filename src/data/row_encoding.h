#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/column_builder.h"

namespace millrace {

// One row (some columns of it) as bytes: equal bytes iff equal values (NULL equals NULL). Used as state key and for
// rows kept in state. Self-delimiting, versioned by the caller.
void EncodeRow(const Batch& batch, std::span<const size_t> columns, size_t row, std::string& out);
// Appends the row to builders[0..n), one per encoded column, of the same types. Fails on malformed bytes.
Status DecodeRow(std::string_view bytes, std::span<ColumnBuilder> builders);

}  // namespace millrace
