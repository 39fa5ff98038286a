#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "broker/log/batch_check.h"
#include "broker/log/checkpoint.h"
#include "broker/log/log_config.h"
#include "broker/log/observers.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment.h"
#include "broker/log/segment_list.h"
#include "broker/storage.h"

namespace millrace::broker {

class PartitionLog;

// Told by a log that has bytes which are not on the disk yet. All calls from any thread, under no lock of the log.
class FlushListener {
 public:
  virtual ~FlushListener() = default;
  // `urgent`: somebody waits for it, or a lot has gathered; else within the usual interval.
  virtual void NeedsFlush(std::shared_ptr<PartitionLog> log, bool urgent) = 0;
};

struct LogOptions {
  FileSystem* files = &RealFileSystem();
  Clock* clock = &SystemClock();
  std::string directory;  // of this partition; made when absent
  std::string name;       // "<topic>-<n>", for messages
  LogConfig config;
  // After an orderly shutdown: files are taken as they are. Else everything from the recovery point on is checked.
  bool clean = false;
  FlushListener* flush_listener = nullptr;  // outlives the log; null: the owner calls Flush
  uint64_t urgent_flush_bytes = 64u << 20;
};

// A piece of a segment file: whole batches, for sendfile. Valid as long as `segment` is held.
struct FileRange {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  PartitionBounds bounds;
  std::shared_ptr<Segment> segment;  // null: nothing to read yet
  uint64_t position = 0;
  size_t length = 0;
};

// One partition on disk in Kafka's layout: `%020d.log` with record batches as they came, `.index` (offset -> position),
// `.timeindex` (time -> offset) and `.txnindex` (aborted transactions) beside each, `.snapshot` with the producers'
// state, `leader-epoch-checkpoint`.
// Nothing is re-encoded but the header fields a broker owns; records are looked at only where a topic setting asks.
//
// Threads: appends are serialised by a mutex. Readers take no lock but the one that copies the pointer to the list of
// segments. Flush, maintenance and reads may run at any time; maintenance calls are serialised among themselves.
//
// Durability: Append returns when the kernel has the bytes, which survives the death of the process; Flush brings them
// to the disk. A write that fails (disk full) is cut off again and answered with KAFKA_STORAGE_ERROR; later appends try
// anew. A failed sync leaves unknown bytes on the disk: the log then takes no more writes until it is opened again.
class PartitionLog final : public PartitionStore, public std::enable_shared_from_this<PartitionLog> {
 public:
  // Opens or creates the folder and brings it into order: completes an interrupted compaction, checks what is not known
  // to be whole (length, magic, checksum, rising offsets), cuts off from the first bad byte on, rebuilds indexes, loads
  // a snapshot of the producers and replays the batches after it, which also finds the open transactions. External
  // error when the disk fails.
  static Result<std::shared_ptr<PartitionLog>> Open(LogOptions options);
  ~PartitionLog() override = default;

  // ---- PartitionStore
  PartitionBounds Bounds() const override;
  int64_t SizeInBytes() const override;
  AppendOutcome Append(std::string_view batch) override;
  void BeginTransaction(int64_t producer_id, int16_t epoch) override;
  AppendOutcome AppendMarker(const TransactionMarker& marker) override;
  std::vector<ActiveProducer> Producers() const override;
  void WhenDurable(std::function<void(Status)> done) override;
  ReadOutcome Read(int64_t offset, size_t max_bytes, bool at_least_one, Isolation isolation) override;
  std::shared_ptr<void> Observe(std::function<void()> observer) override;
  Result<std::optional<FoundOffset>> OffsetForTime(int64_t timestamp) override;
  Result<std::optional<FoundOffset>> OffsetOfMaxTime() override;
  Status DeleteBefore(int64_t offset) override;

  // Where Read would read from.
  FileRange Locate(int64_t offset, size_t max_bytes, bool at_least_one, Isolation isolation);

  // ---- For the flush thread
  // Brings all that was appended before the call to the disk and answers WhenDurable.
  Status Flush();

  // ---- For the maintenance thread
  // Drops old segments by time and size, and those below the log start. True when something went.
  Result<bool> ApplyRetention(int64_t now_ms);
  // Compacts when the topic asks for it and enough has gathered. True when segments were rewritten.
  Result<bool> CompactIfNeeded(int64_t now_ms);
  void ExpireProducers(int64_t now_ms);
  // Notes on disk how far the log is safe, so that recovery after a crash need not look at what is before.
  Status SaveCheckpoint();

  void SetConfig(const LogConfig& config);
  // Flushes, saves the producers' state and the checkpoint. Appends are refused afterwards.
  Status Close();
  // The topic is gone: appends and reads answer UNKNOWN_TOPIC_OR_PARTITION, observers are told, waiters get an error.
  // The files stay; their owner removes the folder.
  void Drop();

