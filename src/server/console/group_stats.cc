#include "server/console/group_stats.h"

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::server::console {
namespace {

constexpr size_t kMaxReaders = 32;  // each is a client with connections of its own

int64_t EndOf(const TopicSnapshot& topics, const kafka::TopicPartition& place) {
  const TopicState* topic = topics.Find(place.topic);
  if (topic == nullptr) return -1;
  for (const PartitionState& partition : topic->partitions) {
    if (partition.id == place.partition) return partition.end;
  }
  return -1;
}

std::vector<kafka::TopicPartition> AllPlaces(const TopicSnapshot& topics) {
  std::vector<kafka::TopicPartition> out;
  for (const TopicState& topic : topics.topics) {
    for (const PartitionState& partition : topic.partitions) out.push_back({topic.name, partition.id});
  }
  return out;
}

std::vector<GroupOffset> WithEnds(const std::vector<kafka::TopicPartitionOffset>& committed,
                                  const TopicSnapshot& topics) {
  std::vector<GroupOffset> out;
  for (const auto& one : committed) {
    if (one.offset >= 0) out.push_back({one.place, one.offset, EndOf(topics, one.place)});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  return out;
}

}  // namespace

int64_t GroupState::lag() const {
  int64_t sum = 0;
  for (const GroupOffset& one : offsets) sum += one.lag();
  return sum;
}

std::vector<std::string> GroupState::topics() const {
  std::set<std::string> names;
  for (const GroupOffset& one : offsets) names.insert(one.place.topic);
  for (const kafka::GroupMember& member : description.members) {
    for (const kafka::TopicPartition& place : member.assignment) names.insert(place.topic);
  }
  return {names.begin(), names.end()};
}

const GroupState* GroupSnapshot::Find(const std::string& id) const {
  const auto it = std::lower_bound(
      groups.begin(), groups.end(), id,
      [](const GroupState& group, const std::string& wanted) { return group.description.group_id < wanted; });
  return it != groups.end() && it->description.group_id == id ? &*it : nullptr;
}

void GroupStats::Sample(int64_t now_millis) {
  const std::lock_guard sampling(sampling_);
  auto next = std::make_shared<GroupSnapshot>(*snapshot());
  const Status status = Refresh(now_millis, *next);
  next->reachable = status.ok();
  next->error = status.ok() ? "" : status.error().message;
  const std::lock_guard lock(mutex_);
  if (status.ok()) {
    std::erase_if(rings_, [&](const auto& rings) {
      const bool gone = next->Find(rings.first) == nullptr;
      if (gone) num_partition_rings_ -= rings.second.partitions.size();
      return gone;
    });
    for (const GroupState& group : next->groups) Note(now_millis, group);
  }
  snapshot_ = std::move(next);
}

Status GroupStats::Refresh(int64_t now_millis, GroupSnapshot& next) {
  bool slow = now_millis - kSlowMillis >= slow_millis_;
  {
    const std::lock_guard lock(mutex_);
    if (invalid_) {
      slow = true;
      for (auto& [group, track] : tracks_) track.scan_millis = INT64_MIN;
    }
    invalid_ = false;
  }
  if (slow) {
    MR_ASSIGN(const auto listed, admin_.ListGroups());
    std::vector<std::string> ids;
    for (const kafka::GroupListing& one : listed) ids.push_back(one.group_id);
    MR_ASSIGN(auto described, admin_.DescribeGroups(ids));
    std::sort(described.begin(), described.end(), [](const auto& a, const auto& b) { return a.group_id < b.group_id; });
    next.groups.clear();
    for (kafka::GroupDescription& one : described) next.groups.push_back({std::move(one), {}});
    std::erase_if(tracks_, [&](const auto& track) { return next.Find(track.first) == nullptr; });
    slow_millis_ = now_millis;
  }
  // Those that waited longest come first.
  std::vector<GroupState*> order;
  for (GroupState& group : next.groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(), [&](const GroupState* a, const GroupState* b) {
    return tracks_[a->description.group_id].offsets_millis < tracks_[b->description.group_id].offsets_millis;
  });
  for (size_t i = 0; i < std::min(order.size(), kGroupsPerSample); ++i) {
    const GroupState& group = *order[i];
    Track& track = tracks_[group.description.group_id];
    track.offsets_millis = now_millis;
    const Status status = ReadOffsets(now_millis, group, track);
    if (!status.ok())
      Log(LogLevel::kDebug, "console", "group {}: {}", group.description.group_id, status.error().message);
    if (order.size() > kMaxReaders) track.reader.reset();
  }
  const auto topics = topics_.snapshot();
  for (GroupState& group : next.groups) {
    group.offsets = tracks_[group.description.group_id].offsets;
    for (GroupOffset& one : group.offsets) one.end = EndOf(*topics, one.place);
  }
  return Ok();
}

Status GroupStats::ReadOffsets(int64_t now_millis, const GroupState& group, Track& track) {
  const auto topics = topics_.snapshot();
  if (track.reader == nullptr) {
    kafka::ClientConfig config = config_;
    config.properties["group.id"] = group.description.group_id;
    MR_ASSIGN(track.reader, kafka::PartitionConsumer::Create(config));
  }
  std::vector<kafka::TopicPartition> places;
  const bool scan = now_millis - kScanMillis >= track.scan_millis;
  if (scan) {
    places = AllPlaces(*topics);
  } else {
    for (const kafka::GroupMember& member : group.description.members) {
      track.places.insert(member.assignment.begin(), member.assignment.end());
    }
    std::erase_if(track.places, [&](const auto& place) { return topics->Find(place.topic) == nullptr; });
    places.assign(track.places.begin(), track.places.end());
  }
  if (places.empty()) return Ok();
  MR_ASSIGN(const auto committed, track.reader->Committed(places));
  track.offsets = WithEnds(committed, *topics);
  if (!scan) return Ok();
  track.scan_millis = now_millis;
  track.places.clear();
  for (const GroupOffset& one : track.offsets) track.places.insert(one.place);
  return Ok();
}

void GroupStats::Note(int64_t now_millis, const GroupState& group) {
  const auto known = rings_.find(group.description.group_id);
  if (known == rings_.end() && rings_.size() >= kMaxHistories) return;
  Rings& rings = rings_[group.description.group_id];
  rings.lag.Add(now_millis, static_cast<double>(group.lag()));
  for (const GroupOffset& one : group.offsets) {
    const std::string name = fmt::format("{}-{}", one.place.topic, one.place.partition);
    const auto ring = rings.partitions.find(name);
    if (ring != rings.partitions.end()) {
      ring->second.Add(now_millis, static_cast<double>(one.lag()));
    } else if (rings.partitions.size() < kMaxPartitionHistories && num_partition_rings_ < kMaxHistories) {
      ++num_partition_rings_;
      rings.partitions[name].Add(now_millis, static_cast<double>(one.lag()));
    }
  }
}

void GroupStats::Invalidate() {
  const std::lock_guard lock(mutex_);
  invalid_ = true;
}

std::shared_ptr<const GroupSnapshot> GroupStats::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Result<std::vector<GroupOffset>> GroupStats::ReadOffsets(const std::string& group) {
  const auto topics = topics_.snapshot();
  const std::vector<kafka::TopicPartition> places = AllPlaces(*topics);
  if (places.empty()) return std::vector<GroupOffset>();
  MR_ASSIGN(const auto committed, admin_.GroupOffsets(group, places));
  return WithEnds(committed, *topics);
}

GroupStats::History GroupStats::Read(const std::string& group, HistoryRange range) const {
  const std::lock_guard lock(mutex_);
  const auto rings = rings_.find(group);
  if (rings == rings_.end()) return {};
  History out{rings->second.lag.Read(range), {}};
  for (const auto& [name, ring] : rings->second.partitions) out.partitions.emplace(name, ring.Read(range));
  return out;
}

}  // namespace millrace::server::console
