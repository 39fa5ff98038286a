#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'datagen': made-up rows at a given rate, random or in sequence per column (Flink 1.20's options).
connect::ConnectorDef DatagenConnector();

}  // namespace millrace::connectors
