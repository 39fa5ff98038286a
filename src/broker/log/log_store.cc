#include "broker/log/log_store.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::broker {
namespace {

// Producer ids are noted on disk by the block, ahead of their use.
constexpr int64_t kProducerIdBlock = 1000;

kafka::Uuid RandomUuid() {
  std::random_device device;
  kafka::Uuid uuid;
  for (auto& byte : uuid.bytes) byte = static_cast<uint8_t>(device());
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);  // version 4, random
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

}  // namespace

LogStore::LogStore(LogStoreOptions options) : options_(std::move(options)) {
  if (!options_.new_uuid) options_.new_uuid = RandomUuid;
}

LogStore::~LogStore() {
  if (const Status status = Close(); !status.ok()) {
    Log(LogLevel::kError, "log", "cannot close {}: {}", options_.data_dir, status.error().ToString());
  }
}

Result<std::unique_ptr<LogStore>> LogStore::Open(LogStoreOptions options) {
  std::unique_ptr<LogStore> store(new LogStore(std::move(options)));
  auto lock = DirectoryLock::Acquire(store->options_.data_dir, "the Millrace broker");
  if (!lock.ok()) {
    store->closed_ = true;  // there is nothing to close
    return std::move(lock).error();
  }
  store->lock_ = std::move(*lock);
  if (Status status = store->Load(); !status.ok()) {
    store->closed_ = true;  // nothing that was not whole may be marked as cleanly closed
    return std::move(status.error()).InContext(fmt::format("Cannot open the data folder {}", store->options_.data_dir));
  }
  if (store->options_.background_threads) {
    store->threads_ = std::make_unique<StorageThreads>(
        store->options_.flush_interval_ms,
        [raw = store.get()] {
          if (const Status status = raw->FlushAll(); !status.ok()) {
            Log(LogLevel::kError, "log", "flush failed: {}", status.error().ToString());
          }
        },
        [raw = store.get()] { raw->RunMaintenance(raw->options_.clock->WallMillis()); });
  }
  return store;
}

TopicPtr LogStore::FindTopic(const std::string& name) {
  std::shared_lock lock(topics_mutex_);
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second;
}

TopicPtr LogStore::FindTopic(const kafka::Uuid& id) {
  std::shared_lock lock(topics_mutex_);
  const auto found = topics_by_id_.find(id);
  return found == topics_by_id_.end() ? nullptr : found->second;
}

std::vector<TopicPtr> LogStore::Topics() {
  std::shared_lock lock(topics_mutex_);
  std::vector<TopicPtr> topics;
  for (const auto& [name, topic] : topics_) topics.push_back(topic);
  return topics;
}

void LogStore::Show(const TopicPtr& topic) {
  std::unique_lock lock(topics_mutex_);
  topics_[topic->name] = topic;
  topics_by_id_[topic->id] = topic;
}

void LogStore::Hide(const Topic& topic) {
  std::unique_lock lock(topics_mutex_);
  topics_by_id_.erase(topic.id);
  topics_.erase(topic.name);
}

std::vector<std::shared_ptr<PartitionLog>> LogStore::Logs() {
  std::vector<std::shared_ptr<PartitionLog>> logs;
  for (const TopicPtr& topic : Topics()) {
    for (const auto& partition : topic->partitions) logs.push_back(std::static_pointer_cast<PartitionLog>(partition));
  }
  return logs;
}

Result<TopicPtr> LogStore::CreateTopic(const std::string& name, int32_t num_partitions, const ConfigMap& configs) {
  std::lock_guard change(change_mutex_);
  if (closed_) return ExternalError("The broker stops.");
  if (FindTopic(name) != nullptr) return UserError(fmt::format("Topic '{}' already exists.", name));
  MR_TRY(CheckFolderIsFree(name, 0, num_partitions));
  const TopicMetadata topic{
      .name = name, .id = options_.new_uuid(), .num_partitions = num_partitions, .configs = configs};
  MR_TRY(Record(MetadataState::TopicSet(topic)));
  auto opened = OpenTopic(topic, /*clean=*/true);
  if (opened.ok()) {
    if (Status synced = options_.files->SyncDirectory(options_.data_dir); !synced.ok()) {
      opened = std::move(synced.error());
    }
  }
  if (!opened.ok()) {
    MR_TRY(Record(MetadataState::TopicDeleted(topic)));
    folders_dropped_ = true;
    return opened;
  }
  Show(*opened);
  return opened;
}

