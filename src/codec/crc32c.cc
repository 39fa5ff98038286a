#include "codec/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace millrace::codec {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected

// ---- Tables: eight bytes at a time ("slicing")

using Slices = std::array<std::array<uint32_t, 256>, 8>;

constexpr Slices MakeSlices() {
  Slices slices{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    slices[0][byte] = crc;
  }
  for (size_t slice = 1; slice < slices.size(); ++slice) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const uint32_t previous = slices[slice - 1][byte];
      slices[slice][byte] = (previous >> 8) ^ slices[0][previous & 0xff];
    }
  }
  return slices;
}

constexpr Slices kSlices = MakeSlices();

// Works on the raw register: the complement of a checksum.
uint32_t RunTables(uint32_t reg, const char* p, size_t size) {
  for (; size >= 8; p += 8, size -= 8) {
    uint8_t bytes[8];
    std::memcpy(bytes, p, 8);
    for (int i = 0; i < 4; ++i) bytes[i] ^= static_cast<uint8_t>(reg >> (8 * i));
    reg = 0;
    for (int i = 0; i < 8; ++i) reg ^= kSlices[7 - i][bytes[i]];
  }
  for (; size > 0; ++p, --size) reg = (reg >> 8) ^ kSlices[0][(reg ^ static_cast<uint8_t>(*p)) & 0xff];
  return reg;
}

#if defined(__x86_64__)

// ---- The crc32 instruction: three cycles of latency, one of throughput, so three independent stretches at a time. The
// registers of the first two are then moved over the bytes that follow them: appending n zero bytes to a register is a
// linear map over GF(2), kept as four tables of 256.

using ShiftTable = std::array<std::array<uint32_t, 256>, 4>;

constexpr uint32_t ShiftByZeros(uint32_t reg, size_t num_bytes) {
  // The register is a polynomial; num_bytes zero bytes multiply it by x^(8 * num_bytes): square and multiply.
  auto multiply = [](uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
      if ((a & bit) != 0) product ^= b;
      b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
    }
    return product;
  };
  uint32_t power = 0x00800000u;  // x^8, reflected
  for (; num_bytes != 0; num_bytes >>= 1) {
    if ((num_bytes & 1) != 0) reg = multiply(reg, power);
    power = multiply(power, power);
  }
  return reg;
}

ShiftTable MakeShiftTable(size_t num_bytes) {
  uint32_t of_bit[32];
  for (int bit = 0; bit < 32; ++bit) of_bit[bit] = ShiftByZeros(1u << bit, num_bytes);
  ShiftTable table{};
  for (int place = 0; place < 4; ++place) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t sum = 0;
      for (int bit = 0; bit < 8; ++bit) sum ^= (byte >> bit & 1) != 0 ? of_bit[8 * place + bit] : 0;
      table[place][byte] = sum;
    }
  }
  return table;
}

uint32_t Shift(const ShiftTable& table, uint32_t reg) {
  return table[0][reg & 0xff] ^ table[1][reg >> 8 & 0xff] ^ table[2][reg >> 16 & 0xff] ^ table[3][reg >> 24];
}

inline uint64_t Load64(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

constexpr size_t kLong = 2048;  // bytes per stretch
constexpr size_t kShort = 128;

// Consumes whole triples of stretches of `stretch` bytes.
__attribute__((target("sse4.2"))) uint64_t RunTriples(uint64_t reg, const char** p, size_t* size, size_t stretch,
                                                      const ShiftTable& table) {
  while (*size >= 3 * stretch) {
    const char* a = *p;
    uint64_t second = 0, third = 0;
    for (const char* const end = a + stretch; a < end; a += 8) {
      reg = _mm_crc32_u64(reg, Load64(a));
      second = _mm_crc32_u64(second, Load64(a + stretch));
      third = _mm_crc32_u64(third, Load64(a + 2 * stretch));
    }
    reg = Shift(table, static_cast<uint32_t>(reg)) ^ second;
    reg = Shift(table, static_cast<uint32_t>(reg)) ^ third;
    *p += 3 * stretch;
    *size -= 3 * stretch;
  }
  return reg;
}

__attribute__((target("sse4.2"))) uint32_t RunInstruction(uint32_t start, const char* p, size_t size) {
  static const ShiftTable long_shift = MakeShiftTable(kLong);
  static const ShiftTable short_shift = MakeShiftTable(kShort);
  uint64_t reg = start;
  reg = RunTriples(reg, &p, &size, kLong, long_shift);
  reg = RunTriples(reg, &p, &size, kShort, short_shift);
  for (; size >= 8; p += 8, size -= 8) reg = _mm_crc32_u64(reg, Load64(p));
  auto narrow = static_cast<uint32_t>(reg);
  for (; size > 0; ++p, --size) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*p));
  return narrow;
}

using Run = uint32_t (*)(uint32_t, const char*, size_t);
Run ChooseRun() { return __builtin_cpu_supports("sse4.2") ? RunInstruction : RunTables; }

#endif

}  // namespace

uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes) {
#if defined(__x86_64__)
  static const Run run = ChooseRun();
  return ~run(~crc, bytes.data(), bytes.size());
#else
  return ExtendCrc32cPortable(crc, bytes);
#endif
}

uint32_t ExtendCrc32cPortable(uint32_t crc, std::string_view bytes) {
  return ~RunTables(~crc, bytes.data(), bytes.size());
}

uint32_t Crc32c(std::string_view bytes) { return ExtendCrc32c(0, bytes); }

}  // namespace millrace::codec
