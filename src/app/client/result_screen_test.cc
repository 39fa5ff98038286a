#include "app/client/result_screen.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace millrace::app::client {
namespace {

using Kind = Key::Kind;
using Mode = ResultModel::Mode;

const Schema kSchema = {{{"store", DataType::String(), ""},
                         {"total", DataType::Of(TypeKind::kInt), ""},
                         {"comment", DataType::String(), ""}}};

std::string Plain(const std::string& line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
    } else {
      text += line[i];
    }
  }
  return text;
}

class ResultScreenTest : public ::testing::Test {
 protected:
  void Fill(int rows, Mode mode = Mode::kTable) {
    model_.emplace(kSchema, mode, 10'000);
    std::vector<ResultRow> changes;
    for (int i = 0; i < rows; ++i)
      changes.push_back({RowKind::kInsert, {"s" + std::to_string(i), std::to_string(i * 7 % 10), std::nullopt}});
    model_->Apply(std::move(changes));
    screen_.emplace(&*model_, 20);
  }
  // The picture without attributes and the blanks at line ends.
  std::vector<std::string> Lines(size_t rows = 8, size_t columns = 60) {
    std::vector<std::string> out;
    for (const std::string& line : screen_->Render({"RUNNING", "500 ms", "12:00:00.000"}, {rows, columns})) {
      std::string plain = Plain(line);
      EXPECT_LE(DisplayWidth(plain), columns) << plain;
      plain.erase(plain.find_last_not_of(' ') + 1);
      out.push_back(plain);
    }
    EXPECT_EQ(out.size(), rows);
    return out;
  }
  ResultScreen::Action Press(Kind kind) { return screen_->OnKey({.kind = kind}); }
  ResultScreen::Action Type(std::string text) { return screen_->OnKey({.kind = Kind::kText, .text = std::move(text)}); }
  // The line that stands out.
  std::string Selected(size_t rows = 8) {
    const auto lines = screen_->Render({}, {rows, 60});
    for (size_t i = 3; i + 1 < lines.size(); ++i) {
      if (lines[i].starts_with("\x1b[7m")) return Plain(lines[i]).substr(0, 8);
    }
    return "";
  }

  std::optional<ResultModel> model_;
  std::optional<ResultScreen> screen_;
};

TEST_F(ResultScreenTest, DrawsTitleStatusHeaderRowsAndKeys) {
  Fill(2);
  const auto lines = Lines(8, 90);
  EXPECT_EQ(Trim(lines[0]), "SQL Query Result (Table)");
  EXPECT_EQ(lines[1], " Refresh: 500 ms   Page: Last of 1   Rows: 2   Updated: 12:00:00.000   RUNNING");
  EXPECT_EQ(lines[2], "store      total  comment");
  EXPECT_EQ(lines[3], "s0             0  <NULL>");
  EXPECT_EQ(lines[4], "s1             7  <NULL>");
  EXPECT_TRUE(lines[7].starts_with(" Q Quit  1-9 S Sort  / Search")) << lines[7];
}

TEST_F(ResultScreenTest, StaysAtTheEndUntilTheUserMoves) {
  Fill(100);
  EXPECT_TRUE(Lines()[6].starts_with("s99"));
  model_->Apply({{RowKind::kInsert, {"new", "1", "x"}}});
  EXPECT_TRUE(Lines()[6].starts_with("new"));
  Press(Kind::kPageUp);
  model_->Apply({{RowKind::kInsert, {"newer", "1", "x"}}});
  EXPECT_EQ(Selected(), "s96     ");
  Press(Kind::kEnd);
  EXPECT_TRUE(Lines()[6].starts_with("newer"));
}

TEST_F(ResultScreenTest, PagesAndPageNumbers) {
  Fill(100);
  Lines();
  Press(Kind::kHome);
  EXPECT_TRUE(Lines()[3].starts_with("s0 "));
  Type("n");
  Lines();
  EXPECT_EQ(Selected(), "s4      ");
  Type("g");
  Type("3");
  EXPECT_EQ(Lines()[7], " Page (1 to 25): 3_");
  Press(Kind::kEnter);
  EXPECT_EQ(Selected(), "s8      ");
  EXPECT_NE(Lines(8, 90)[1].find("Page: 3 of 25"), std::string::npos);
}

TEST_F(ResultScreenTest, SortsByTheColumnsKey) {
  Fill(10);
  Type("2");
  auto lines = Lines(14);
  EXPECT_EQ(lines[2], "store    total ▲  comment");
  EXPECT_TRUE(lines[3].starts_with("s0 ")) << lines[3];
  EXPECT_TRUE(lines[4].starts_with("s3 ")) << lines[4];  // 21 % 10
  Type("2");
  lines = Lines(14);
  EXPECT_EQ(lines[2], "store    total ▼  comment");
  EXPECT_TRUE(lines[3].starts_with("s7 ")) << lines[3];  // 49 % 10
  Type("2");
  EXPECT_TRUE(Lines(14)[4].starts_with("s1 "));
}

TEST_F(ResultScreenTest, SearchGoesToTheNextMatchRoundTheEnd) {
  Fill(50);
  Lines();
  Type("/");
  for (const char* c : {"S", "4"}) Type(c);
  EXPECT_EQ(Lines()[7], " Search: S4_");
  Press(Kind::kEnter);
  EXPECT_EQ(Selected(), "s4      ");
  Type("n");
  EXPECT_EQ(Selected(), "s40     ");
  Type("N");
  EXPECT_EQ(Selected(), "s4      ");
  Press(Kind::kEscape);
  Type("n");  // the next page again
  EXPECT_EQ(Selected(), "s8      ");
}

TEST_F(ResultScreenTest, ARowIsShownWhole) {
  Fill(1);
  const std::string text = "a text that is much longer than the column is wide, so that it must be wrapped somewhere";
  model_->Apply({{RowKind::kInsert, {"long", "1", text}}});
  EXPECT_NE(Lines(12)[4].find("..."), std::string::npos);
  Press(Kind::kEnter);
  const auto lines = Lines(12);
  EXPECT_EQ(lines[0], " Row 2 of 2");
  EXPECT_EQ(lines[1], "store STRING");
  EXPECT_EQ(lines[2], "  long");
  model_->Apply({{RowKind::kDelete, {"long", "1", text}}});
  EXPECT_EQ(Lines(12)[2], "  long");
  ASSERT_GE(lines.size(), 8u);
  EXPECT_EQ(lines[6] + lines[7].substr(2), "  " + text);
  Press(Kind::kEscape);
  EXPECT_EQ(Trim(Lines()[0]), "SQL Query Result (Table)");
}

TEST_F(ResultScreenTest, ColumnsScrollSideways) {
  Fill(3);
  EXPECT_EQ(Lines(8, 22)[2], "store      total ›");
  Press(Kind::kRight);
  Press(Kind::kRight);
  EXPECT_NE(Lines(8, 22)[2].find("comment"), std::string::npos);
}

TEST_F(ResultScreenTest, TheChangelogHasAKindInFront) {
  Fill(0, Mode::kChangelog);
  EXPECT_EQ(Lines()[3], "  No rows yet.");
  model_->Apply({{RowKind::kUpdateBefore, {"a", "1", "x"}}, {RowKind::kUpdateAfter, {"a", "2", "日本"}}});
  const auto lines = Lines();
  EXPECT_EQ(Trim(lines[0]), "SQL Query Result (Changelog)");
  EXPECT_EQ(lines[2], "op  store      total  comment");
  EXPECT_EQ(lines[3], "-U  a              1  x");
  EXPECT_EQ(lines[4], "+U  a              2  日本");
}

TEST_F(ResultScreenTest, AnyTerminalSizeWillDo) {
  Fill(30);
  model_->Apply({{RowKind::kInsert, {"tab\there\nand there", "1", "日本日本日本日本日本日本"}}});
  for (const auto& [rows, columns] : {std::pair<size_t, size_t>{5, 10}, {6, 15}, {40, 200}}) Lines(rows, columns);
  EXPECT_EQ(screen_->Render({}, {1, 1}).size(), 5u);
}

TEST_F(ResultScreenTest, QuitAndRateAreForTheCaller) {
  Fill(1);
  EXPECT_EQ(Type("q"), ResultScreen::Action::kQuit);
  EXPECT_EQ(screen_->OnKey({.kind = Kind::kControl, .letter = 'C'}), ResultScreen::Action::kQuit);
  EXPECT_EQ(Type("R"), ResultScreen::Action::kRefresh);
  EXPECT_EQ(Type("+"), ResultScreen::Action::kSlower);
  EXPECT_EQ(Type("-"), ResultScreen::Action::kFaster);
}

}  // namespace
}  // namespace millrace::app::client
