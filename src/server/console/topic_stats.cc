#include "server/console/topic_stats.h"

#include <algorithm>

#include "base/log.h"

namespace millrace::server::console {
namespace {

constexpr int64_t kRateMillis = 5'000;

// Adds the newest and gives the change per second over the last kRateMillis.
double RateOf(std::deque<std::pair<int64_t, int64_t>>& samples, int64_t now_millis, int64_t value) {
  samples.emplace_back(now_millis, value);
  while (samples.size() > 2 && samples.front().first < now_millis - kRateMillis) samples.pop_front();
  const auto& [first_millis, first_value] = samples.front();
  if (now_millis <= first_millis) return 0;
  return static_cast<double>(std::max<int64_t>(0, value - first_value)) * 1'000.0 /
         static_cast<double>(now_millis - first_millis);
}

std::optional<std::string> ValueOf(const std::vector<kafka::ConfigEntry>& entries, std::string_view name) {
  for (const kafka::ConfigEntry& entry : entries) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace

const TopicState* TopicSnapshot::Find(const std::string& name) const {
  const auto it =
      std::lower_bound(topics.begin(), topics.end(), name,
                       [](const TopicState& topic, const std::string& wanted) { return topic.name < wanted; });
  return it != topics.end() && it->name == name ? &*it : nullptr;
}

void TopicStats::Sample(int64_t now_millis) {
  const std::lock_guard sampling(sampling_);
  auto next = std::make_shared<TopicSnapshot>(*snapshot());
  next->taken_millis = now_millis;
  Status status = Refresh(now_millis, *next);
  if (!status.ok() && slow_millis_ != INT64_MIN) {  // a topic that was there a moment ago may be gone
    slow_millis_ = INT64_MIN;
    status = Refresh(now_millis, *next);
  }
  next->reachable = status.ok();
  next->error = status.ok() ? "" : status.error().message;
  if (!status.ok()) {
    slow_millis_ = INT64_MIN;
    next->topics = snapshot()->topics;  // what was known last
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

Status TopicStats::Refresh(int64_t now_millis, TopicSnapshot& next) {
  bool slow = now_millis - kSlowMillis >= slow_millis_;
  {
    const std::lock_guard lock(mutex_);
    slow |= invalid_;
    invalid_ = false;
    for (const std::string& topic : changed_) tracks_[topic].config_millis = -1;
    changed_.clear();
  }
  if (slow) {
    MR_ASSIGN(const auto topics, admin_.DescribeTopics());
    const TopicSnapshot old = std::move(next);
    next = TopicSnapshot{.taken_millis = now_millis};
    for (const kafka::TopicDescription& topic : topics) {
      TopicState& state = next.topics.emplace_back();
      state.name = topic.name;
      state.internal = topic.name.starts_with("__") || topic.name == "_schemas";
      for (const kafka::PartitionDescription& one : topic.partitions) {
        state.partitions.push_back({one.id, one.leader, one.replicas, one.in_sync_replicas});
      }
    }
    std::erase_if(tracks_, [&](const auto& track) { return next.Find(track.first) == nullptr; });
  }
  MR_TRY(ReadOffsets(slow, next));
  if (slow) slow_millis_ = now_millis;
  ReadConfigs(now_millis, next);
  std::map<std::string, int64_t> sizes;
  if (sizes_) {
    sizes = sizes_();
  } else if (slow) {
    if (auto told = admin_.DescribeLogDirs(); told.ok()) sizes = std::move(*told);  // else they are not known
  }
  const std::lock_guard lock(mutex_);
  for (TopicState& topic : next.topics) {
    if (const auto size = sizes.find(topic.name); size != sizes.end()) {
      topic.bytes = size->second;
      topic.bytes_rate = RateOf(tracks_[topic.name].sizes, now_millis, size->second);
    }
    Note(now_millis, topic);
  }
  std::erase_if(rings_, [&](const auto& rings) { return next.Find(rings.first) == nullptr; });
  return Ok();
}

Status TopicStats::ReadOffsets(bool starts, TopicSnapshot& next) {
  // A partition without leader would hold the whole lookup up.
  std::vector<kafka::TopicPartition> places;
  std::vector<PartitionState*> targets;
  for (TopicState& topic : next.topics) {
    for (PartitionState& partition : topic.partitions) {
      if (partition.leader < 0) continue;
      places.push_back({topic.name, partition.id});
      targets.push_back(&partition);
    }
  }
  const auto take = [&](const std::vector<kafka::TopicPartitionOffset>& found, int64_t PartitionState::* member) {
    std::map<std::pair<std::string_view, int32_t>, int64_t> by_place;
    const bool same_order = found.size() == places.size() &&
                            std::equal(found.begin(), found.end(), places.begin(),
                                       [](const auto& one, const auto& place) { return one.place == place; });
    if (!same_order) {
      for (const auto& one : found) by_place[{one.place.topic, one.place.partition}] = one.offset;
    }
    for (size_t i = 0; i < places.size(); ++i) {
      int64_t offset = kafka::kNoOffset;
      if (same_order) {
        offset = found[i].offset;
      } else if (const auto it = by_place.find({places[i].topic, places[i].partition}); it != by_place.end()) {
        offset = it->second;
      }
      if (offset >= 0) targets[i]->*member = offset;
    }
  };
  if (starts) {
    MR_ASSIGN(const auto found, admin_.BeginningOffsets(places, kafka::OnMissing::kSkip));
    take(found, &PartitionState::start);
  }
  MR_ASSIGN(const auto found, admin_.EndOffsets(places, kafka::OnMissing::kSkip));
  take(found, &PartitionState::end);
  return Ok();
}

void TopicStats::ReadConfigs(int64_t now_millis, TopicSnapshot& next) {
  std::vector<std::string> wanted;
  for (const TopicState& topic : next.topics) {
    const Track& track = tracks_[topic.name];
    if (track.config_millis < 0 || now_millis - track.config_millis >= kConfigMillis) wanted.push_back(topic.name);
    if (wanted.size() == kConfigsPerSample) break;
  }
  if (!wanted.empty()) {
    const auto configs = admin_.DescribeTopicConfigs(wanted);
    if (!configs.ok()) Log(LogLevel::kDebug, "console", "{}", configs.error().message);
    for (const std::string& topic : wanted) {
      Track& track = tracks_[topic];
      track.config_millis = now_millis;  // one that may not be read is not asked for all the time
      if (!configs.ok()) continue;
      const auto entries = configs->find(topic);
      if (entries == configs->end()) continue;
      track.retention_ms = ValueOf(entries->second, "retention.ms");
      track.cleanup_policy = ValueOf(entries->second, "cleanup.policy");
    }
  }
  for (TopicState& topic : next.topics) {
    const Track& track = tracks_[topic.name];
    topic.retention_ms = track.retention_ms;
    topic.cleanup_policy = track.cleanup_policy;
  }
}

void TopicStats::Note(int64_t now_millis, TopicState& topic) {
  int64_t ends = 0;
  topic.messages = 0;
  for (const PartitionState& partition : topic.partitions) {
    ends += std::max<int64_t>(0, partition.end);
    if (partition.start >= 0) topic.messages += std::max<int64_t>(0, partition.end - partition.start);
  }
  Track& track = tracks_[topic.name];
  const bool moved = !track.ends.empty() && track.ends.back().second != ends;
  topic.messages_rate = RateOf(track.ends, now_millis, ends);
  const auto known = rings_.find(topic.name);
  Rings* rings = known != rings_.end() ? &known->second : moved ? RingsOf(topic.name, now_millis) : nullptr;
  if (rings == nullptr) return;
  if (moved) rings->changed_millis = now_millis;
  rings->messages.Add(now_millis, static_cast<double>(topic.messages));
  rings->ends.Add(now_millis, static_cast<double>(ends));
}

TopicStats::Rings* TopicStats::RingsOf(const std::string& topic, int64_t now_millis) {
  if (rings_.size() >= kMaxHistories && !rings_.contains(topic)) {
    const auto stillest = std::min_element(rings_.begin(), rings_.end(), [](const auto& a, const auto& b) {
      return a.second.changed_millis < b.second.changed_millis;
    });
    if (stillest->second.changed_millis >= now_millis) return nullptr;
    rings_.erase(stillest);
  }
  Rings& rings = rings_[topic];
  rings.changed_millis = now_millis;
  return &rings;
}

void TopicStats::Invalidate(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  invalid_ = true;
  if (!topic.empty()) changed_.push_back(topic);
}

std::shared_ptr<const TopicSnapshot> TopicStats::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

TopicStats::History TopicStats::Read(const std::string& topic, HistoryRange range) {
  const std::lock_guard lock(mutex_);
  Rings* rings = RingsOf(topic, snapshot_->taken_millis);
  if (rings == nullptr) return {};
  return {rings->messages.Read(range), Rates(rings->ends.Read(range))};
}

}  // namespace millrace::server::console
