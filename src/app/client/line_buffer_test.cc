#include "app/client/line_buffer.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

TEST(LineBuffer, EditsWholeCodePoints) {
  LineBuffer line;
  line.Insert("aé日");
  line.Backspace();
  EXPECT_EQ(line.text(), "aé");
  line.Left();
  line.Insert("x");
  EXPECT_EQ(line.text(), "axé");
  line.Delete();
  EXPECT_EQ(line.text(), "ax");
}

TEST(LineBuffer, KillsAndYanks) {
  LineBuffer line;
  line.Insert("SELECT store_id");
  line.KillWord();
  EXPECT_EQ(line.text(), "SELECT ");
  line.Yank();
  line.LineStart();
  line.KillToEnd();
  EXPECT_EQ(line.text(), "");
  line.Yank();
  EXPECT_EQ(line.text(), "SELECT store_id");
}

TEST(LineBuffer, UpMovesBetweenLinesThenWalksTheHistory) {
  LineBuffer line;
  line.AddHistory("SHOW TABLES;");
  line.AddHistory("SELECT 1;");
  line.AddHistory("SELECT 1;");
  EXPECT_EQ(line.history().size(), 2U);
  line.Insert("SELECT\n  2");
  line.Up();
  EXPECT_EQ(line.cursor(), 3U);
  line.Up();
  EXPECT_EQ(line.text(), "SELECT 1;");
  line.Up();
  EXPECT_EQ(line.text(), "SHOW TABLES;");
  line.Down();
  line.Down();
  EXPECT_EQ(line.text(), "SELECT\n  2");
  EXPECT_EQ(line.SearchBack("TABLES", 2), 0U);
  EXPECT_EQ(line.SearchBack("zzz", 2), std::string::npos);
}

}  // namespace
}  // namespace millrace::app::client
