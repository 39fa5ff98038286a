#pragma once

#include <vector>

#include "connect/format.h"

namespace millrace::formats {

// Every format there is: the visible list that app/ hands to connectors and planner. To add one, write its folder and
// one line in all.cc.
std::vector<connect::FormatDef> AllFormats();

}  // namespace millrace::formats
