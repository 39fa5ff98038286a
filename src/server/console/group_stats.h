#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "server/console/topic_stats.h"

namespace millrace::server::console {

struct GroupOffset {
  kafka::TopicPartition place;
  int64_t offset = 0;  // the next record to read
  int64_t end = -1;    // -1 = not known
  int64_t lag() const { return end < 0 ? 0 : std::max<int64_t>(0, end - offset); }
};

struct GroupState {
  kafka::GroupDescription description;
  std::vector<GroupOffset> offsets;  // by place
  int64_t lag() const;
  std::vector<std::string> topics() const;
};

struct GroupSnapshot {
  bool reachable = false;
  std::string error;
  std::vector<GroupState> groups;  // by id
  const GroupState* Find(const std::string& id) const;
};

// Watches a cluster's consumer groups and how far they are behind. Thread-safe; one Sample at a time.
class GroupStats {
 public:
  GroupStats(kafka::ClientConfig config, kafka::AdminClient& admin, const TopicStats& topics)
      : config_(std::move(config)), admin_(admin), topics_(topics) {}

  // One look: members every kSlowMillis or after Invalidate, offsets of at most kGroupsPerSample groups, in turn.
  void Sample(int64_t now_millis);
  void Invalidate();  // groups or offsets were just changed
  std::shared_ptr<const GroupSnapshot> snapshot() const;
  // What the group has committed, asked now, over all topics.
  Result<std::vector<GroupOffset>> ReadOffsets(const std::string& group);

  struct History {
    SampleRing::Series lag;
    std::map<std::string, SampleRing::Series> partitions;  // "<topic>-<partition>", at most kMaxPartitionHistories
  };
  History Read(const std::string& group, HistoryRange range) const;

  static constexpr int64_t kSlowMillis = 3'000;
  static constexpr int64_t kScanMillis = 30'000;  // how soon a topic is found that a group did not read before
  static constexpr size_t kGroupsPerSample = 16;
  static constexpr size_t kMaxHistories = 200;  // groups with a history, and partitions with one over all groups
  static constexpr size_t kMaxPartitionHistories = 32;

 private:
  struct Track {
    std::unique_ptr<kafka::PartitionConsumer> reader;  // a member of nothing: asks for the group's offsets only
    std::set<kafka::TopicPartition> places;            // that it has offsets for or is assigned
    int64_t scan_millis = INT64_MIN;
    std::vector<GroupOffset> offsets;
    int64_t offsets_millis = INT64_MIN;
  };
  struct Rings {
    SampleRing lag;
    std::map<std::string, SampleRing> partitions;
  };
  Status Refresh(int64_t now_millis, GroupSnapshot& next);
  Status ReadOffsets(int64_t now_millis, const GroupState& group, Track& track);
  void Note(int64_t now_millis, const GroupState& group);

  const kafka::ClientConfig config_;
  kafka::AdminClient& admin_;
  const TopicStats& topics_;
  std::mutex sampling_;  // held during Sample, taken before mutex_
  int64_t slow_millis_ = INT64_MIN;
  std::map<std::string, Track> tracks_;

  mutable std::mutex mutex_;
  std::shared_ptr<const GroupSnapshot> snapshot_ = std::make_shared<GroupSnapshot>();  // under mutex_, as all below
  std::map<std::string, Rings> rings_;
  size_t num_partition_rings_ = 0;
  bool invalid_ = false;
};

}  // namespace millrace::server::console
