#pragma once

#include <vector>

#include "connect/connector.h"

namespace millrace::connectors {

// Every connector there is: the visible list that app/ hands to the planner. To add one, write its folder and one line
// in all.cc.
std::vector<connect::ConnectorDef> AllConnectors();

}  // namespace millrace::connectors
