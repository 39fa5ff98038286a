#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::app {

// The Avro schema of a sale, as it is registered under "<topic>-value".
extern const std::string_view kStoreSaleSchema;

struct Sale {
  std::string_view store_id;  // lives as long as the generator
  int32_t amount = 0;         // 100 .. 1000
  int64_t time_millis = 0;    // epoch millis
};

// The sales of the tutorial's stores: the same seed gives the same stores, amounts and disorder.
class SalesEvents {
 public:
  // Stores are ABC, DEF, GHI .. VWX, then S0009, S0010 ... Event times lie up to `disorder_millis` before the given
  // time.
  SalesEvents(uint32_t num_stores, int64_t disorder_millis, uint64_t seed);

  Sale Next(int64_t now_millis);
  static std::string StoreName(uint32_t index);

 private:
  std::vector<std::string> stores_;
  int64_t disorder_millis_;
  std::mt19937_64 random_;
};

// Appends the Avro binary encoding of the sale (no registry header).
void AppendSaleAvro(const Sale& sale, std::string* out);

}  // namespace millrace::app
