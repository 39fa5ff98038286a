#include "codec/json.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace millrace::codec {
namespace {

std::string RoundTrip(std::string_view text) {
  auto value = ParseJson(text);
  return value.ok() ? value->ToString() : value.error().message;
}

TEST(Json, KeepsMemberOrderAndPrintsCompactly) {
  EXPECT_EQ(RoundTrip(R"( { "z" : 1 , "a" : [ true , null , "x" ] , "m" : { } } )"),
            R"({"z":1,"a":[true,null,"x"],"m":{}})");
}

TEST(Json, RepeatedMemberKeepsFirstPlaceAndLastValue) {
  EXPECT_EQ(RoundTrip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  std::string large = "{";
  for (int i = 0; i < 100; ++i) large += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  large.back() = '}';
  const auto value = ParseJson(large);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->members().size(), 50u);
  EXPECT_EQ(value->Find("k7")->AsInt(), 57);
}

TEST(Json, NumbersLookAsJavaPrintsThem) {
  EXPECT_EQ(RoundTrip("[0,-0,9223372036854775807,-9223372036854775808]"),
            "[0,0,9223372036854775807,-9223372036854775808]");
  EXPECT_EQ(RoundTrip("[1.0,1.5,0.001,1e10,1.25e-7,1e7,12345678901234567890]"),
            "[1.0,1.5,0.001,1.0E10,1.25E-7,1.0E7,1.2345678901234567E19]");
}

TEST(Json, StringsEscapeWhatJacksonEscapes) {
  EXPECT_EQ(RoundTrip(R"("a\"\\\/\b\f\n\r\t\u0001é😀\u00e9\ud83d\ude00")"),
            "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001é😀é😀\"");
}

TEST(Json, ErrorsNameThePlace) {
  EXPECT_EQ(RoundTrip("{\"a\" 1}"), "Invalid JSON at line 1, column 6: expected ':' after the member name");
  EXPECT_EQ(RoundTrip("[1,\n  2,\n  x]"), "Invalid JSON at line 3, column 3: expected a value");
  EXPECT_EQ(RoundTrip(""), "Invalid JSON at line 1, column 1: unexpected end of text, expected a value");
  EXPECT_EQ(RoundTrip("1 2"), "Invalid JSON at line 1, column 3: unexpected text after the end of the value");
}

TEST(Json, RejectsWhatRfc8259Rejects) {
  for (const char* bad : {"{",           "[",        "[1,]",        "{\"a\":1,}",  "01",
                          "1.",          "-",        "1e",          "+1",          "nul",
                          "'a'",         "\"\\x\"",  "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
                          "\"\\udc00\"", "\"a\nb\"", "\"abc",       "\xff",        "\"\xc3\"",
                          "{a:1}",       "1e999",    "//x\n1",      "NaN"}) {
    EXPECT_FALSE(ParseJson(bad).ok()) << bad;
  }
}

TEST(Json, DepthAndSizeAreBounded) {
  const std::string deep(100'000, '[');
  EXPECT_NE(RoundTrip(deep).find("nested deeper than 200 levels"), std::string::npos);
  EXPECT_FALSE(ParseJson("[1,2,3]", {.max_bytes = 3}).ok());
}

TEST(Json, AccessorsAndSet) {
  Json object = Json::MakeObject();
  object.Set("a", 1).Set("b", "text").Set("a", true);
  EXPECT_EQ(object.ToString(), R"({"a":true,"b":"text"})");
  EXPECT_EQ(*object.FindString("b"), "text");
  EXPECT_EQ(object.FindString("a"), nullptr);
  EXPECT_EQ(object.Find("c"), nullptr);
  EXPECT_EQ(Json(3).AsDouble(), 3.0);
}

Json RandomJson(std::mt19937& random, int depth) {
  switch (random() % (depth > 4 ? 5 : 7)) {
    case 0: return Json();
    case 1: return Json(random() % 2 == 0);
    case 2: return Json(static_cast<int64_t>(random()) << (random() % 31));
    case 3: return Json((static_cast<double>(random()) - 2e9) * std::pow(10.0, static_cast<int>(random() % 40) - 20));
    case 4: {
      std::string text;
      for (unsigned i = random() % 8; i > 0; --i) text += static_cast<char>(random() % 128);
      return Json(text);
    }
    case 5: {
      Json array = Json::MakeArray();
      for (unsigned i = random() % 4; i > 0; --i) array.Append(RandomJson(random, depth + 1));
      return array;
    }
    default: {
      Json object = Json::MakeObject();
      for (unsigned i = random() % 4; i > 0; --i) {
        object.Set("m" + std::to_string(random() % 5), RandomJson(random, depth + 1));
      }
      return object;
    }
  }
}

TEST(Json, PropertyPrintThenParseGivesTheSameValue) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Json value = RandomJson(random, 0);
    const auto again = ParseJson(value.ToString());
    ASSERT_TRUE(again.ok()) << value.ToString() << again.error().message;
    ASSERT_EQ(*again, value) << value.ToString();
  }
}

TEST(Json, PropertyCutOrBrokenTextNeverCrashes) {
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string text = RandomJson(random, 0).ToString();
    text.resize(random() % (text.size() + 1));
    if (!text.empty()) text[random() % text.size()] = static_cast<char>(random());
    (void)ParseJson(text).ok();
  }
}

}  // namespace
}  // namespace millrace::codec
