#pragma once

#include <string>

#include "data/value.h"

namespace millrace::engine {

// The zone that 'table.local-time-zone' names; "default" is that of the process (TZ, else the system's, else UTC).
Result<const TimeZone*> FindSessionZone(const std::string& name);

}  // namespace millrace::engine
