#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'blackhole': takes every row and forgets it. For measuring.
connect::ConnectorDef BlackholeConnector();

}  // namespace millrace::connectors
