#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/sales_data.h"

namespace millrace::bench {

// The headline job written by hand: the reference that the engine's times are divided by. Store ids have at most 8
// bytes.

// Record batches in memory: framing, Avro, window and hash table fused, one record after the other (limits.md, FUSED).
// Closed windows go to `rows` unless it is null; returns their number.
int64_t RunFusedBound(std::string_view batches, std::vector<WindowRow>* rows);
// The same with rows of 4096 records and the table's slots prefetched: the bound when the state exceeds the caches.
int64_t RunBatchedBound(std::string_view batches, std::vector<WindowRow>* rows);
// Reads `records` records of partition 0 with librdkafka's batch queue and aggregates them as RunFusedBound does.
int64_t RunKafkaBound(const std::string& bootstrap, const std::string& topic, int64_t records,
                      std::vector<WindowRow>* rows);

}  // namespace millrace::bench
