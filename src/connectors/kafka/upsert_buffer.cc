#include "connectors/kafka/upsert_buffer.h"

namespace millrace::connectors {

void UpsertBuffer::Put(const kafka::ProducerRecord& record) {
  const std::string_view key(record.key, record.key_size);
  const auto it = by_key_.find(key);
  Record* kept = nullptr;
  if (it != by_key_.end()) {
    kept = it->second;
  } else {
    kept = &records_.emplace_back();
    kept->key = key;
    by_key_.emplace(kept->key, kept);
  }
  kept->is_tombstone = record.value == nullptr;
  kept->value.assign(record.value == nullptr ? "" : record.value, record.value_size);
  kept->timestamp = record.timestamp;
  kept->headers.clear();
  for (const kafka::HeaderView& header : record.headers) {
    kept->headers.push_back({std::string(header.name),
                             std::string(header.value == nullptr ? "" : header.value, header.size),
                             header.value == nullptr});
  }
}

std::span<kafka::ProducerRecord> UpsertBuffer::View() {
  view_.clear();
  for (Record& record : records_) {
    record.header_views.clear();
    for (const Header& header : record.headers) {
      record.header_views.push_back({header.name, header.is_null ? nullptr : header.value.data(), header.value.size()});
    }
    kafka::ProducerRecord& out = view_.emplace_back();
    out.key = record.key.data();
    out.key_size = record.key.size();
    out.value = record.is_tombstone ? nullptr : record.value.data();
    out.value_size = record.value.size();
    out.timestamp = record.timestamp;
    out.headers = record.header_views;
  }
  return view_;
}

void UpsertBuffer::Clear() {
  by_key_.clear();
  records_.clear();
}

}  // namespace millrace::connectors
