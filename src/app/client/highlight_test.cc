#include "app/client/highlight.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

TEST(Highlight, KeywordsStringsNumbersComments) {
  EXPECT_EQ(Highlight("SELECT a, 'x--y' -- why\nFROM t LIMIT 12"),
            "\x1b[1;34mSELECT\x1b[0m a, \x1b[32m'x--y'\x1b[0m \x1b[2m-- why\x1b[0m\n\x1b[1;34mFROM\x1b[0m t "
            "\x1b[1;34mLIMIT\x1b[0m \x1b[36m12\x1b[0m");
}

TEST(Highlight, WhatIsStillBeingTyped) {
  EXPECT_EQ(Highlight("'open"), "\x1b[32m'open\x1b[0m");
  EXPECT_EQ(Highlight("`select` /* open"), "`select` \x1b[2m/* open\x1b[0m");
}

TEST(Highlight, NoVisibleCharacterIsLost) {
  for (const std::string text :
       {"", "\n\n", "SELECT\t1e3 , X'00'\n;;", "é日本 'ü' \xff\xfe", "/*+ OPTIONS('a'='b') */"}) {
    std::string plain;
    const std::string shown = Highlight(text);
    for (size_t i = 0; i < shown.size(); ++i) {
      if (shown[i] == '\x1b') {
        i = shown.find('m', i);
      } else {
        plain += shown[i];
      }
    }
    EXPECT_EQ(plain, text);
  }
}

}  // namespace
}  // namespace millrace::app::client
