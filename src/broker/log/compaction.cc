#include "broker/log/compaction.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/log/batch_scanner.h"

namespace millrace::broker {
namespace {

using kafka::BatchHeader;

constexpr size_t kWindow = 1 << 20;

// Calls `visit(scanner)` for each batch from `from` on until it says false.
template <typename Visit>
Status ForEachBatch(Segment& segment, int64_t from, Visit visit) {
  MR_ASSIGN(const auto first, segment.FindBatch(from));
  if (!first.has_value()) return Ok();
  MR_ASSIGN(const auto file, segment.file());
  BatchScanner scanner(*file, first->position, segment.size(), segment.base_offset(), kWindow);
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step == ScanStep::kEnd) return Ok();
    if (step == ScanStep::kDamaged) {
      return ExternalError(fmt::format("segment at offset {} is damaged at position {}: {}", segment.base_offset(),
                                       scanner.position(), scanner.damage()),
                           Retry::kNo);
    }
    MR_ASSIGN(const bool more, visit(scanner));
    if (!more) return Ok();
  }
}

// What stays of one batch.
struct Survivors {
  bool whole = true;  // nothing goes, the bytes can be copied
  bool any = false;
  bool tombstones = false;
};

class BatchFilter {
 public:
  BatchFilter(const CompactionJob& job, const KeyOffsets& keys, CompactionTransactions* transactions)
      : job_(job), keys_(keys), transactions_(transactions) {}

  // The bytes to write for the scanner's batch; empty: nothing.
  Result<std::string_view> Filter(BatchScanner& scanner) {
    const BatchHeader& header = scanner.header();
    MR_ASSIGN(const std::string_view batch, scanner.Bytes());
    if (header.control()) return FilterMarker(header, batch);
    const bool aborted = transactions_->OnBatch(header);
    if (header.record_count == 0) return job_.bears_sequence(header) ? batch : std::string_view();
    if (aborted) return job_.bears_sequence(header) ? Rewrite(header, {}, false) : std::string_view();
    const auto records = kafka::DecompressRecords(header, batch, &scratch_);
    if (!records.ok()) return Unreadable(header, batch, records.error());
    Survivors survivors;
    if (const Status read = Judge(header, *records, &survivors); !read.ok()) {
      return Unreadable(header, batch, read.error());
    }
    const bool mark_horizon = survivors.tombstones && !header.delete_horizon().has_value();
    if (survivors.whole && !mark_horizon) return batch;
    if (!survivors.any && !job_.bears_sequence(header)) return std::string_view();
    return Rewrite(header, *records, mark_horizon);
  }

 private:
  // What nobody can read is kept: there may be somebody who can.
  std::string_view Unreadable(const BatchHeader& header, std::string_view batch, const Error& error) {
    Log(LogLevel::kWarn, "log", "{}: compaction keeps the batch at offset {} as it is: {}", job_.name,
        header.base_offset, error.message);
    return batch;
  }

  Result<std::string_view> FilterMarker(const BatchHeader& header, std::string_view batch) {
    if (!transactions_->OnMarker(header, batch)) return batch;
    const auto horizon = header.delete_horizon();
    if (horizon.has_value()) return job_.now_ms < *horizon ? batch : std::string_view();
    MR_ASSIGN(const std::string_view records, kafka::DecompressRecords(header, batch, &scratch_));
    return Rewrite(header, records, /*mark_horizon=*/true);
  }

  bool Stays(const BatchHeader& header, const kafka::Record& record) const {
    if (!record.key.has_value()) return false;
    const auto latest = keys_.Find(*record.key);
    if (latest.has_value() && record.offset < *latest) return false;
    if (record.value.has_value()) return true;
    const auto horizon = header.delete_horizon();
    return !horizon.has_value() || job_.now_ms < *horizon;
  }

  Status Judge(const BatchHeader& header, std::string_view records, Survivors* survivors) {
    kafka::RecordReader reader(header, records);
    kafka::Record record;
    while (reader.Next(&record)) {
      if (!Stays(header, record)) {
        survivors->whole = false;
        continue;
      }
      survivors->any = true;
      survivors->tombstones = survivors->tombstones || !record.value.has_value();
    }
    return reader.status();
  }

  Result<std::string_view> Rewrite(const BatchHeader& header, std::string_view records, bool mark_horizon) {
    kafka::BatchOptions options;
    options.compression = header.compression().value_or(codec::Compression::kNone);
    options.base_offset = header.base_offset;
    options.leader_epoch = header.leader_epoch;
    options.producer_id = header.producer_id;
    options.producer_epoch = header.producer_epoch;
    options.base_sequence = header.base_sequence;
    options.flags = static_cast<int16_t>(
        header.attributes & (kafka::kBatchTransactional | kafka::kBatchControl | kafka::kBatchLogAppendTime));
    options.delete_horizon = header.delete_horizon();
    if (mark_horizon) options.delete_horizon = job_.now_ms + job_.config.delete_retention_ms;
    kafka::RecordBatchBuilder builder(options);
    if (header.log_append_time()) builder.SetMaxTimestamp(header.max_timestamp);
    kafka::RecordReader reader(header, records);
    kafka::Record record;
    while (!records.empty() && reader.Next(&record)) {
      if (header.control() || Stays(header, record)) builder.Copy(record);
    }
    if (builder.count() == 0) builder.SetMaxTimestamp(header.max_timestamp);
    builder.SetLastOffset(header.last_offset());
    MR_ASSIGN(rewritten_, builder.Build());
    return std::string_view(rewritten_);
  }

