// Record batches on any bytes: header, checks of a Produce request, decompression, both record readers (which must
// agree).
#include <cstdint>
#include <cstdlib>
#include <string>

#include "broker/log/batch_check.h"
#include "kafka/protocol/record_batch.h"

using namespace millrace;  // NOLINT

namespace {

constexpr size_t kMaxBytes = 4 << 20;

void ReadRecords(const kafka::BatchHeader& header, std::string_view records) {
  std::vector<std::string_view> values;
  const Status read = kafka::ReadValues(header, records, &values);
  kafka::RecordReader reader(header, records);
  kafka::Record record;
  size_t count = 0;
  while (reader.Next(&record)) {
    (void)record.Headers();
    if (read.ok() && (count >= values.size() || values[count] != record.value.value_or(std::string_view())))
      std::abort();
    ++count;
  }
  if (read.ok() != reader.status().ok() || (read.ok() && count != values.size())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= kafka::kBatchHeaderSize) {
    // A right checksum, so that what lies behind the check is reached.
    kafka::UpdateCrc(bytes.data(), std::string_view(bytes).substr(kafka::kBatchHeaderSize));
  }
  broker::LogConfig config;
  (void)broker::CheckClientBatch(bytes, config, 1'000'000);
  config.compact = true;
  (void)broker::CheckClientBatch(bytes, config, 1'000'000);
  const auto header = kafka::ParseBatchHeader(bytes);
  if (!header.ok()) return 0;
  std::string scratch;
  const auto records =
      kafka::DecompressRecords(*header, std::string_view(bytes).substr(0, header->size()), &scratch, kMaxBytes);
  if (records.ok()) ReadRecords(*header, *records);
  return 0;
}
