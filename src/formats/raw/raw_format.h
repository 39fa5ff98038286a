#pragma once

#include "connect/format.h"

namespace millrace::formats {

// Flink's `raw` format: the message is the value of the only column. NULL is Kafka's null. Numbers have their Java
// width in the chosen byte order, strings the chosen charset, bytes pass unchanged.
connect::FormatDef RawFormat();

}  // namespace millrace::formats
