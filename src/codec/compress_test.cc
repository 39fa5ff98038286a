#include "codec/compress.h"

#include <random>

#include <gtest/gtest.h>

#include "base/strings.h"

namespace millrace::codec {
namespace {

constexpr Compression kAll[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy, Compression::kLz4,
                                Compression::kZstd};

std::string Compressed(Compression compression, std::string_view input) {
  std::string out;
  EXPECT_TRUE(Compress(compression, input, &out).ok());
  return out;
}

std::string SampleText(std::mt19937& random, size_t size, int alphabet) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() % alphabet);
  return text;
}

TEST(Compress, RoundTripsEverySizeAndEntropy) {
  std::mt19937 random(1);
  for (const Compression compression : kAll) {
    for (const size_t size : {0, 1, 100, 32 * 1024, 32 * 1024 + 1, 300'000}) {
      for (const int alphabet : {1, 4, 256}) {
        const std::string text = SampleText(random, size, alphabet);
        std::string back = "kept";
        const Status status = Decompress(compression, Compressed(compression, text), size, &back);
        ASSERT_TRUE(status.ok()) << CompressionName(compression) << " " << size << " " << status.error().message;
        EXPECT_EQ(back, "kept" + text);
      }
    }
  }
}

TEST(Compress, RefusesOutputOneByteOverTheLimit) {
  const std::string zeros(1'000'000, '\0');
  for (const Compression compression : kAll) {
    std::string back;
    const Status status = Decompress(compression, Compressed(compression, zeros), zeros.size() - 1, &back);
    ASSERT_FALSE(status.ok()) << CompressionName(compression);
    EXPECT_NE(status.error().message.find("exceeds the limit of 999999 bytes"), std::string::npos);
    EXPECT_LT(back.capacity(), 2 * zeros.size());
  }
}

TEST(Compress, DamagedInputIsAnErrorOrOtherDataNeverACrash) {
  std::mt19937 random(2);
  for (const Compression compression : kAll) {
    const std::string good = Compressed(compression, SampleText(random, 5000, 7));
    for (int round = 0; round < 500; ++round) {
      std::string bad = good;
      if (round % 2 == 0) bad.resize(random() % bad.size());
      for (int flips = 0; flips < 3 && !bad.empty(); ++flips)
        bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
      std::string back;
      (void)Decompress(compression, bad, 100'000, &back).ok();
      EXPECT_LE(back.size(), 100'000u);
    }
  }
}

TEST(Compress, TruncatedFramesAreErrors) {
  std::mt19937 random(3);
  for (const Compression compression :
       {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    const std::string good = Compressed(compression, SampleText(random, 5000, 7));
    std::string back;
    EXPECT_FALSE(Decompress(compression, good.substr(0, good.size() - 1), 100'000, &back).ok())
        << CompressionName(compression);
  }
}

TEST(Compress, ReadsARawSnappyBlock) {
  // "aaaaaaaaaa": length 10, literal "a", copy of 9 bytes at distance 1.
  const std::string raw("\x0a\x00\x61\x15\x01", 5);
  std::string back;
  ASSERT_TRUE(Decompress(Compression::kSnappy, raw, 100, &back).ok());
  EXPECT_EQ(back, "aaaaaaaaaa");
}

TEST(Compress, WritesJavasSnappyFraming) {
  const std::string framed = Compressed(Compression::kSnappy, "a");
  EXPECT_EQ(HexEncode(framed),
            "82534e41505059000000000100000001"
            "00000003"
            "010061");
}

TEST(Compress, ReadsConcatenatedGzipMembers) {
  std::string back;
  ASSERT_TRUE(Decompress(Compression::kGzip,
                         Compressed(Compression::kGzip, "ab") + Compressed(Compression::kGzip, "cd"), 10, &back)
                  .ok());
  EXPECT_EQ(back, "abcd");
}

TEST(Compress, NamesGoBothWays) {
  for (const Compression compression : kAll) EXPECT_EQ(CompressionFromName(CompressionName(compression)), compression);
  EXPECT_EQ(CompressionFromName("LZ4"), Compression::kLz4);
  EXPECT_FALSE(CompressionFromName("brotli").has_value());
}

}  // namespace
}  // namespace millrace::codec
