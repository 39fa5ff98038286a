#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "connect/format.h"

namespace millrace::formats {

enum class RecordOutcome : uint8_t {
  kRow,    // one row was appended to every column
  kSkip,   // no row, no error
  kError,  // the columns hold what they held before
};

// Decodes messages one by one: `decode(message)` returns a RecordOutcome, `error(message)` the Error after kError.
template <typename DecodeOne, typename ErrorOf>
connect::DecodeResult DecodeEach(std::span<const connect::ByteView> messages, const DecodeOne& decode,
                                 const ErrorOf& error) {
  connect::DecodeResult result;
  bool one_to_one = true;
  for (size_t i = 0; i < messages.size(); ++i) {
    const RecordOutcome outcome = decode(messages[i]);
    if (outcome == RecordOutcome::kRow) {
      if (!one_to_one) result.row_of.push_back(static_cast<uint32_t>(i));
      continue;
    }
    if (outcome == RecordOutcome::kError) result.errors.push_back({i, error(messages[i])});
    if (one_to_one) {
      for (uint32_t row = 0; row < i; ++row) result.row_of.push_back(row);
      one_to_one = false;
    }
  }
  return result;
}

}  // namespace millrace::formats
