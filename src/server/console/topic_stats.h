#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kafka/client/admin.h"
#include "server/console/sample_ring.h"

namespace millrace::server::console {

struct PartitionState {
  int32_t id = 0;
  int32_t leader = -1;
  std::vector<int32_t> replicas;
  std::vector<int32_t> in_sync;
  int64_t start = -1;  // first offset that can be read; -1 = not known (no leader)
  int64_t end = -1;    // one past the last
};

struct TopicState {
  std::string name;
  bool internal = false;  // "__…" and the registry's "_schemas"
  std::vector<PartitionState> partitions;
  int64_t messages = 0;      // offsets between start and end
  double messages_rate = 0;  // written per second, over the last seconds
  std::optional<int64_t> bytes;
  std::optional<double> bytes_rate;
  // Of its configuration; none until it was read.
  std::optional<std::string> retention_ms;
  std::optional<std::string> cleanup_policy;
};

// All topics at one moment. Never changes.
struct TopicSnapshot {
  bool reachable = false;
  std::string error;  // why not
  int64_t taken_millis = 0;
  std::vector<TopicState> topics;  // by name
  const TopicState* Find(const std::string& name) const;
};

// Watches a cluster's topics: Sample() asks it, everything else answers from what is known, so that a list of thousands
// of topics needs no request. Thread-safe; one Sample at a time.
class TopicStats {
 public:
  // Bytes on disk by topic, where the broker is in this process; else empty, and the brokers are asked.
  using Sizes = std::function<std::map<std::string, int64_t>()>;
  TopicStats(kafka::AdminClient& admin, Sizes sizes) : admin_(admin), sizes_(std::move(sizes)) {}

  // One look: end offsets each time (one request per broker); topics and start offsets every kSlowMillis or after
  // Invalidate; configurations of at most kConfigsPerSample topics.
  void Sample(int64_t now_millis);
  // The next Sample sees topics that were just created, deleted or changed.
  void Invalidate(const std::string& topic = "");

  std::shared_ptr<const TopicSnapshot> snapshot() const;

  struct History {
    SampleRing::Series messages;  // in the topic
    std::vector<std::optional<double>> messages_rate;
  };
  // Topics in motion have a history, at most kMaxHistories; one that is asked for gets one from then on.
  History Read(const std::string& topic, HistoryRange range);

  static constexpr int64_t kSlowMillis = 5'000;
  static constexpr int64_t kConfigMillis = 300'000;
  static constexpr size_t kConfigsPerSample = 500;
  static constexpr size_t kMaxHistories = 400;

 private:
  struct Track {                                    // what is kept of a topic from sample to sample
    std::deque<std::pair<int64_t, int64_t>> ends;   // (millis, sum of end offsets), the last seconds
    std::deque<std::pair<int64_t, int64_t>> sizes;  // (millis, bytes)
    int64_t config_millis = -1;                     // when the two below were read
    std::optional<std::string> retention_ms;
    std::optional<std::string> cleanup_policy;
  };
  struct Rings {
    SampleRing messages;
    SampleRing ends;
    int64_t changed_millis = 0;
  };
  Status Refresh(int64_t now_millis, TopicSnapshot& next);
  Status ReadOffsets(bool starts, TopicSnapshot& next);
  void ReadConfigs(int64_t now_millis, TopicSnapshot& next);
  void Note(int64_t now_millis, TopicState& topic);
  Rings* RingsOf(const std::string& topic, int64_t now_millis);

  kafka::AdminClient& admin_;
  Sizes sizes_;
  std::mutex sampling_;  // held during Sample, taken before mutex_
  int64_t slow_millis_ = INT64_MIN;
  std::map<std::string, Track> tracks_;

  mutable std::mutex mutex_;
  std::shared_ptr<const TopicSnapshot> snapshot_ = std::make_shared<TopicSnapshot>();  // under mutex_, as all below
  std::map<std::string, Rings> rings_;
  std::vector<std::string> changed_;  // topics whose configuration is to be read again
  bool invalid_ = false;
};

}  // namespace millrace::server::console
