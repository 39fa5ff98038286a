#pragma once

#include <string>

#include "data/batch.h"

namespace millrace::connectors {

// A row as Flink's Row.toString prints it: `+I[1, a, null]`. Values are spelled by Java's toString: timestamps
// `2020-01-01T00:00:01`, LTZ with a Z, bytes `[97, 98]`, nested rows `+I[..]`, maps `{k=v}`.
std::string JavaRowText(const Batch& batch, size_t row);

}  // namespace millrace::connectors
