#pragma once

#include <vector>

#include "connect/connector.h"

namespace millrace::app {

// The lists that the rest of the house gets passed in.
std::vector<connect::ConnectorDef> Connectors();
std::vector<connect::FormatDef> Formats();

}  // namespace millrace::app
