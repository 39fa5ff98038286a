#include "app/client/statement_kind.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

TEST(CommandOf, OnlyTheWordAlone) {
  EXPECT_EQ(CommandOf("quit;"), ClientCommand::kQuit);
  EXPECT_EQ(CommandOf("-- bye\nEXIT"), ClientCommand::kQuit);
  EXPECT_EQ(CommandOf("HELP ;"), ClientCommand::kHelp);
  EXPECT_EQ(CommandOf("CLEAR;"), ClientCommand::kClear);
  EXPECT_EQ(CommandOf("HELP me;"), ClientCommand::kNone);
  EXPECT_EQ(CommandOf("SELECT 1;"), ClientCommand::kNone);
  EXPECT_EQ(CommandOf(""), ClientCommand::kNone);
}

TEST(IsRawText, ExplainAndShowCreate) {
  EXPECT_TRUE(IsRawText("EXPLAIN PLAN FOR SELECT 1"));
  EXPECT_TRUE(IsRawText("show create table t;"));
  EXPECT_FALSE(IsRawText("SHOW TABLES"));
}

TEST(IsSet, WhateverItSets) {
  EXPECT_TRUE(IsSet("-- why\nset 'a' = 'b';"));
  EXPECT_FALSE(IsSet("RESET"));
  EXPECT_FALSE(IsSet(""));
}

TEST(BareStatement, WithoutCommentsBeforeAndSemicolonBehind) {
  EXPECT_EQ(BareStatement("-- why\n/* and how */ SET a.b=10s;"), "SET a.b=10s");
  EXPECT_EQ(BareStatement("SELECT ';' -- inner\n  FROM t ; "), "SELECT ';' -- inner\n  FROM t");
  EXPECT_EQ(BareStatement(";"), "");
}

}  // namespace
}  // namespace millrace::app::client
