#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::kafka {

// Kafka's murmur2 (org.apache.kafka.common.utils.Utils.murmur2) over the key bytes.
int32_t Murmur2(std::string_view bytes);

// The partition Java's default partitioner gives a key: toPositive(murmur2(key)) % num_partitions. num_partitions > 0.
inline int32_t PartitionForKey(std::string_view key, int32_t num_partitions) {
  return (Murmur2(key) & 0x7fffffff) % num_partitions;
}

// Partitions for records without a key, as Java's producer chooses them since 2.4: stays with one partition until about
// `batch_bytes` went there, then moves to another. One thread.
class StickyPartitioner {
 public:
  // `seed` decides the order of partitions; writers with different seeds start at different ones.
  explicit StickyPartitioner(uint64_t seed, int64_t batch_bytes = 16 * 1024)
      : state_(seed), batch_bytes_(batch_bytes) {}
  int32_t Next(int64_t record_bytes, int32_t num_partitions);

 private:
  uint64_t state_;
  int64_t batch_bytes_;
  int64_t used_ = 0;
  int32_t current_ = -1;
};

// Flink's `round-robin` partitioner and Kafka's RoundRobinPartitioner. One thread.
class RoundRobinPartitioner {
 public:
  int32_t Next(int32_t num_partitions) {
    next_ = next_ + 1 >= num_partitions ? 0 : next_ + 1;
    return next_;
  }

 private:
  int32_t next_ = -1;
};

}  // namespace millrace::kafka
