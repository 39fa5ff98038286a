#include "sql/lexer.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::sql {
namespace {

std::string KindName(const Token& token) {
  switch (token.kind) {
    case TokenKind::kWord: return "word";
    case TokenKind::kQuotedName: return "name";
    case TokenKind::kString: return "string";
    case TokenKind::kUnicodeString: return "ustring";
    case TokenKind::kEscapeString: return "estring";
    case TokenKind::kBinaryString: return "bytes";
    case TokenKind::kInteger: return "int";
    case TokenKind::kDecimal: return "dec";
    case TokenKind::kDouble: return "dbl";
    case TokenKind::kSymbol: return "sym";
    case TokenKind::kHintStart: return "hint";
    case TokenKind::kHintEnd: return "endhint";
    case TokenKind::kComment: return "comment";
    case TokenKind::kError: return "error";
    case TokenKind::kEnd: return "end";
  }
  return "";
}

// "word:a sym:= int:1", without the end.
std::string Lex(std::string_view text, Comments comments = Comments::kDrop) {
  std::string out;
  for (const Token& token : Tokenize(text, {}, comments)) {
    if (token.kind == TokenKind::kEnd) break;
    if (!out.empty()) out += ' ';
    out += KindName(token) + ":" + std::string(token.text);
  }
  return out;
}

struct Case {
  const char* text;
  const char* tokens;
};

TEST(Lexer, CutsTokens) {
  const Case cases[] = {
      {"", ""},
      {" \t\r\n", ""},
      {"a=1", "word:a sym:= int:1"},
      {"a<>b!=c<=d>=e||f=>g",
       "word:a sym:<> word:b sym:!= word:c sym:<= word:d sym:>= word:e sym:|| word:f sym:=> word:g"},
      {"a<<b", "word:a sym:< sym:< word:b"},
      {"ARRAY<ARRAY<INT>>", "word:ARRAY sym:< word:ARRAY sym:< word:INT sym:> sym:>"},
      {"1 1.5 .5 1. 1e3 1.5E-3 1e", "int:1 dec:1.5 dec:.5 dec:1. dbl:1e3 dbl:1.5E-3 int:1 word:e"},
      {"'a''b' N'c' _UTF8'd'", "string:'a''b' string:N'c' string:_UTF8'd'"},
      {"X'0f' U&'\\0041' E'\\''", "bytes:X'0f' ustring:U&'\\0041' estring:E'\\''"},
      {"`a``b` `a`.`b`", "name:`a``b` name:`a` sym:. name:`b`"},
      {"EXPR$0 $ _x", "word:EXPR$0 word:$ word:_x"},
      {"a -- b\nc", "word:a word:c"},
      {"a // b\nc", "word:a word:c"},
      {"a /* b */ c /**/", "word:a word:c"},
      {"/* -- */ a", "word:a"},
      {"s3://bucket/x", "word:s3 sym:: sym:/ sym:/ word:bucket sym:/ word:x"},
      {"t /*+ OPTIONS('a'='b') */ x",
       "word:t hint:/*+ word:OPTIONS sym:( string:'a' sym:= string:'b' sym:) endhint:*/ word:x"},
      {"a */ b", "word:a sym:* sym:/ word:b"},
      {"größe 名前", "word:größe word:名前"},
      {"'abc", "error:'abc"},
      {"`abc", "error:`abc"},
      {"/* abc", "error:/* abc"},
      {"``", "error:``"},
      {"a \" b", "word:a error:\" word:b"},
      {"a\xC2\xA0"
       "b",
       "word:a error:\xC2\xA0 word:b"},
      {"a \xFF b", "word:a error:\xFF word:b"},
  };
  for (const Case& c : cases) EXPECT_EQ(Lex(c.text), c.tokens) << c.text;
}

TEST(Lexer, KeepsCommentsWhenAsked) {
  EXPECT_EQ(Lex("a -- b\n/* c */ d", Comments::kKeep), "word:a comment:-- b comment:/* c */ word:d");
}

TEST(Lexer, SpansCountCodePointsFromTheOrigin) {
  const std::vector<Token> tokens = Tokenize("ä b\n  c", {.offset = 10, .line = 3, .column = 5});
  ASSERT_EQ(tokens.size(), 4U);
  EXPECT_EQ(tokens[0].span, (SourceSpan{10, 2, 3, 5}));
  EXPECT_EQ(tokens[1].span, (SourceSpan{13, 1, 3, 7}));
  EXPECT_EQ(tokens[2].span, (SourceSpan{17, 1, 4, 3}));
  EXPECT_FALSE(tokens[1].after_newline);
  EXPECT_TRUE(tokens[2].after_newline);
  EXPECT_EQ(tokens[3].span, (SourceSpan{18, 0, 4, 4}));
}

TEST(Lexer, TakesAllLineEnds) {
  const std::vector<Token> tokens = Tokenize("a\r\nb\rc\nd");
  ASSERT_EQ(tokens.size(), 5U);
  EXPECT_EQ(tokens[1].span.line, 2U);
  EXPECT_EQ(tokens[2].span.line, 3U);
  EXPECT_EQ(tokens[3].span.line, 4U);
  EXPECT_EQ(tokens[3].span.column, 1U);
}

std::string Value(std::string_view text, char uescape = '\\') {
  const Result<std::string> value = TokenValue(Tokenize(text)[0], uescape);
  return value.ok() ? *value : "error: " + value.error().message;
}

TEST(TokenValue, ResolvesQuotesAndEscapes) {
  EXPECT_EQ(Value("'it''s'"), "it's");
  EXPECT_EQ(Value("''"), "");
  EXPECT_EQ(Value("'a\\nb'"), "a\\nb");
  EXPECT_EQ(Value("`a``b`"), "a`b");
  EXPECT_EQ(Value("N'x'"), "x");
  EXPECT_EQ(Value("_UTF16'x'"), "x");
  EXPECT_EQ(Value("X'00fF'"), std::string("\0\xFF", 2));
  EXPECT_EQ(Value("U&'\\0041\\+01F600\\\\'"), "A\xF0\x9F\x98\x80\\");
  EXPECT_EQ(Value("U&'\\D83D\\DE00'"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(Value("U&'!0041'", '!'), "A");
  EXPECT_EQ(Value("E'a\\tb\\n\\\\ \\' \\x41 \\101 \\u00e4 \\q'"), "a\tb\n\\ ' A A \xC3\xA4 q");
  EXPECT_EQ(Value("E'it''s'"), "it's");
}

TEST(TokenValue, RefusesBadEscapes) {
  EXPECT_EQ(Value("U&'\\00'"), "error: Bad Unicode escape '\\00'");
  EXPECT_EQ(Value("U&'\\D800'"), "error: Bad Unicode escape '\\D800'");
  EXPECT_EQ(Value("E'\\u12'"), "error: Bad escape '\\u12'");
  EXPECT_EQ(Value("X'0'"), "error: A binary string must have an even number of hexadecimal digits");
  EXPECT_EQ(Value("X'zz'"), "error: A binary string may have hexadecimal digits only");
}

}  // namespace
}  // namespace millrace::sql
