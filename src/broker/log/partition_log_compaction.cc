#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/log/compaction.h"
#include "broker/log/partition_log.h"

namespace millrace::broker {

Result<bool> PartitionLog::CompactIfNeeded(int64_t now_ms) {
  std::lock_guard maintenance(maintenance_mutex_);
  const auto config = this->config();
  if (state_ != State::kOpen || !config->compact) return false;
  int64_t cleaned_offset;
  {
    std::lock_guard lock(checkpoint_mutex_);
    cleaned_offset = checkpoint_.cleaned_offset;
  }
  const auto all = segments_.Snapshot();
  const CompactionRange range = FindCompactionRange(*all, *config, cleaned_offset, Bounds(), now_ms);
  if (!range.due) return false;
  const Segments segments(all->begin(), all->begin() + static_cast<std::ptrdiff_t>(range.num_segments));

  std::vector<AbortedTransaction> aborted;
  for (const auto& segment : *all) {
    MR_TRY(segment->CollectAborted(0, INT64_MAX, &aborted));
  }
  std::sort(aborted.begin(), aborted.end(),
            [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  const CompactionJob job{.files = *options_.files,
                          .directory = options_.directory,
                          .name = options_.name,
                          .config = *config,
                          .now_ms = now_ms,
                          .aborted = std::move(aborted),
                          .bears_sequence =
                              [this](const kafka::BatchHeader& header) {
                                std::lock_guard lock(append_mutex_);
                                return producers_.IsLastBatch(header);
                              },
                          .stop = [this] { return state_ != State::kOpen; }};
  KeyOffsets keys(config->compaction_memory_bytes);
  MR_ASSIGN(const int64_t covered, CollectKeys(job, segments, range.first_dirty, &keys));
  Segments reached;
  for (const auto& segment : segments) {
    if (segment->base_offset() < covered) reached.push_back(segment);
  }
  int64_t before = 0, after = 0;
  CompactionTransactions transactions(job.aborted);
  for (const Segments& group : GroupForCompaction(reached, (*all)[reached.size()]->base_offset(), *config)) {
    MR_ASSIGN(auto fresh, CompactGroup(job, group, keys, &transactions));
    if (fresh == nullptr) return false;
    for (const auto& segment : group) before += static_cast<int64_t>(segment->size());
    after += static_cast<int64_t>(fresh->size());
    MR_TRY(ReplaceSegments(group, std::move(fresh)));
  }
  MR_TRY(UpdateCheckpoint([&](Checkpoint& checkpoint) {
    checkpoint.cleaned_offset = covered;
    checkpoint.cleaned_ms = now_ms;
  }));
  Log(LogLevel::kInfo, "log", "{}: compacted {} keys up to offset {}: {} -> {} bytes", name(), keys.size(), covered,
      before, after);
  return true;
}

Status PartitionLog::ReplaceSegments(const Segments& old, std::shared_ptr<Segment> fresh) {
  FileSystem& files = *options_.files;
  MR_TRY(fresh->Seal());
  MR_TRY(fresh->Sync());
  MR_TRY(fresh->SyncIndexes());
  // From here on the new file stands for the old ones, also after a crash: see CompleteSwaps.
  MR_TRY(fresh->RenameLog(".swap"));
  if (Status synced = files.SyncDirectory(options_.directory); !synced.ok()) {
    MR_TRY(fresh->Remove());  // a later compaction may cut the groups differently
    return synced;
  }
  {
    std::lock_guard lock(append_mutex_);
    Segments list;
    const auto current = segments_.Snapshot();
    for (const auto& segment : *current) {
      if (segment == old.front()) list.push_back(fresh);
      if (std::find(old.begin(), old.end(), segment) == old.end()) list.push_back(segment);
    }
    segments_.Replace(std::move(list));
  }
  for (const auto& segment : old) MR_TRY(segment->Remove());
  MR_TRY(fresh->RenameLog(""));
  MR_TRY(fresh->RenameIndexes());
  directory_dirty_ = true;
  return Ok();
}

}  // namespace millrace::broker
