#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/external_use.h"
#include "data/batch.h"

namespace millrace::connect {

// A part of a source that is read in order and has a watermark of its own: a Kafka partition, a file, a generator.
struct SplitId {
  uint32_t value = 0;  // dense, assigned by the reader, never reused in a reader's life
  auto operator<=>(const SplitId&) const = default;
};

// One bad record that was skipped (`error-handling.mode` ignore) or is to be kept (log).
struct BadRecord {
  std::string place;  // "topic SALES partition 0 offset 42"
  std::string reason;
  std::string key;
  std::string bytes;
  std::string topic;
  int32_t partition = -1;
  int64_t offset = -1;
  int64_t timestamp = -1;  // epoch millis
};

// What one Poll brought. Rows of one event belong to one split and are in its order.
struct SourceEvent {
  enum class Kind {
    kNothing,        // no data within the wait
    kRows,           // `batch` from `split`
    kSplitAdded,     // `split` exists from now on, named `split_name`; comes before its first rows
    kSplitFinished,  // bounded: `split` has no more rows
    kWatermark,  // `split` asserts `watermark_millis` itself: SOURCE_WATERMARK() and test sources; raises, never lowers
    kEnd,        // bounded: all splits of this reader are finished; repeated on every later Poll
  };
  Kind kind = Kind::kNothing;
  SplitId split;
  std::string split_name;              // "SALES-0"
  size_t bytes = 0;                    // of kRows: keys and values as they were read, of skipped records too
  Batch batch;                         // physical and metadata columns in the order of SourceContext::columns
  int64_t watermark_millis = 0;        // of kWatermark
  std::vector<BadRecord> bad_records;  // may come with any kind; empty unless the mode is ignore or log
};

// Reads the splits of one slot. One thread. Poll never blocks longer than `max_wait_millis`.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // An error with Retry::kYes may be followed by further calls (the reader reconnects by itself and reports at most
  // once per `retry` period); with Retry::kNo the job fails.
  virtual Result<SourceEvent> Poll(int64_t max_wait_millis) = 0;
  // The position after the last row handed out, opaque to the engine; Restore is called before the first Poll.
  // Checkpoints store it per slot and merge or split it by split name.
  struct SplitState {
    std::string split_name;
    std::string position;
  };
  virtual std::vector<SplitState> Snapshot() = 0;
  virtual Status Restore(const std::vector<SplitState>& states) = 0;
  // The checkpoint with this snapshot is complete: offsets may be committed for lag tools.
  virtual Status NotifyCheckpointComplete(const std::vector<SplitState>&) { return Ok(); }
};

class Source {
 public:
  virtual ~Source() = default;
  virtual bool bounded() const = 0;
  virtual ChangelogMode changelog() const { return ChangelogMode::InsertOnly(); }
  // For the job's report; nullopt: nothing that others could look for.
  virtual std::optional<ExternalUse> use() const { return std::nullopt; }
  // What the split of an earlier job belongs to that this source does not read: "topic SALES"; "" = it goes on there.
  // Asked before anything starts, for rows behind such a position would be missing.
  virtual std::string NotReadAnyMore(std::string_view /*split_name*/) const { return ""; }
  // Reader of slot `slot` of `parallelism`; every split goes to exactly one of them, by a stable rule.
  virtual Result<std::unique_ptr<SourceReader>> CreateReader(uint32_t slot, uint32_t parallelism) = 0;
};

}  // namespace millrace::connect
