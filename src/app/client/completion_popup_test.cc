#include "app/client/completion_popup.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace millrace::app::client {
namespace {

CompletionPopup Popup() {
  return CompletionPopup({.begin = 3,
                          .candidates = {{"SALES", "table", ""},
                                         {"SALES_AGGREGATE", "table", ""},
                                         {"sales_of", "function", "(INT) BIGINT"},
                                         {"SALT", "keyword", ""}}});
}

// Without colours and the blanks at the end.
std::vector<std::string> Plain(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\x1b') {
        i = line.find('m', i);
      } else {
        text += line[i];
      }
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out.push_back(text);
  }
  return out;
}

TEST(CompletionPopup, ShowsNamesWithWhatTheyAre) {
  EXPECT_EQ(Plain(Popup().Lines(8, 60, 2)),
            (std::vector<std::string>{"   SALES            table", "   SALES_AGGREGATE  table",
                                      "   sales_of         function  (INT) BIGINT", "   SALT             keyword"}));
}

TEST(CompletionPopup, TheSelectedLineStaysInSight) {
  CompletionPopup popup = Popup();
  popup.Move(-1);
  EXPECT_EQ(popup.selected().text, "SALT");
  const auto lines = Plain(popup.Lines(2, 60, 0));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[1].find("SALT"), std::string::npos);
  EXPECT_NE(lines[1].find("4/4"), std::string::npos);
  popup.Move(1);
  EXPECT_EQ(popup.selected().text, "SALES");
}

TEST(CompletionPopup, NarrowsWhileTyping) {
  CompletionPopup popup = Popup();
  EXPECT_EQ(popup.CommonPrefix(), "SAL");
  EXPECT_TRUE(popup.Narrow("sales_"));
  EXPECT_EQ(popup.size(), 2u);
  EXPECT_FALSE(popup.Narrow("sales_x"));
}

TEST(CompletionPopup, QuotesNeedNotBeTyped) {
  CompletionPopup popup({.begin = 0, .candidates = {{"'connector'", "option", ""}, {"`order`", "column", ""}}});
  EXPECT_TRUE(popup.Narrow("con"));
  EXPECT_TRUE(popup.Narrow("'conn"));
  EXPECT_EQ(popup.size(), 1u);
}

TEST(CompletionPopup, FitsANarrowTerminal) {
  for (const size_t rows : {2, 8}) {
    for (const std::string& line : Plain(Popup().Lines(rows, 30, 25))) EXPECT_LE(DisplayWidth(line), 30u) << line;
  }
}

}  // namespace
}  // namespace millrace::app::client