  const CompactionJob& job_;
  const KeyOffsets& keys_;
  CompactionTransactions* const transactions_;
  std::string scratch_;
  std::string rewritten_;
};

}  // namespace

CompactionRange FindCompactionRange(const Segments& segments, const LogConfig& config, int64_t cleaned_offset,
                                    const PartitionBounds& bounds, int64_t now_ms) {
  CompactionRange range;
  range.first_dirty = std::max(cleaned_offset, bounds.log_start);
  uint64_t clean_bytes = 0, dirty_bytes = 0;
  int64_t oldest_dirty = INT64_MAX;
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    const Segment& segment = *segments[i];
    if (segments[i + 1]->base_offset() > bounds.last_stable) break;
    const int64_t newest = segment.max_timestamp();
    if (config.min_compaction_lag_ms > 0 && newest > now_ms - config.min_compaction_lag_ms) break;
    ++range.num_segments;
    if (segments[i + 1]->base_offset() <= range.first_dirty) {
      clean_bytes += segment.size();
      continue;
    }
    dirty_bytes += segment.size();
    const int64_t first = segments[i]->first_timestamp();
    if (first >= 0) oldest_dirty = std::min(oldest_dirty, first);
  }
  if (dirty_bytes == 0) return range;
  const double ratio = static_cast<double>(dirty_bytes) / static_cast<double>(dirty_bytes + clean_bytes);
  const bool waited_long = oldest_dirty != INT64_MAX && now_ms - oldest_dirty > config.max_compaction_lag_ms;
  range.due = ratio >= config.min_cleanable_dirty_ratio || waited_long;
  return range;
}

Result<int64_t> CollectKeys(const CompactionJob& job, const Segments& segments, int64_t first_dirty, KeyOffsets* keys) {
  int64_t covered = first_dirty;
  bool full = false;
  std::string scratch;
  CompactionTransactions transactions(job.aborted);
  for (size_t i = 0; i < segments.size() && !full; ++i) {
    if (i + 1 < segments.size() && segments[i + 1]->base_offset() <= first_dirty) continue;
    MR_TRY(ForEachBatch(*segments[i], first_dirty, [&](BatchScanner& scanner) -> Result<bool> {
      if (job.stop()) return false;
      const BatchHeader& header = scanner.header();
      covered = header.next_offset();
      MR_ASSIGN(const std::string_view batch, scanner.Bytes());
      if (header.control()) {
        transactions.OnMarker(header, batch);
        return true;
      }
      if (transactions.OnBatch(header)) return true;
      const auto records = kafka::DecompressRecords(header, batch, &scratch);
      if (!records.ok()) return true;  // CompactGroup tells of it
      kafka::RecordReader reader(header, *records);
      kafka::Record record;
      while (reader.Next(&record)) {
        if (record.offset < first_dirty || !record.key.has_value()) continue;
        if (!keys->Put(*record.key, record.offset)) {
          covered = record.offset;
          full = true;
          return false;
        }
      }
      return true;
    }));
  }
  return covered;
}

Result<std::shared_ptr<Segment>> CompactGroup(const CompactionJob& job, const Segments& group, const KeyOffsets& keys,
                                              CompactionTransactions* transactions) {
  MR_ASSIGN(auto fresh, Segment::Create(job.files, job.directory, group.front()->base_offset(),
                                        job.config.index_interval_bytes, ".cleaned"));
  BatchFilter filter(job, keys, transactions);
  bool stopped = false;
  for (const auto& segment : group) {
    MR_TRY(ForEachBatch(*segment, segment->base_offset(), [&](BatchScanner& scanner) -> Result<bool> {
      stopped = stopped || job.stop();
      if (stopped) return false;
      MR_ASSIGN(const std::string_view batch, filter.Filter(scanner));
      if (!batch.empty()) MR_TRY(fresh->Append(kafka::DecodeBatchHeader(batch.data()), batch, {}));
      return true;
    }));
  }
  if (stopped) {
    MR_TRY(fresh->Remove());
    return std::shared_ptr<Segment>();
  }
  fresh->Publish();
  return fresh;
}

std::vector<Segments> GroupForCompaction(const Segments& segments, int64_t end_offset, const LogConfig& config) {
  std::vector<Segments> groups;
  uint64_t bytes = 0, index_bytes = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto& segment = segments[i];
    const int64_t end = i + 1 < segments.size() ? segments[i + 1]->base_offset() : end_offset;
    const bool fits = !groups.empty() && bytes + segment->size() <= static_cast<uint64_t>(config.segment_bytes) &&
                      index_bytes + segment->index_bytes() <= static_cast<uint64_t>(config.segment_index_bytes) &&
                      end - groups.back().front()->base_offset() <= INT32_MAX;
    if (!fits) {
      groups.emplace_back();
      bytes = index_bytes = 0;
    }
    groups.back().push_back(segment);
    bytes += segment->size();
    index_bytes += segment->index_bytes();
  }
  return groups;
}

}  // namespace millrace::broker
