#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "broker/log/log_store.h"

// The folders of the data folder: opening, naming, removing.
namespace millrace::broker {
namespace {

constexpr std::string_view kPartitionMetadata = "partition.metadata";
// The first character of a folder that waits for its removal; no topic has it in its name.
constexpr char kDropped = '~';

// The topic id in a partition's folder, as Kafka writes it: "version: 0\ntopic_id: <uuid>".
std::optional<kafka::Uuid> ReadTopicId(FileSystem& files, const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kPartitionMetadata);
  if (!files.Exists(path)) return std::nullopt;
  const auto text = ReadWholeFile(files, path);
  if (!text.ok()) return std::nullopt;
  constexpr std::string_view kLabel = "topic_id: ";
  for (const std::string& line : Split(*text, '\n')) {
    if (std::string_view(line).starts_with(kLabel)) {
      return kafka::UuidFromString(Trim(std::string_view(line).substr(kLabel.size())));
    }
  }
  return std::nullopt;
}

// "orders-3" -> ("orders", 3)
std::optional<std::pair<std::string, int32_t>> ParseFolder(std::string_view name) {
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto number = ParseInt64(name.substr(dash + 1));
  if (!number.has_value() || *number < 0 || *number > INT32_MAX) return std::nullopt;
  return std::pair(std::string(name.substr(0, dash)), static_cast<int32_t>(*number));
}

}  // namespace

std::string LogStore::FolderOf(const std::string& topic, int32_t partition) const {
  return fmt::format("{}/{}-{}", options_.data_dir, topic, partition);
}

Status LogStore::Load() {
  FileSystem& files = *options_.files;
  MR_TRY(files.MakeDirectories(options_.data_dir));
  const std::string marker = fmt::format("{}/{}", options_.data_dir, kCleanShutdown);
  const bool clean = files.Open(marker, OpenMode::kRead).ok();
  // Gone before anything is written, so that a crash from here on is seen as one.
  MR_TRY(files.Remove(marker));
  MR_TRY(files.SyncDirectory(options_.data_dir));
  MR_TRY(LoadMetadata());
  MR_TRY(SweepFolders(/*tell=*/true));
  for (const auto& [name, topic] : metadata_.topics()) {
    MR_ASSIGN(const TopicPtr opened, OpenTopic(topic, clean));
    Show(opened);
  }
  Log(LogLevel::kInfo, "log", "opened {} with {} topics{}", options_.data_dir, topics_.size(),
      clean || topics_.empty() ? "" : ", recovered after a crash");
  return Ok();
}

Status LogStore::LoadMetadata() {
  MR_ASSIGN(journal_, MetadataJournal::Open(*options_.files, options_.data_dir,
                                            [this](std::string_view change) { return metadata_.Apply(change); }));
  next_producer_id_ = metadata_.producer_ids_end();
  if (!metadata_.cluster_id().empty()) return Ok();
  MR_TRY(RecordLocked(MetadataState::ClusterIdSet(kafka::UuidToString(options_.new_uuid()))));
  return journal_->Sync();
}

Status LogStore::SweepFolders(bool tell) {
  FileSystem& files = *options_.files;
  std::set<kafka::Uuid> deleted;
  std::map<std::string, TopicMetadata> topics;
  {
    std::lock_guard lock(metadata_mutex_);
    deleted = metadata_.deleted();
    topics = metadata_.topics();
  }
  MR_ASSIGN(const auto names, files.List(options_.data_dir));
  for (const std::string& name : names) {
    const std::string path = options_.data_dir + "/" + name;
    if (!name.empty() && name[0] == kDropped) {
      MR_TRY(files.RemoveTree(path));
      continue;
    }
    const auto folder = ParseFolder(name);
    if (!folder.has_value() || !files.IsDirectory(path)) continue;
    const auto id = ReadTopicId(files, path);
    if (id.has_value() && deleted.contains(*id)) {
      MR_TRY(files.RemoveTree(path));
      continue;
    }
    const auto topic = topics.find(folder->first);
    if (!tell) continue;
    if (topic == topics.end() || folder->second >= topic->second.num_partitions) {
      Log(LogLevel::kWarn, "log", "the folder {} belongs to no topic; it is left alone", path);
    }
  }
  for (const kafka::Uuid& id : deleted) MR_TRY(Record(MetadataState::FoldersRemoved(id)));
  return Ok();
}

