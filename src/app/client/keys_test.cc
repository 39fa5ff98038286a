#include "app/client/keys.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::app::client {
namespace {

using Kind = Key::Kind;

std::vector<Key> Decode(std::string_view bytes, bool quiet = true) {
  KeyDecoder decoder;
  decoder.Feed(bytes);
  std::vector<Key> keys;
  while (auto key = decoder.Next(quiet)) keys.push_back(*key);
  return keys;
}

std::vector<Kind> Kinds(std::string_view bytes) {
  std::vector<Kind> kinds;
  for (const Key& key : Decode(bytes)) kinds.push_back(key.kind);
  return kinds;
}

TEST(KeyDecoder, TextComesByCodePoint) {
  EXPECT_EQ(Decode("aé日"), (std::vector<Key>{{.text = "a"}, {.text = "é"}, {.text = "日"}}));
  EXPECT_EQ(Decode("\xff\xfe"
                   "a"),
            (std::vector<Key>{{.text = "a"}}));
}

TEST(KeyDecoder, ControlAndArrows) {
  EXPECT_EQ(Decode("\x03"), (std::vector<Key>{{.kind = Kind::kControl, .letter = 'C'}}));
  EXPECT_EQ(Kinds("\r\t\x7f\x1b[A\x1bOB\x1b[C\x1b[D"),
            (std::vector<Kind>{Kind::kEnter, Kind::kTab, Kind::kBackspace, Kind::kUp, Kind::kDown, Kind::kRight,
                               Kind::kLeft}));
  EXPECT_EQ(Kinds("\x1b[H\x1b[4~\x1b[5~\x1b[6~\x1b[3~\x1b[Z\x1b[1;5C\x1b[1;3D\x1b"
                  "b"),
            (std::vector<Kind>{Kind::kHome, Kind::kEnd, Kind::kPageUp, Kind::kPageDown, Kind::kDelete, Kind::kBackTab,
                               Kind::kWordRight, Kind::kWordLeft, Kind::kWordLeft}));
}

TEST(KeyDecoder, WhatMeansNothingIsDropped) { EXPECT_EQ(Decode("\x1b[15~x"), (std::vector<Key>{{.text = "x"}})); }

TEST(KeyDecoder, AnEscapeAloneIsAKeyOnceNothingFollows) {
  KeyDecoder decoder;
  decoder.Feed("\x1b");
  EXPECT_FALSE(decoder.Next(false));
  decoder.Feed("[A");
  EXPECT_EQ(decoder.Next(false)->kind, Kind::kUp);
  decoder.Feed("\x1b");
  EXPECT_EQ(decoder.Next(true)->kind, Kind::kEscape);
  EXPECT_TRUE(decoder.empty());
}

TEST(KeyDecoder, TakesAnyBytes) {
  uint32_t random = 7;
  KeyDecoder decoder;
  for (int i = 0; i < 100'000; ++i) {
    random = random * 1664525 + 1013904223;
    // Escapes and brackets more often than by chance.
    const char byte = (random >> 28) < 3 ? "\x1b[O"[random >> 28] : static_cast<char>(random >> 16);
    decoder.Feed({&byte, 1});
    while (const auto key = decoder.Next((random >> 12) % 5 == 0)) {
      EXPECT_TRUE(key->kind != Kind::kText || !key->text.empty());
    }
  }
  decoder.Feed("\x1b[201~");  // ends a paste that may have begun
  while (decoder.Next(true)) {
  }
  EXPECT_TRUE(decoder.empty());
}

TEST(KeyDecoder, APasteIsOneKeyHoweverItArrives) {
  KeyDecoder decoder;
  decoder.Feed("\x1b[200~SELECT 1\r");
  EXPECT_FALSE(decoder.Next(true));
  decoder.Feed("\nFROM t;\x1b[201");
  EXPECT_FALSE(decoder.Next(true));
  decoder.Feed("~q");
  EXPECT_EQ(*decoder.Next(false), (Key{.kind = Kind::kPaste, .text = "SELECT 1\nFROM t;"}));
  EXPECT_EQ(decoder.Next(false)->text, "q");
}

}  // namespace
}  // namespace millrace::app::client
