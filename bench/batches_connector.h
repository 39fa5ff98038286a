#pragma once

#include <string_view>
#include <vector>

#include "bench/sales_data.h"
#include "connect/connector.h"

namespace millrace::bench {

// Connector `batches`: as a source, record batches in memory, decoded by the table's format, as a Kafka partition would
// be. As a sink it keeps (store STRING, window_start TIMESTAMP(3), sum INT|BIGINT) rows when it was given a place, else
// counts.
struct BatchesTables {
  std::string_view input;
  std::vector<WindowRow>* rows = nullptr;
  int64_t count = 0;
};

// `tables` outlives every job.
connect::ConnectorDef BatchesConnector(BatchesTables* tables);

}  // namespace millrace::bench
