#pragma once

#include "connect/connector.h"

namespace millrace::connectors {

// 'connector' = 'filesystem': csv, json and raw text files of a local directory, one record per line.
connect::ConnectorDef FilesystemConnector();

}  // namespace millrace::connectors
