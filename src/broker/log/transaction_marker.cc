#include "broker/log/transaction_marker.h"

#include "base/check.h"
#include "broker/log/bytes.h"

namespace millrace::broker {
namespace {

constexpr int16_t kVersion = 0;
constexpr int16_t kAbort = 0;
constexpr int16_t kCommit = 1;
constexpr size_t kKeySize = 4;
constexpr size_t kValueSize = 6;

}  // namespace

std::string EncodeMarker(const TransactionMarker& marker, int64_t timestamp) {
  char key[kKeySize], value[kValueSize];
  StoreBig(key, kVersion);
  StoreBig(key + 2, marker.committed ? kCommit : kAbort);
  StoreBig(value, kVersion);
  StoreBig(value + 2, marker.coordinator_epoch);
  kafka::RecordBatchBuilder builder({.producer_id = marker.producer_id,
                                     .producer_epoch = marker.producer_epoch,
                                     .flags = kafka::kBatchTransactional | kafka::kBatchControl});
  builder.Add(timestamp, std::string_view(key, kKeySize), std::string_view(value, kValueSize));
  auto batch = builder.Build();
  CHECK(batch.ok());  // nothing to compress
  return std::move(batch).value();
}

std::optional<TransactionMarker> DecodeMarker(const kafka::BatchHeader& header, std::string_view batch) {
  std::string scratch;
  const auto records = kafka::DecompressRecords(header, batch, &scratch);
  if (!records.ok()) return std::nullopt;
  kafka::RecordReader reader(header, *records);
  kafka::Record record;
  if (!reader.Next(&record) || !record.key.has_value() || record.key->size() < kKeySize) return std::nullopt;
  const auto type = LoadBig<int16_t>(record.key->data() + 2);
  if (type != kAbort && type != kCommit) return std::nullopt;
  TransactionMarker marker{
      .producer_id = header.producer_id, .producer_epoch = header.producer_epoch, .committed = type == kCommit};
  if (record.value.has_value() && record.value->size() >= kValueSize) {
    marker.coordinator_epoch = LoadBig<int32_t>(record.value->data() + 2);
  }
  return marker;
}

}  // namespace millrace::broker
