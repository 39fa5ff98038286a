#include "base/strings.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Strings, ParsesFlinkDurations) {
  EXPECT_EQ(*ParseDurationMillis("10s"), 10'000);
  EXPECT_EQ(*ParseDurationMillis("10 s"), 10'000);
  EXPECT_EQ(*ParseDurationMillis("5min"), 300'000);
  EXPECT_EQ(*ParseDurationMillis("1 h"), 3'600'000);
  EXPECT_EQ(*ParseDurationMillis("200"), 200);
  EXPECT_EQ(*ParseDurationMillis("1500 us"), 1);
  EXPECT_FALSE(ParseDurationMillis("ten seconds").ok());
  EXPECT_FALSE(ParseDurationMillis("10 parsecs").ok());
}

TEST(Strings, ParsesFlinkMemorySizes) {
  EXPECT_EQ(*ParseMemoryBytes("64mb"), 64 << 20);
  EXPECT_EQ(*ParseMemoryBytes("10 kb"), 10 << 10);
  EXPECT_EQ(*ParseMemoryBytes("1024"), 1024);
  EXPECT_FALSE(ParseMemoryBytes("1 xb").ok());
}

TEST(Strings, FindsTheNearestName) {
  EXPECT_EQ(DidYouMean("toppic", {"topic", "format"}), "Did you mean 'topic'?");
  EXPECT_EQ(DidYouMean("kafak", {"kafka", "datagen"}), "Did you mean 'kafka'?") << "two letters that changed places";
  EXPECT_EQ(DidYouMean("zebra", {"topic", "format"}), "");
}

TEST(Strings, Base64RoundTrips) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00z"}) {
    EXPECT_EQ(*Base64Decode(Base64Encode(text)), text);
  }
  EXPECT_EQ(Base64Encode("ab"), "YWI=");
  EXPECT_EQ(Base64Encode("abc"), "YWJj");
}

TEST(Strings, WideCharactersCountTwo) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("日本"), 4U);
  EXPECT_FALSE(IsValidUtf8("\xC0\x80"));
}

TEST(Strings, FormatsTimes) { EXPECT_EQ(FormatMillisUtc(1'700'000'000'123), "2023-11-14 22:13:20.123"); }

}  // namespace
}  // namespace millrace
