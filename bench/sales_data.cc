#include "bench/sales_data.h"

#include <fmt/format.h>

#include "base/check.h"
#include "codec/varint.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::bench {

const std::string_view kSaleSchema =
    R"({"type":"record","name":"StoreSale","fields":[{"name":"store_id","type":"string"},)"
    R"({"name":"sale_amount","type":"int"},{"name":"sale_ts","type":"long"}]})";

SaleGenerator::SaleGenerator(uint32_t stores, int32_t schema_id) : stores_(stores), digits_(stores <= 1'000 ? 3 : 6) {
  header_.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8) header_.push_back(static_cast<char>(schema_id >> shift & 0xFF));
}

void SaleGenerator::Next(std::string* key, std::string* value, int64_t* time_millis) {
  // splitmix64
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t random = state_;
  random = (random ^ random >> 30) * 0xBF58476D1CE4E5B9ULL;
  random = (random ^ random >> 27) * 0x94D049BB133111EBULL;
  random ^= random >> 31;
  *key = fmt::format("{:0{}}", random % stores_, digits_);
  *time_millis = kFirstMillis + count_++ * kWindowMillis / kRecordsPerWindow;
  *value = header_;
  codec::AppendSignedVarint64(value, digits_);
  *value += *key;
  codec::AppendSignedVarint32(value, static_cast<int32_t>(100 + (random >> 40) % 901));
  codec::AppendSignedVarint64(value, *time_millis);
}

std::string MakeBatches(uint32_t stores, int32_t schema_id, int64_t records, int64_t records_per_batch) {
  SaleGenerator sales(stores, schema_id);
  std::string out;
  std::string key;
  std::string value;
  int64_t time = 0;
  for (int64_t done = 0; done < records;) {
    kafka::BatchOptions options;
    options.base_offset = done;
    kafka::RecordBatchBuilder builder(options);
    for (int64_t i = 0; i < records_per_batch && done < records; ++i, ++done) {
      sales.Next(&key, &value, &time);
      builder.Add(time, key, value);
    }
    auto batch = builder.Build();
    CHECK(batch.ok());
    out += *batch;
  }
  return out;
}

}  // namespace millrace::bench
