#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace millrace::codec {

// Kafka's and Protobuf's variable-length integers: seven bits per byte, lowest first, high bit = more follows.
// Kafka calls the zigzag-coded signed forms "varint" (32 bits) and "varlong" (64 bits), the plain one "unsigned
// varint".

inline constexpr size_t kMaxVarint32Bytes = 5;
inline constexpr size_t kMaxVarint64Bytes = 10;

constexpr uint32_t ZigZag32(int32_t value) {
  return (static_cast<uint32_t>(value) << 1) ^ static_cast<uint32_t>(value >> 31);
}
constexpr int32_t UnZigZag32(uint32_t value) { return static_cast<int32_t>((value >> 1) ^ (~(value & 1) + 1)); }
constexpr uint64_t ZigZag64(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag64(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

inline const char* ReadVarint64Slow(const char* p, const char* end, uint64_t* value) {
  uint64_t out = 0;
  for (int shift = 0; p < end && shift < 70; shift += 7) {
    const auto byte = static_cast<uint8_t>(*p++);
    if (shift == 63 && byte > 1) return nullptr;
    out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = out;
      return p;
    }
  }
  return nullptr;
}

// As ReadVarint64, for numbers of several bytes.
inline const char* ReadVarint64Word(const char* p, const char* end, uint64_t* value) {
  const auto left = static_cast<uint64_t>(end - p);
  if constexpr (std::endian::native == std::endian::little) {
    // All bytes of the number in one word, without a branch per byte.
    uint64_t word = 0;
    if (left >= 8) [[likely]] {
      std::memcpy(&word, p, 8);
    } else if (left >= 4) {
      uint32_t low = 0;
      uint32_t high = 0;
      std::memcpy(&low, p, 4);
      std::memcpy(&high, end - 4, 4);
      word = low | uint64_t{high} << (8 * (left - 4));  // the overlap is equal in both
      word |= ~0ULL << (8 * left);                      // beyond the end nothing ends
    } else {
      return ReadVarint64Slow(p, end, value);
    }
    const uint64_t last = ~word & 0x8080808080808080ULL;
    if (last != 0) [[likely]] {
      word &= last ^ (last - 1);  // up to the last byte's high bit
      word &= 0x7F7F7F7F7F7F7F7FULL;
      word = (word & 0x007F007F007F007FULL) | (word & 0x7F007F007F007F00ULL) >> 1;
      word = (word & 0x00003FFF00003FFFULL) | (word & 0x3FFF00003FFF0000ULL) >> 2;
      *value = (word & 0x000000000FFFFFFFULL) | (word & 0x0FFFFFFF00000000ULL) >> 4;
      return p + std::countr_zero(last) / 8 + 1;
    }
  }
  return ReadVarint64Slow(p, end, value);
}

// Reads at `p`, never at or past `end`. Returns the byte after the number, or nullptr when the input ends inside it or
// it does not fit in 64 (32) bits; `*value` is set only on success.
[[gnu::always_inline]] inline const char* ReadVarint64(const char* p, const char* end, uint64_t* value) {
  if (p < end && static_cast<int8_t>(*p) >= 0) [[likely]] {
    *value = static_cast<uint8_t>(*p);
    return p + 1;
  }
  // Lengths, deltas and amounts mostly have two bytes throughout: a branch that is foreseen beats the word's
  // arithmetic.
  if (end - p >= 2 && static_cast<int8_t>(p[1]) >= 0) {
    *value = (static_cast<uint64_t>(p[0]) & 0x7F) | static_cast<uint64_t>(p[1]) << 7;
    return p + 2;
  }
  return ReadVarint64Word(p, end, value);
}

inline const char* ReadVarint32(const char* p, const char* end, uint32_t* value) {
  uint64_t wide = 0;
  const char* next = ReadVarint64(p, end, &wide);
  if (next == nullptr || wide > UINT32_MAX) return nullptr;
  *value = static_cast<uint32_t>(wide);
  return next;
}

inline const char* ReadSignedVarint32(const char* p, const char* end, int32_t* value) {
  uint32_t raw = 0;
  const char* next = ReadVarint32(p, end, &raw);
  if (next != nullptr) *value = UnZigZag32(raw);
  return next;
}

inline const char* ReadSignedVarint64(const char* p, const char* end, int64_t* value) {
  uint64_t raw = 0;
  const char* next = ReadVarint64(p, end, &raw);
  if (next != nullptr) *value = UnZigZag64(raw);
  return next;
}

// Writes at `p`, which has room for kMaxVarint64Bytes; returns the byte after the number.
inline char* WriteVarint64(char* p, uint64_t value) {
  while (value >= 0x80) {
    *p++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *p++ = static_cast<char>(value);
  return p;
}

inline void AppendVarint64(std::string* out, uint64_t value) {
  char buffer[kMaxVarint64Bytes];
  out->append(buffer, static_cast<size_t>(WriteVarint64(buffer, value) - buffer));
}
inline void AppendSignedVarint32(std::string* out, int32_t value) { AppendVarint64(out, ZigZag32(value)); }
inline void AppendSignedVarint64(std::string* out, int64_t value) { AppendVarint64(out, ZigZag64(value)); }

constexpr size_t VarintSize(uint64_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

}  // namespace millrace::codec
