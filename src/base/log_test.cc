#include "base/log.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(LogTest, TheLastLinesAreKept) {
  KeepRecentLog(2);
  Log(LogLevel::kError, "test", "one");
  Log(LogLevel::kError, "test", "two");
  Log(LogLevel::kDebug, "test", "not logged");
  Log(LogLevel::kError, "test", "three");
  const std::string text = RecentLog();
  EXPECT_EQ(text.find("one"), std::string::npos);
  EXPECT_NE(text.find("test: two\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("test: three\n")) << text;
  // "2026-01-31 12:00:00.123 +01:00": with the zone of the clock.
  ASSERT_GT(text.size(), 30U);
  EXPECT_TRUE(text[24] == '+' || text[24] == '-') << text;
  EXPECT_EQ(text[27], ':') << text;
}

}  // namespace
}  // namespace millrace