  const std::string& name() const { return options_.name; }
  const std::string& directory() const { return options_.directory; }
  size_t num_segments() const { return segments_.Snapshot()->size(); }
  // Offset before which all is known to be on the disk.
  int64_t flushed_offset() const { return flushed_offset_.load(std::memory_order_acquire); }
  size_t num_producers() const;

 private:
  enum class State { kOpen, kFailed, kClosed, kDropped };

  explicit PartitionLog(LogOptions options);

  // partition_log_recovery.cc
  Status Load();
  Status CompleteSwaps(const std::vector<std::string>& names);
  Status OpenSegments(const std::vector<int64_t>& bases, Segments* segments);
  Status LoadProducers(std::vector<int64_t> snapshots);
  Status ReplayProducers(int64_t from);
  Status ReplaySegment(Segment& segment, int64_t from, int64_t now_ms);

  // Under append_mutex_.
  AppendOutcome AppendLocked(const CheckedBatch& checked, std::string_view batch, const LogConfig& config,
                             int64_t now_ms);
  ProducerVerdict CheckProducer(const kafka::BatchHeader& header) const;
  // Writes a batch behind the last one and sets the fields of `header` that change by it.
  AppendOutcome Write(kafka::BatchHeader& header, std::string_view batch, const LogConfig& config, int64_t now_ms);
  void NoteBatch(const kafka::BatchHeader& header, const TransactionMarker* marker, int64_t now_ms);
  void PublishStable();
  Status RollIfNeeded(const kafka::BatchHeader& header, const LogConfig& config, int64_t now_ms);
  Status Roll(int64_t now_ms);
  Status SaveProducers();
  Status RepairTail();
  AppendOutcome CheckOpen() const;  // the refusal when it is not
  AppendOutcome Refusal(kafka::ErrorCode error, std::string message) const;

  struct ReadRequest {
    int64_t offset;
    size_t max_bytes;
    bool at_least_one;
    Isolation isolation;
  };
  FileRange Locate(const PartitionBounds& bounds, const Segments& segments, const ReadRequest& request);
  // Batches that begin at or after `readable_end` do not count.
  FileRange LocateIn(const Segments& segments, const ReadRequest& request, int64_t readable_end);
  Result<std::vector<AbortedRange>> AbortedIn(const Segments& segments, int64_t from, std::string_view batches);
  FileRange ReadFailure(const Error& error) const;
  void NoteDirty(size_t bytes);
  std::shared_ptr<const LogConfig> config() const;
  Status FlushSegments(int64_t end);
  void AnswerWaiters(const Status& status, int64_t flushed);
  Status RemoveSegments(const Segments& doomed, std::string_view reason);
  Status RaiseRecoveryPoint();
  Status UpdateCheckpoint(const std::function<void(Checkpoint&)>& change);
  Status ReplaceSegments(const Segments& old, std::shared_ptr<Segment> fresh);

  LogOptions options_;
  SegmentList segments_;
  Observers observers_;

  std::atomic<int64_t> end_offset_ = 0;          // next to be written = high watermark
  std::atomic<int64_t> start_offset_ = 0;        // log start
  std::atomic<int64_t> first_open_ = INT64_MAX;  // of the oldest open transaction
  std::atomic<int64_t> flushed_offset_ = 0;
  std::atomic<uint64_t> unflushed_bytes_ = 0;
  std::atomic<bool> dirty_ = false;
  std::atomic<bool> directory_dirty_ = true;  // files were made or renamed since the last sync of the folder
  std::atomic<State> state_ = State::kOpen;

  mutable std::mutex append_mutex_;  // guards the tail of the log and what follows
  ProducerState producers_;
  std::unordered_map<int64_t, int16_t> in_transaction_;  // producers let in by BeginTransaction, and their epoch
  std::vector<int64_t> snapshots_;                       // offsets of the `.snapshot` files, rising
  int64_t rolled_ms_ = 0;                                // when the active segment was made or opened
  bool aborted_lost_ = false;                            // an index of aborted transactions is to be made anew
  bool torn_tail_ = false;                               // a failed write could not be cut off yet

  mutable std::mutex config_mutex_;
  std::shared_ptr<const LogConfig> config_;

  std::mutex flush_mutex_;  // one Flush at a time
  struct Waiter {
    int64_t offset;
    std::function<void(Status)> done;
  };
  std::mutex waiters_mutex_;
  std::vector<Waiter> waiters_;

  std::mutex maintenance_mutex_;  // one of retention, compaction and SaveCheckpoint at a time
  std::mutex checkpoint_mutex_;   // guards checkpoint_, and the file
  Checkpoint checkpoint_;         // as last saved
};

}  // namespace millrace::broker
