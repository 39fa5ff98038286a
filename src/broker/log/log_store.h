#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "broker/log/metadata_journal.h"
#include "broker/log/metadata_state.h"
#include "broker/log/partition_log.h"
#include "broker/log/storage_threads.h"
#include "broker/storage.h"

namespace millrace::broker {

// The file in the data folder that says that the last run ended in order.
inline constexpr std::string_view kCleanShutdown = ".kafka_cleanshutdown";

struct LogStoreOptions {
  std::string data_dir;
  ConfigMap broker_configs;   // validated; Kafka's broker-wide names ("log.retention.ms")
  bool flush_always = false;  // see BrokerOptions
  int64_t retention_check_ms = 300'000;
  int64_t compaction_check_ms = 15'000;
  int64_t checkpoint_ms = 60'000;
  int64_t flush_interval_ms = 100;
  // false: nothing happens by itself, the owner calls FlushAll and RunMaintenance (tests).
  bool background_threads = true;
  Clock* clock = &SystemClock();
  FileSystem* files = &RealFileSystem();
  std::function<kafka::Uuid()> new_uuid;  // absent: random
};

// The broker's data folder: one folder `<topic>-<n>` per partition, and `metadata-<n>.journal` with everything else:
// topics, their ids and settings, the cluster id, committed offsets, transactional ids, handed-out producer ids. One
// process at a time holds the folder. All calls from any thread.
class LogStore final : public Storage, private FlushListener {
 public:
  // Makes the folder when absent; recovers after a crash. User error for a folder in use or data this version cannot
  // read, external error when the disk fails.
  static Result<std::unique_ptr<LogStore>> Open(LogStoreOptions options);
  ~LogStore() override;  // as Close

  TopicPtr FindTopic(const std::string& name) override;
  TopicPtr FindTopic(const kafka::Uuid& id) override;
  std::vector<TopicPtr> Topics() override;
  Result<TopicPtr> CreateTopic(const std::string& name, int32_t num_partitions, const ConfigMap& configs) override;
  Status DeleteTopic(const std::string& name) override;
  Status AddPartitions(const std::string& name, int32_t num_partitions) override;
  Status SetTopicConfigs(const std::string& name, const ConfigMap& configs) override;
  std::string ClusterId() override;
  Result<int64_t> NextProducerId() override;
  Status Close() override;

  std::vector<std::string> Groups() override;
  GroupOffsets Offsets(const std::string& group) override;
  std::optional<CommittedOffset> Find(const std::string& group, const TopicPartition& partition) override;
  Status Put(const std::string& group, const GroupOffsets& offsets) override;
  Status Delete(const std::string& group, const std::vector<TopicPartition>& partitions) override;

  std::vector<Transaction> Transactions() override;
  Status PutTransaction(const Transaction& transaction, const std::map<std::string, GroupOffsets>& committed) override;
  Status DeleteTransaction(const std::string& id) override;

  // Brings everything that was written so far to the disk.
  Status FlushAll();
  // Does what is due at `now_ms` (wall time): retention, compaction, expiry of producers, checkpoints, removal of
  // deleted folders, a fresh journal. Failures of single partitions are logged and tried again the next time.
  void RunMaintenance(int64_t now_ms);

 private:
  explicit LogStore(LogStoreOptions options);
  void NeedsFlush(std::shared_ptr<PartitionLog> log, bool urgent) override;

  Status Load();
  Status LoadMetadata();
  // Removes what deleted topics left; `tell` of folders that belong to no topic.
  Status SweepFolders(bool tell);
  Result<std::shared_ptr<PartitionLog>> OpenPartition(const TopicMetadata& topic, int32_t partition, bool clean);
  // Opens the partitions `from` .. num_partitions - 1 of a topic and returns it with the earlier ones in front.
  Result<TopicPtr> OpenTopic(const TopicMetadata& topic, bool clean, const Topic* earlier = nullptr);
  Status CheckFolderIsFree(const std::string& name, int32_t from, int32_t num_partitions);
  void Show(const TopicPtr& topic);
  void Hide(const Topic& topic);
  std::vector<std::shared_ptr<PartitionLog>> Logs();
  std::string FolderOf(const std::string& topic, int32_t partition) const;
  void DropFolder(PartitionLog& log, const kafka::Uuid& topic_id);
  void RemoveDroppedFolders();
  Status Record(const std::string& change);
  Status RecordLocked(const std::string& change);
  Status SyncJournal();
  Status FlushLogs();
  void Maintain(PartitionLog& log, bool retention, bool compaction, bool checkpoint, int64_t now_ms);

  LogStoreOptions options_;
  std::optional<DirectoryLock> lock_;

  std::mutex change_mutex_;  // one change of topics at a time
  mutable std::shared_mutex topics_mutex_;
  std::map<std::string, TopicPtr> topics_;
  std::map<kafka::Uuid, TopicPtr> topics_by_id_;

  mutable std::mutex metadata_mutex_;  // guards metadata_, journal_, journal_dirty_ and the producer ids
  MetadataState metadata_;
  std::unique_ptr<MetadataJournal> journal_;
  bool journal_dirty_ = false;
  int64_t next_producer_id_ = 0;

  std::mutex dirty_mutex_;
  std::vector<std::shared_ptr<PartitionLog>> dirty_;

  std::mutex maintenance_mutex_;  // one RunMaintenance at a time; guards the times
  int64_t next_retention_ms_ = 0;
  int64_t next_compaction_ms_ = 0;
  int64_t next_checkpoint_ms_ = 0;
  std::atomic<bool> folders_dropped_ = false;
  std::atomic<bool> closed_ = false;

  std::unique_ptr<StorageThreads> threads_;
  std::mutex threads_mutex_;  // guards threads_ against Close
};

}  // namespace millrace::broker
