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
}

}  // namespace
}  // namespace millrace
