#include "app/produce/sales_events.h"

#include <gtest/gtest.h>

namespace millrace::app {
namespace {

TEST(SalesEvents, SameSeedGivesTheSameSales) {
  SalesEvents a(12, 2000, 7);
  SalesEvents b(12, 2000, 7);
  for (int i = 0; i < 1000; ++i) {
    const Sale x = a.Next(1'000'000 + i);
    const Sale y = b.Next(1'000'000 + i);
    EXPECT_EQ(x.store_id, y.store_id);
    EXPECT_EQ(x.amount, y.amount);
    EXPECT_EQ(x.time_millis, y.time_millis);
    EXPECT_GE(x.amount, 100);
    EXPECT_LE(x.amount, 1000);
    EXPECT_GE(x.time_millis, 1'000'000 + i - 2000);
    EXPECT_LE(x.time_millis, 1'000'000 + i);
  }
}

TEST(SalesEvents, StoresAreNamedAsInTheTutorial) {
  EXPECT_EQ(SalesEvents::StoreName(0), "ABC");
  EXPECT_EQ(SalesEvents::StoreName(1), "DEF");
  EXPECT_EQ(SalesEvents::StoreName(2), "GHI");
  EXPECT_EQ(SalesEvents::StoreName(7), "VWX");
  EXPECT_EQ(SalesEvents::StoreName(8), "S0009");
}

TEST(SalesEvents, AvroBytesAreStringIntLong) {
  std::string out;
  AppendSaleAvro({.store_id = "ABC", .amount = 100, .time_millis = 64}, &out);
  EXPECT_EQ(out, std::string("\x06"
                             "ABC\xC8\x01\x80\x01"));
}

}  // namespace
}  // namespace millrace::app
