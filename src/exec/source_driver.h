#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exec/bad_records.h"
#include "exec/operator.h"
#include "exec/watermark_generator.h"
#include "state/checkpoint_files.h"

namespace millrace::exec {

// What other threads may see of a split.
struct SplitStatus {
  std::string name;
  int64_t watermark = kNoWatermark;
  bool idle = false;
};

// Drives one reader: turns its events into batches, watermarks per split and their minimum (flink-sql.md 3.1), idleness
// and the end of input. A reader without splits is idle at once.
class SourceDriver {
 public:
  SourceDriver(const plan::PhysicalNode& node, std::unique_ptr<connect::SourceReader> reader, OperatorContext context,
               BadRecords* bad_records, int64_t retry_millis, Output* output)
      : node_(node),
        reader_(std::move(reader)),
        context_(context),
        bad_records_(bad_records),
        retry_millis_(retry_millis),
        output_(output) {
    if (node.watermark) generator_.emplace(*node.watermark);
  }

  // Waits at most `max_wait_millis`; true when something came.
  Result<bool> Poll(int64_t max_wait_millis);
  // Ends the input now (LIMIT is full, or the job is drained).
  Status Stop();
  bool ended() const { return ended_; }
  // When the reader gave its last answer, by the monotonic clock: set by a Poll that may wait.
  int64_t polled_nanos() const { return polled_nanos_; }

  // Whether the reader knows its splits: before that there is no position to store.
  bool started() const { return started_; }
  using SplitState = state::StoredOperator::Split;
  // Sends the barrier and returns where the splits stood before it; at the end of input only that.
  Result<std::vector<SplitState>> EmitBarrier(int64_t checkpoint);
  // The watermarks of the splits go on too: a split whose last row lies before the snapshot would hold back the others
  // until its next row (as it does in Flink).
  Status Restore(const std::vector<SplitState>& states);
  Status NotifyCheckpointComplete(const std::vector<SplitState>& states);
  const std::string& uid() const { return node_.uid; }
  const plan::PhysicalNode& node() const { return node_; }
  std::vector<SplitStatus> splits() const;
  connect::Trouble trouble() const;

 private:
  struct Split {
    std::string name;
    int64_t watermark = kNoWatermark;
    int64_t last_event_nanos = 0;
    bool idle = false;
    bool finished = false;
  };
  Status Handle(connect::SourceEvent event);
  Status OnRows(connect::SourceEvent event);
  void Touch(connect::SplitId split);
  void MarkIdleSplits();
  Status EmitWatermark();
  Status EmitEnd();
  Result<bool> OnError(Error error);
  void OnAnswer(bool something);

  const plan::PhysicalNode& node_;
  std::unique_ptr<connect::SourceReader> reader_;
  OperatorContext context_;
  BadRecords* bad_records_;
  int64_t retry_millis_;
  Output* output_;
  std::optional<WatermarkGenerator> generator_;
  mutable std::mutex mutex_;  // guards splits_ and trouble_ against other threads; only this one writes
  std::vector<Split> splits_;
  connect::Trouble trouble_;
  std::map<std::string, int64_t> restored_watermarks_;  // by split name
  int64_t watermark_ = kNoWatermark;
  bool idle_ = false;
  bool ended_ = false;
  bool started_ = false;
  int64_t polled_nanos_ = 0;
  int64_t failing_since_nanos_ = 0;  // 0 = the outside world answers
  int64_t failed_nanos_ = 0;         // the last time
};

}  // namespace millrace::exec
