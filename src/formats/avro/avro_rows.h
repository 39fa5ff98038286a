#pragma once

#include <algorithm>
#include <vector>

#include "formats/avro/avro_reader.h"

namespace millrace::formats {

// Keeps track of which message of a Decode call became which row.
class AvroRows {
 public:
  explicit AvroRows(size_t num_messages) : num_messages_(num_messages) {}

  // Message `index` goes to the reader next, as `body`.
  connect::ByteView Take(size_t index, connect::ByteView body) {
    taken_.push_back(static_cast<uint32_t>(index));
    return body;
  }
  void Fail(size_t index, Error error) { result_.errors.push_back({index, std::move(error)}); }
  // What the reader could not read of the messages taken since the last Add.
  void Add(std::vector<AvroReader::BadRow>& bad) {
    std::sort(bad.begin(), bad.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    size_t next = 0;
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (next < bad.size() && bad[next].index == i) {
        Fail(taken_[i], UserError(std::string("Failed to deserialize Avro record: ") + bad[next].reason + "."));
        ++next;
      } else {
        row_of_.push_back(taken_[i]);
      }
    }
    taken_.clear();
    bad.clear();
  }
  connect::DecodeResult Finish() && {
    std::sort(result_.errors.begin(), result_.errors.end(),
              [](const auto& a, const auto& b) { return a.index < b.index; });
    if (row_of_.size() != num_messages_) result_.row_of = std::move(row_of_);
    return std::move(result_);
  }

 private:
  size_t num_messages_;
  std::vector<uint32_t> taken_;
  std::vector<uint32_t> row_of_;
  connect::DecodeResult result_;
};

}  // namespace millrace::formats
