#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::kafka {

// One API as the codec knows it (what a broker advertises is the broker's own business).
struct ApiInfo {
  int16_t key;
  std::string_view name;  // "Fetch"
  int16_t min_version;
  int16_t max_version;
  int16_t first_flexible;  // INT16_MAX: never
  // Decodes a body and encodes it again: the same message, in canonical bytes. For tests and fuzzers.
  Result<std::string> (*reencode_request)(std::string_view body, int16_t version);
  Result<std::string> (*reencode_response)(std::string_view body, int16_t version);

  bool IsFlexible(int16_t version) const { return version >= first_flexible; }
};

std::span<const ApiInfo> AllApis();  // by key
const ApiInfo* FindApi(int16_t key);

}  // namespace millrace::kafka
