#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'print': every row as a line, `+I[1, a]`, to the process's output. For looking at results.
connect::ConnectorDef PrintConnector();

}  // namespace millrace::connectors
