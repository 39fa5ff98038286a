#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "broker/log/aborted_transaction.h"
#include "broker/log/compaction_transactions.h"
#include "broker/log/key_offsets.h"
#include "broker/log/log_config.h"
#include "broker/log/segment_list.h"

namespace millrace::broker {

// What one compaction of a partition works on. The segments are sealed and follow each other.
struct CompactionJob {
  FileSystem& files;
  const std::string& directory;
  const std::string& name;  // for messages
  const LogConfig& config;
  int64_t now_ms;
  // The transactions that were aborted in the segments or later, by first offset.
  std::vector<AbortedTransaction> aborted;
  // Whether a batch bears the newest sequence number of a producer: then its header stays even without records.
  std::function<bool(const kafka::BatchHeader&)> bears_sequence;
  std::function<bool()> stop;  // asked between batches
};

// Which part of a log may be compacted, and whether it is worth it.
struct CompactionRange {
  size_t num_segments = 0;  // from the start of the log: sealed, decided, old enough for min.compaction.lag.ms
  int64_t first_dirty = 0;  // not compacted yet
  bool due = false;         // by min.cleanable.dirty.ratio or max.compaction.lag.ms
};
CompactionRange FindCompactionRange(const Segments& segments, const LogConfig& config, int64_t cleaned_offset,
                                    const PartitionBounds& bounds, int64_t now_ms);

// Collects the latest offset of each key from `first_dirty` on. Returns the offset up to which the table covers the
// segments; less than all of them when the table is full.
Result<int64_t> CollectKeys(const CompactionJob& job, const Segments& segments, int64_t first_dirty, KeyOffsets* keys);

// Writes the records of `group` that are still the latest of their key into one new segment with the suffix
// ".cleaned". Offsets and order stay. A tombstone stays for delete.retention.ms after it was first met: that batch then
// carries the time as its delete horizon, as Kafka marks it. Records of aborted transactions go at once, a marker like
// a tombstone once no batch of its transaction is left: so the new segment needs no index of aborted transactions.
// `transactions` has walked the segments before. Null when job.stop said so.
Result<std::shared_ptr<Segment>> CompactGroup(const CompactionJob& job, const Segments& group, const KeyOffsets& keys,
                                              CompactionTransactions* transactions);

// Neighbours that fit into one segment by size, index size and range of offsets. `end_offset` is where the segment
// after the last one begins.
std::vector<Segments> GroupForCompaction(const Segments& segments, int64_t end_offset, const LogConfig& config);

}  // namespace millrace::broker