Status LogStore::DeleteTopic(const std::string& name) {
  std::lock_guard change(change_mutex_);
  const TopicPtr topic = FindTopic(name);
  if (topic == nullptr) return UserError(fmt::format("Topic '{}' does not exist.", name));
  MR_TRY(Record(MetadataState::TopicDeleted({.name = name, .id = topic->id})));
  Hide(*topic);
  for (const auto& partition : topic->partitions) DropFolder(static_cast<PartitionLog&>(*partition), topic->id);
  folders_dropped_ = true;
  return Ok();
}

Status LogStore::AddPartitions(const std::string& name, int32_t num_partitions) {
  std::lock_guard change(change_mutex_);
  const TopicPtr topic = FindTopic(name);
  if (topic == nullptr) return UserError(fmt::format("Topic '{}' does not exist.", name));
  const auto current = static_cast<int32_t>(topic->partitions.size());
  if (num_partitions <= current) {
    return UserError(fmt::format("Topic '{}' has {} partitions already.", name, current));
  }
  MR_TRY(CheckFolderIsFree(name, current, num_partitions));
  const TopicMetadata grown{.name = name, .id = topic->id, .num_partitions = num_partitions, .configs = topic->configs};
  // The folders first: a broken off attempt leaves empty ones, which the next one takes over.
  MR_ASSIGN(const TopicPtr opened, OpenTopic(grown, /*clean=*/true, topic.get()));
  MR_TRY(options_.files->SyncDirectory(options_.data_dir));
  MR_TRY(Record(MetadataState::TopicSet(grown)));
  Show(opened);
  return Ok();
}

Status LogStore::SetTopicConfigs(const std::string& name, const ConfigMap& configs) {
  std::lock_guard change(change_mutex_);
  const TopicPtr topic = FindTopic(name);
  if (topic == nullptr) return UserError(fmt::format("Topic '{}' does not exist.", name));
  MR_TRY(Record(MetadataState::TopicSet({.name = name,
                                         .id = topic->id,
                                         .num_partitions = static_cast<int32_t>(topic->partitions.size()),
                                         .configs = configs})));
  auto changed = std::make_shared<Topic>(*topic);
  changed->configs = configs;
  const LogConfig config = MakeLogConfig(configs, options_.broker_configs);
  for (const auto& partition : changed->partitions) static_cast<PartitionLog&>(*partition).SetConfig(config);
  Show(changed);
  return Ok();
}

std::string LogStore::ClusterId() {
  std::lock_guard lock(metadata_mutex_);
  return metadata_.cluster_id();
}

Result<int64_t> LogStore::NextProducerId() {
  std::lock_guard lock(metadata_mutex_);
  if (next_producer_id_ >= metadata_.producer_ids_end()) {
    MR_TRY(RecordLocked(MetadataState::ProducerIdsReserved(next_producer_id_ + kProducerIdBlock)));
  }
  return next_producer_id_++;
}

std::vector<std::string> LogStore::Groups() {
  std::lock_guard lock(metadata_mutex_);
  std::vector<std::string> groups;
  for (const auto& [group, offsets] : metadata_.groups()) groups.push_back(group);
  return groups;
}

GroupOffsets LogStore::Offsets(const std::string& group) {
  std::lock_guard lock(metadata_mutex_);
  const auto found = metadata_.groups().find(group);
  return found == metadata_.groups().end() ? GroupOffsets{} : found->second;
}

std::optional<CommittedOffset> LogStore::Find(const std::string& group, const TopicPartition& partition) {
  std::lock_guard lock(metadata_mutex_);
  const auto found = metadata_.groups().find(group);
  if (found == metadata_.groups().end()) return std::nullopt;
  const auto offset = found->second.find(partition);
  return offset == found->second.end() ? std::nullopt : std::optional(offset->second);
}

Status LogStore::Put(const std::string& group, const GroupOffsets& offsets) {
  return offsets.empty() ? Ok() : Record(MetadataState::OffsetsSet(group, offsets));
}

Status LogStore::Delete(const std::string& group, const std::vector<TopicPartition>& partitions) {
  return partitions.empty() ? Ok() : Record(MetadataState::OffsetsDeleted(group, partitions));
}

std::vector<Transaction> LogStore::Transactions() {
  std::lock_guard lock(metadata_mutex_);
  std::vector<Transaction> transactions;
  for (const auto& [id, transaction] : metadata_.transactions()) transactions.push_back(transaction);
  return transactions;
}

Status LogStore::PutTransaction(const Transaction& transaction, const std::map<std::string, GroupOffsets>& committed) {
  return Record(MetadataState::TransactionSet(transaction, committed));
}

Status LogStore::DeleteTransaction(const std::string& id) { return Record(MetadataState::TransactionDeleted(id)); }

Status LogStore::Record(const std::string& change) {
  std::lock_guard lock(metadata_mutex_);
  return RecordLocked(change);
}

