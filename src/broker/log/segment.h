#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "broker/log/aborted_transaction.h"
#include "broker/log/index_file.h"
#include "broker/storage.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// "<directory>/00000000000000000042<suffix>"
std::string SegmentPath(const std::string& directory, int64_t base_offset, std::string_view suffix);

struct BatchPlace {
  uint64_t position = 0;
  kafka::BatchHeader header;
};

// How Segment::Open looks at what the disk holds.
struct SegmentCheck {
  // Sealed segments below the recovery point, or after an orderly shutdown: the indexes are believed unless they are
  // plainly wrong, the batches are not looked at.
  bool scan = true;
  // With `scan`: from this offset on the batches are walked, the indexes for them rebuilt; what cannot be a batch is
  // cut off with all that follows it.
  int64_t from_offset = 0;
  bool check_crc = true;
};

struct SegmentRepair {
  uint64_t cut_bytes = 0;     // removed from the end
  std::string reason;         // why, when cut_bytes > 0
  bool lost_aborted = false;  // the index of aborted transactions is damaged and empty now
};

// One `.log` file, its two sparse indexes and, once a transaction was aborted, the index of aborted transactions.
// Appends come from one thread at a time; everything else from any thread.
class Segment {
 public:
  // A new, empty one; files that bear its name are emptied. `suffix` stands behind ".log" and the index names: "" or
  // ".cleaned" while compaction writes it.
  static Result<std::shared_ptr<Segment>> Create(FileSystem& files, const std::string& directory, int64_t base_offset,
                                                 int64_t index_interval_bytes, std::string_view suffix = "");
  static Result<std::shared_ptr<Segment>> Open(FileSystem& files, const std::string& directory, int64_t base_offset,
                                               int64_t index_interval_bytes, const SegmentCheck& check,
                                               SegmentRepair* repair);

  int64_t base_offset() const { return base_offset_; }
  // Bytes that readers may see.
  uint64_t size() const { return size_.load(std::memory_order_acquire); }
  // The offset behind the last batch; known only of scanned or written segments, else that of the last index entry.
  int64_t next_offset() const { return next_offset_.load(std::memory_order_acquire); }
  int64_t max_timestamp() const;
  // Of the first batch; kNoTimestamp when empty.
  int64_t first_timestamp();
  size_t index_bytes() const;  // the larger one of the indexes
  Result<std::shared_ptr<File>> file();

  // Writes the two pieces of one batch (split anywhere) behind the last one, but does not show it to readers: that is
  // what Publish is for. After an error the bytes behind size() are unknown: see CutTail.
  Status Append(const kafka::BatchHeader& header, std::string_view head, std::string_view body);
  void Publish();
  Status CutTail();
  // A transaction whose abort marker is the last batch, or was at this place when the log is replayed. Rising.
  void AppendAborted(const AbortedTransaction& aborted);
  // Forgets those that were aborted at or after `offset`; only what was loaded or written may stay.
  Status DropAbortedFrom(int64_t offset);
  // Adds those that may have records in [from, to). True when no later segment can tell of more.
  Result<bool> CollectAborted(int64_t from, int64_t to, std::vector<AbortedTransaction>* found);
  // No more appends: the indexes are completed and written.
  Status Seal();
  // Brings the index entries into their files; and to the disk.
  Status WriteIndexes();
  Status SyncIndexes();
  Status Sync();

  // The first batch that ends at or after `offset`.
  Result<std::optional<BatchPlace>> FindBatch(int64_t offset);
  // The largest batch boundary in [from, limit], where `from` is one and limit <= size().
  Result<uint64_t> BatchBoundary(uint64_t from, uint64_t limit);
  // The first record at or after `timestamp` with at least `min_offset`. Looks into the batch, compressed or not.
  Result<std::optional<FoundOffset>> FindTime(int64_t timestamp, int64_t min_offset);
  // The first record with the largest timestamp among those from `min_offset` on.
  Result<std::optional<FoundOffset>> FindMaxTime(int64_t min_offset);

  // Takes the files from the folder. Whoever holds the segment can still read it.
  Status Remove();
  // The folder is about to be renamed: what is not open now is not opened any more.
  void Detach();
  // Gives the `.log` another suffix, the indexes none.
  Status RenameLog(std::string_view suffix);
  Status RenameIndexes();

 private:
  Segment(FileSystem& files, const std::string& directory, int64_t base_offset, int64_t index_interval_bytes,
          std::string_view suffix);
  void ReleaseFiles();
  Status OpenTrusted(bool* trusted);
  Status LoadAborted(SegmentRepair* repair);
  Status WriteIndexesLocked();
  Status Scan(const SegmentCheck& check, SegmentRepair* repair);
  Result<uint64_t> KeepIndexesUpTo(int64_t offset);
  void Note(const kafka::BatchHeader& header, uint64_t position);
  Result<uint64_t> PositionBefore(int64_t offset);
  int32_t Relative(int64_t offset) const { return static_cast<int32_t>(offset - base_offset_); }
  Error Damaged(uint64_t position, std::string_view why) const;

  FileSystem& files_;
  const std::string directory_;
  const int64_t base_offset_;
  const int64_t index_interval_bytes_;
  std::string log_path_;

  std::atomic<uint64_t> size_ = 0;
  std::atomic<int64_t> next_offset_;
  uint64_t written_ = 0;  // appender only: size_ plus what is not published yet

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<File> file_;
  IndexFile<OffsetEntry> offsets_;
  IndexFile<TimeEntry> times_;
  IndexFile<AbortedTransaction> aborted_;  // no file as long as there is none
  uint64_t bytes_since_entry_ = 0;
  int64_t max_timestamp_ = kafka::kNoTimestamp;
  int64_t offset_of_max_ = -1;  // last offset of the first batch that has it
  std::optional<int64_t> first_timestamp_;
  bool detached_ = false;
};

}  // namespace millrace::broker
