#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::bench {

inline constexpr int64_t kWindowMillis = 60'000;
inline constexpr int64_t kDelayMillis = 5'000;
inline constexpr int64_t kFirstMillis = 1'767'225'600'000;  // 2026-01-01 00:00 UTC
inline constexpr int64_t kRecordsPerWindow = 1'000'000;

extern const std::string_view kSaleSchema;

// The sales of the headline job: `stores` ids of equal length, amounts 100 .. 1000, a million sales per minute of event
// time, in order. The same arguments give the same bytes.
class SaleGenerator {
 public:
  SaleGenerator(uint32_t stores, int32_t schema_id);
  // Framed Avro of the next sale, and its key.
  void Next(std::string* key, std::string* value, int64_t* time_millis);

 private:
  uint32_t stores_;
  int digits_;
  std::string header_;
  uint64_t state_ = 0x9E3779B97F4A7C15ULL;
  int64_t count_ = 0;
};

// `records` sales as Kafka record batches, back to back, uncompressed.
std::string MakeBatches(uint32_t stores, int32_t schema_id, int64_t records, int64_t records_per_batch);

// One closed window.
struct WindowRow {
  std::string store;
  int64_t window_start = 0;
  int64_t sum = 0;
  auto operator<=>(const WindowRow&) const = default;
};

}  // namespace millrace::bench
