#include "kafka/client/partitioner.h"

#include <set>

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

// Vectors of Kafka's own UtilsTest.testMurmur2.
TEST(Murmur2, MatchesJavaVectors) {
  EXPECT_EQ(Murmur2("21"), -973932308);
  EXPECT_EQ(Murmur2("foobar"), -790332482);
  EXPECT_EQ(Murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(Murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(Murmur2("abc"), 479470107);
}

TEST(PartitionForKey, ClearsTheSignBit) {
  EXPECT_EQ(PartitionForKey("foobar", 7), (-790332482 & 0x7fffffff) % 7);
  for (int i = 0; i < 1000; ++i) {
    const int32_t partition = PartitionForKey(std::to_string(i), 5);
    EXPECT_GE(partition, 0);
    EXPECT_LT(partition, 5);
  }
}

TEST(StickyPartitioner, StaysUntilABatchIsFull) {
  StickyPartitioner sticky(42, 1000);
  const int32_t first = sticky.Next(100, 4);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(sticky.Next(100, 4), first);
  EXPECT_NE(sticky.Next(100, 4), first);
}

TEST(StickyPartitioner, ReachesAllPartitions) {
  StickyPartitioner sticky(1, 1);
  std::set<int32_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(sticky.Next(10, 4));
  EXPECT_EQ(seen.size(), 4u);
}

TEST(RoundRobinPartitioner, VisitsPartitionsInTurn) {
  RoundRobinPartitioner turn;
  for (const int32_t expected : {0, 1, 2, 0, 1, 2}) EXPECT_EQ(turn.Next(3), expected);
}

}  // namespace
}  // namespace millrace::kafka
