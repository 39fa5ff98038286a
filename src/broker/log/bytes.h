#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace millrace::broker {

// Big-endian integers at a place in memory, as Kafka's files have them.
template <typename T>
T LoadBig(const char* p) {
  static_assert(std::endian::native == std::endian::little && std::is_integral_v<T>);
  T value;
  std::memcpy(&value, p, sizeof value);
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  return value;
}

template <typename T>
void StoreBig(char* p, T value) {
  const T swapped = LoadBig<T>(reinterpret_cast<const char*>(&value));
  std::memcpy(p, &swapped, sizeof swapped);
}

}  // namespace millrace::broker
