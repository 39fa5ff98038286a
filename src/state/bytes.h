#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::state {

// Numbers in the bytes that operators keep: little-endian, or ordered (big-endian with the sign turned over), so that
// the bytes compare as the numbers do.
template <typename T>
void PutNumber(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void PutOrdered(int64_t value, std::string& out) {
  const uint64_t bits = __builtin_bswap64(static_cast<uint64_t>(value) ^ (1ULL << 63));
  out.append(reinterpret_cast<const char*>(&bits), sizeof bits);
}

// Takes a number off the front of `bytes`; fails when they end before it does.
template <typename T>
Status TakeNumber(std::string_view& bytes, T* value) {
  if (bytes.size() < sizeof(T)) return InternalError("State is cut short.");
  std::memcpy(value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return Ok();
}

inline Status TakeOrdered(std::string_view& bytes, int64_t* value) {
  uint64_t bits = 0;
  MR_TRY(TakeNumber(bytes, &bits));
  *value = static_cast<int64_t>(__builtin_bswap64(bits) ^ (1ULL << 63));
  return Ok();
}

}  // namespace millrace::state
