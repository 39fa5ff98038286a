#pragma once

#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kafka/client/producer.h"

namespace millrace::connectors {

// The last record of each key, in order of the keys' first appearance. Owns its bytes. One thread.
class UpsertBuffer {
 public:
  void Put(const kafka::ProducerRecord& record);
  size_t size() const { return records_.size(); }
  // What is buffered, for Producer::Send; valid until Put or Clear.
  std::span<kafka::ProducerRecord> View();
  void Clear();

 private:
  struct Header {
    std::string name;
    std::string value;
    bool is_null;
  };
  struct Record {
    std::string key;
    std::string value;
    bool is_tombstone;
    int64_t timestamp;
    std::vector<Header> headers;
    std::vector<kafka::HeaderView> header_views;
  };
  std::list<Record> records_;  // addresses stay: by_key_ points into the keys
  std::unordered_map<std::string_view, Record*> by_key_;
  std::vector<kafka::ProducerRecord> view_;
};

}  // namespace millrace::connectors
