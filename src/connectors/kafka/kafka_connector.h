#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'kafka': topics as append-only (or CDC) tables, both ways.
connect::ConnectorDef KafkaConnector();

}  // namespace millrace::connectors
