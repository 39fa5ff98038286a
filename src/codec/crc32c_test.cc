#include "codec/crc32c.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace millrace::codec {
namespace {

// One bit after the other, as the definition says.
uint32_t BitwiseCrc32c(std::string_view bytes) {
  uint32_t reg = ~0u;
  for (const char c : bytes) {
    reg ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) reg = (reg >> 1) ^ ((reg & 1) != 0 ? 0x82F63B78u : 0);
  }
  return ~reg;
}

std::string RandomBytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Crc32cTest, KnownValues) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);  // the check value of the CRC catalogue
  // RFC 3720, B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  EXPECT_EQ(Crc32c(rising), 0x46DD794Eu);
}

TEST(Crc32cTest, AgreesWithTheDefinitionAtEveryLengthAndAlignment) {
  const std::string bytes = RandomBytes(1000, 1);
  for (size_t from = 0; from < 9; ++from) {
    for (size_t size = 0; size <= bytes.size() - from; size += size < 64 ? 1 : 17) {
      const std::string_view part(bytes.data() + from, size);
      const uint32_t expected = BitwiseCrc32c(part);
      ASSERT_EQ(Crc32c(part), expected) << from << "+" << size;
      ASSERT_EQ(ExtendCrc32cPortable(0, part), expected) << from << "+" << size;
    }
  }
}

TEST(Crc32cTest, LongInputs) {
  for (const size_t size : {383u, 384u, 385u, 6143u, 6144u, 6145u, 6528u, 100'000u}) {
    const std::string bytes = RandomBytes(size, static_cast<uint32_t>(size));
    EXPECT_EQ(Crc32c(bytes), BitwiseCrc32c(bytes)) << size;
  }
}

TEST(Crc32cTest, ExtendsOverAnySplit) {
  const std::string bytes = RandomBytes(7000, 3);
  const uint32_t whole = Crc32c(bytes);
  for (size_t at = 0; at <= bytes.size(); at += 137) {
    const std::string_view all = bytes;
    EXPECT_EQ(ExtendCrc32c(Crc32c(all.substr(0, at)), all.substr(at)), whole);
    EXPECT_EQ(ExtendCrc32cPortable(Crc32c(all.substr(0, at)), all.substr(at)), whole);
  }
}

}  // namespace
}  // namespace millrace::codec
