#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::broker {

// An entry of a `.txnindex`, Kafka's version 0: a transaction that was aborted by the marker at `last_offset`, which
// stands in the segment of the index.
struct AbortedTransaction {
  static constexpr size_t kSize = 34;
  static constexpr int16_t kVersion = 0;
  int64_t producer_id = -1;
  int64_t first_offset = -1;
  int64_t last_offset = -1;
  int64_t last_stable_offset = -1;  // of the partition once the marker was written

  int64_t key() const { return last_offset; }
  void Encode(char* out) const;
  static AbortedTransaction Decode(const char* in);
  bool operator==(const AbortedTransaction&) const = default;
};

}  // namespace millrace::broker