Status LogStore::RecordLocked(const std::string& change) {
  MR_TRY(journal_->Append(change));
  MR_TRY(metadata_.Apply(change));
  if (options_.flush_always) return journal_->Sync();
  journal_dirty_ = true;
  NeedsFlush(nullptr, /*urgent=*/false);
  return Ok();
}

// ---- Flushing -------------------------------------------------------------------------------------------------------

void LogStore::NeedsFlush(std::shared_ptr<PartitionLog> log, bool urgent) {
  if (log != nullptr) {
    std::lock_guard lock(dirty_mutex_);
    dirty_.push_back(std::move(log));
  }
  std::lock_guard lock(threads_mutex_);
  if (threads_ != nullptr) threads_->Wake(urgent);
}

Status LogStore::SyncJournal() {
  std::lock_guard lock(metadata_mutex_);
  if (!journal_dirty_) return Ok();
  MR_TRY(journal_->Sync());
  journal_dirty_ = false;
  return Ok();
}

Status LogStore::FlushLogs() {
  std::vector<std::shared_ptr<PartitionLog>> logs;
  {
    std::lock_guard lock(dirty_mutex_);
    logs.swap(dirty_);
  }
  std::sort(logs.begin(), logs.end());
  logs.erase(std::unique(logs.begin(), logs.end()), logs.end());
  Status first_failure = Ok();
  for (const auto& log : logs) {
    if (Status status = log->Flush(); !status.ok() && first_failure.ok()) first_failure = std::move(status);
  }
  return first_failure;
}

Status LogStore::FlushAll() {
  Status logs = FlushLogs();
  MR_TRY(SyncJournal());
  return logs;
}

// ---- Maintenance ----------------------------------------------------------------------------------------------------

void LogStore::Maintain(PartitionLog& log, bool retention, bool compaction, bool checkpoint, int64_t now_ms) {
  const auto report = [&log](std::string_view what, const Error& error) {
    Log(LogLevel::kError, "log", "{}: {} failed: {}", log.name(), what, error.ToString());
  };
  if (retention) {
    if (const auto removed = log.ApplyRetention(now_ms); !removed.ok()) report("retention", removed.error());
    log.ExpireProducers(now_ms);
  }
  if (compaction) {
    if (const auto compacted = log.CompactIfNeeded(now_ms); !compacted.ok()) report("compaction", compacted.error());
  }
  if (checkpoint) {
    if (const Status saved = log.SaveCheckpoint(); !saved.ok()) report("checkpoint", saved.error());
  }
}

void LogStore::RunMaintenance(int64_t now_ms) {
  std::lock_guard lock(maintenance_mutex_);
  if (closed_) return;
  const auto due = [now_ms](int64_t* next, int64_t interval) {
    // A clock that jumps back far must not stop the work.
    if (now_ms < *next && *next - now_ms <= interval) return false;
    *next = now_ms + interval;
    return true;
  };
  const bool retention = due(&next_retention_ms_, options_.retention_check_ms);
  const bool compaction = due(&next_compaction_ms_, options_.compaction_check_ms);
  const bool checkpoint = due(&next_checkpoint_ms_, options_.checkpoint_ms);
  if (retention || compaction || checkpoint) {
    for (const auto& log : Logs()) {
      if (closed_) return;
      Maintain(*log, retention, compaction, checkpoint, now_ms);
    }
  }
  if (folders_dropped_.exchange(false)) RemoveDroppedFolders();
  std::lock_guard metadata_lock(metadata_mutex_);
  if (journal_->IsLong()) {
    if (const Status status = journal_->Rewrite(metadata_.Snapshot()); !status.ok()) {
      Log(LogLevel::kError, "log", "cannot write a new metadata journal: {}", status.error().ToString());
    }
  }
}

Status LogStore::Close() {
  if (closed_.exchange(true)) return Ok();
  std::unique_ptr<StorageThreads> threads;
  {
    std::lock_guard lock(threads_mutex_);
    threads = std::move(threads_);
  }
  threads.reset();  // waits for what they are doing
  std::lock_guard change(change_mutex_);
  Status first_failure = Ok();
  for (const auto& log : Logs()) {
    if (Status status = log->Close(); !status.ok() && first_failure.ok()) first_failure = std::move(status);
  }
  {
    std::lock_guard lock(metadata_mutex_);
    MR_TRY(journal_->Sync());
  }
  MR_TRY(first_failure);
  return WriteFileAtomically(*options_.files, fmt::format("{}/{}", options_.data_dir, kCleanShutdown),
                             "{\"version\":0}");
}

}  // namespace millrace::broker