Status LogStore::CheckFolderIsFree(const std::string& name, int32_t from, int32_t num_partitions) {
  FileSystem& files = *options_.files;
  for (int32_t i = from; i < num_partitions; ++i) {
    const std::string folder = FolderOf(name, i);
    if (!files.Exists(folder)) continue;
    MR_ASSIGN(const auto names, files.List(folder));
    uint64_t bytes = 0;
    for (const std::string& each : names) {
      if (!std::string_view(each).ends_with(".log")) continue;
      MR_ASSIGN(const auto file, files.Open(folder + "/" + each, OpenMode::kRead));
      MR_ASSIGN(const uint64_t size, file->Size());
      bytes += size;
    }
    if (bytes > 0) {
      return UserError(fmt::format("The folder {} holds {} bytes of records of no known topic.", folder, bytes))
          .WithHint("Move it away first.");
    }
    MR_TRY(files.RemoveTree(folder));
  }
  return Ok();
}

Result<std::shared_ptr<PartitionLog>> LogStore::OpenPartition(const TopicMetadata& topic, int32_t partition,
                                                              bool clean) {
  FileSystem& files = *options_.files;
  LogOptions log;
  log.files = options_.files;
  log.clock = options_.clock;
  log.directory = FolderOf(topic.name, partition);
  log.name = fmt::format("{}-{}", topic.name, partition);
  log.config = MakeLogConfig(topic.configs, options_.broker_configs);
  log.clean = clean;
  log.flush_listener = this;
  MR_TRY(files.MakeDirectories(log.directory));
  const auto id = ReadTopicId(files, log.directory);
  if (id.has_value() && *id != topic.id) {
    return UserError(fmt::format("The folder {} belongs to the topic with the id {}, not to {}", log.directory,
                                 kafka::UuidToString(*id), kafka::UuidToString(topic.id)))
        .WithHint("Move it away first.");
  }
  if (!id.has_value()) {
    MR_TRY(ReplaceFile(files, fmt::format("{}/{}", log.directory, kPartitionMetadata),
                       fmt::format("version: 0\ntopic_id: {}", kafka::UuidToString(topic.id)), /*durable=*/false));
  }
  return PartitionLog::Open(std::move(log));
}

Result<TopicPtr> LogStore::OpenTopic(const TopicMetadata& topic, bool clean, const Topic* earlier) {
  auto opened = std::make_shared<Topic>();
  opened->name = topic.name;
  opened->id = topic.id;
  opened->configs = topic.configs;
  if (earlier != nullptr) opened->partitions = earlier->partitions;
  for (auto i = static_cast<int32_t>(opened->partitions.size()); i < topic.num_partitions; ++i) {
    MR_ASSIGN(auto log, OpenPartition(topic, i, clean));
    opened->partitions.push_back(std::move(log));
  }
  return TopicPtr(std::move(opened));
}

// Under the new name the folder is out of the way of a topic that takes the old one at once.
void LogStore::DropFolder(PartitionLog& log, const kafka::Uuid& topic_id) {
  log.Drop();
  const std::string_view folder = log.directory();
  const std::string_view number = folder.substr(folder.rfind('-') + 1);
  const std::string aside =
      fmt::format("{}/{}{}-{}", options_.data_dir, kDropped,
                  HexEncode({reinterpret_cast<const char*>(topic_id.bytes.data()), topic_id.bytes.size()}), number);
  if (const Status status = options_.files->Rename(log.directory(), aside); !status.ok()) {
    Log(LogLevel::kError, "log", "{}: cannot move the folder of a deleted topic away: {}", log.name(),
        status.error().ToString());
  }
}

void LogStore::RemoveDroppedFolders() {
  std::lock_guard change(change_mutex_);
  if (const Status status = SweepFolders(/*tell=*/false); !status.ok()) {
    folders_dropped_ = true;  // again the next time
    Log(LogLevel::kError, "log", "cannot remove the folders of deleted topics: {}", status.error().ToString());
  }
}

}  // namespace millrace::broker
