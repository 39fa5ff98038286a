#include "codec/varint.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace millrace::codec {
namespace {

TEST(Varint, SignedNumbersRoundTrip) {
  std::mt19937_64 random(1);
  std::vector<int64_t> values = {
      0, 1, -1, 63, 64, -64, -65, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<int64_t>(random() >> random() % 64));
  for (const int64_t value : values) {
    std::string bytes;
    AppendSignedVarint64(&bytes, value);
    EXPECT_EQ(bytes.size(), VarintSize(ZigZag64(value)));
    int64_t back = 0;
    ASSERT_EQ(ReadSignedVarint64(bytes.data(), bytes.data() + bytes.size(), &back), bytes.data() + bytes.size());
    EXPECT_EQ(back, value);
    EXPECT_EQ(ReadSignedVarint64(bytes.data(), bytes.data() + bytes.size() - 1, &back), nullptr);
  }
}

TEST(Varint, ZigZagOrdersByMagnitude) {
  EXPECT_EQ(ZigZag32(0), 0u);
  EXPECT_EQ(ZigZag32(-1), 1u);
  EXPECT_EQ(ZigZag32(1), 2u);
  EXPECT_EQ(UnZigZag32(ZigZag32(std::numeric_limits<int32_t>::min())), std::numeric_limits<int32_t>::min());
}

TEST(Varint, NumbersThatDoNotFitAreRefused) {
  const std::string eleven(11, '\xff');
  uint64_t wide = 0;
  EXPECT_EQ(ReadVarint64(eleven.data(), eleven.data() + eleven.size(), &wide), nullptr);
  const std::string over_64_bits = std::string(9, '\xff') + '\x02';
  EXPECT_EQ(ReadVarint64(over_64_bits.data(), over_64_bits.data() + over_64_bits.size(), &wide), nullptr);
  uint32_t narrow = 0;
  const std::string over_32_bits = std::string(4, '\xff') + '\x10';
  EXPECT_EQ(ReadVarint32(over_32_bits.data(), over_32_bits.data() + over_32_bits.size(), &narrow), nullptr);
}

}  // namespace
}  // namespace millrace::codec
