#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'upsert-kafka': a topic as a table by primary key. The key of a record is the primary key, a null value
// deletes it. Reads and writes through connectors/kafka.
connect::ConnectorDef UpsertKafkaConnector();

}  // namespace millrace::connectors
