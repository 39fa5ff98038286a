#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "broker/log/batch_scanner.h"
#include "broker/log/partition_log.h"
#include "broker/log/transaction_marker.h"

namespace millrace::broker {
namespace {

constexpr size_t kDigits = 20;

// 42 for "00000000000000000042<suffix>".
std::optional<int64_t> OffsetInName(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || name.substr(kDigits) != suffix) return std::nullopt;
  const auto offset = ParseInt64(name.substr(0, kDigits));
  return offset.has_value() && *offset >= 0 ? offset : std::nullopt;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

// Compaction renames its result to ".log.swap" once it is whole on the disk; from then on it stands for the segments it
// was made of, whether or not they were removed before the crash.
Status PartitionLog::CompleteSwaps(const std::vector<std::string>& names) {
  FileSystem& files = *options_.files;
  const std::string& directory = options_.directory;
  for (const std::string& name : names) {
    const auto base = OffsetInName(name, ".log.swap");
    if (!base.has_value()) continue;
    int64_t last_offset = *base;
    {
      MR_ASSIGN(const auto file, files.Open(fmt::format("{}/{}", directory, name), OpenMode::kRead));
      MR_ASSIGN(const uint64_t size, file->Size());
      BatchScanner scanner(*file, 0, size, *base);
      while (true) {
        MR_ASSIGN(const ScanStep step, scanner.Next());
        if (step != ScanStep::kBatch) break;
        last_offset = scanner.header().last_offset();
      }
    }
    for (const std::string& other : names) {
      const auto other_base = OffsetInName(other, ".log");
      if (!other_base.has_value() || *other_base < *base || *other_base > last_offset) continue;
      for (const char* suffix : {".log", ".index", ".timeindex", ".txnindex"}) {
        MR_TRY(files.Remove(SegmentPath(directory, *other_base, suffix)));
      }
    }
    // No aborted transaction has records left in what was compacted.
    for (const char* suffix : {".index", ".timeindex", ".txnindex"}) {
      MR_TRY(files.Remove(SegmentPath(directory, *base, suffix)));
    }
    MR_TRY(files.Rename(fmt::format("{}/{}", directory, name), SegmentPath(directory, *base, ".log")));
    Log(LogLevel::kInfo, "log", "{}: completed the compaction of the segment at offset {}", this->name(), *base);
  }
  return Ok();
}

Status PartitionLog::Load() {
  FileSystem& files = *options_.files;
  const std::string& directory = options_.directory;
  MR_TRY(files.MakeDirectories(directory));
  MR_ASSIGN(std::vector<std::string> names, files.List(directory));
  for (const std::string& name : names) {
    if (EndsWith(name, ".cleaned") || EndsWith(name, ".tmp") || EndsWith(name, ".deleted")) {
      MR_TRY(files.Remove(fmt::format("{}/{}", directory, name)));
    }
  }
  MR_TRY(CompleteSwaps(names));
  MR_ASSIGN(names, files.List(directory));

  std::vector<int64_t> bases, snapshots;
  for (const std::string& name : names) {
    if (const auto base = OffsetInName(name, ".log")) bases.push_back(*base);
    if (const auto offset = OffsetInName(name, ".snapshot")) snapshots.push_back(*offset);
  }
  for (const std::string& name : names) {
    for (const char* suffix : {".index", ".timeindex", ".txnindex"}) {
      const auto base = OffsetInName(name, suffix);
      if (base.has_value() && !std::binary_search(bases.begin(), bases.end(), *base)) {
        MR_TRY(files.Remove(fmt::format("{}/{}", directory, name)));
      }
    }
  }

  const std::string epochs = directory + "/leader-epoch-checkpoint";
  if (!files.Exists(epochs)) MR_TRY(ReplaceFile(files, epochs, "0\n1\n0 0\n", /*durable=*/false));
  checkpoint_ = LoadCheckpoint(files, directory);
  rolled_ms_ = options_.clock->WallMillis();

  Segments segments;
  MR_TRY(OpenSegments(bases, &segments));
  if (!segments.empty() && segments.back()->next_offset() < checkpoint_.log_start) {
    Log(LogLevel::kWarn, "log", "{}: the log ends at offset {}, before its start {}; it begins anew there", name(),
        segments.back()->next_offset(), checkpoint_.log_start);
    for (const auto& segment : segments) MR_TRY(segment->Remove());
    segments.clear();
  }
  if (segments.empty()) {
    MR_ASSIGN(auto first, Segment::Create(files, directory, checkpoint_.log_start, config()->index_interval_bytes));
    segments.push_back(std::move(first));
  }
  start_offset_ = std::max(checkpoint_.log_start, segments.front()->base_offset());
  end_offset_ = segments.back()->next_offset();
  flushed_offset_ = options_.clean ? end_offset_.load() : std::min(checkpoint_.recovery_point, end_offset_.load());
  checkpoint_.cleaned_offset = std::min(checkpoint_.cleaned_offset, end_offset_.load());
  segments_.Replace(std::move(segments));
  return LoadProducers(std::move(snapshots));
}

Status PartitionLog::OpenSegments(const std::vector<int64_t>& bases, Segments* segments) {
  const int64_t safe_before = options_.clean ? INT64_MAX : checkpoint_.recovery_point;
  for (size_t i = 0; i < bases.size(); ++i) {
    const bool last = i + 1 == bases.size();
    SegmentCheck check;
    check.scan = last || bases[i + 1] > safe_before;
    check.from_offset = safe_before;
    check.check_crc = !options_.clean;
    SegmentRepair repair;
    MR_ASSIGN(auto segment, Segment::Open(*options_.files, options_.directory, bases[i], config()->index_interval_bytes,
                                          check, &repair));
    const bool overlaps = !segments->empty() && bases[i] < segments->back()->next_offset();
    if (repair.cut_bytes > 0) {
      Log(LogLevel::kWarn, "log", "{}: cut {} bytes off at {}", SegmentPath(options_.directory, bases[i], ".log"),
          repair.cut_bytes, repair.reason);
    }
    if (repair.lost_aborted) {
      Log(LogLevel::kWarn, "log",
          "{}: the index of aborted transactions of the segment at offset {} is damaged: it is made anew", name(),
          bases[i]);
      aborted_lost_ = true;
    }
    if (!last) MR_TRY(segment->Seal());
    if (!overlaps) segments->push_back(std::move(segment));
    if (!overlaps && (repair.cut_bytes == 0 || last)) continue;
    for (size_t rest = overlaps ? i : i + 1; rest < bases.size(); ++rest) {
      Log(LogLevel::kWarn, "log", "{}: removed the segment at offset {}: it comes after damage", name(), bases[rest]);
      for (const char* suffix : {".log", ".index", ".timeindex", ".txnindex"}) {
        MR_TRY(options_.files->Remove(SegmentPath(options_.directory, bases[rest], suffix)));
      }
    }
    break;
  }
  return Ok();
}

// After a crash the snapshot must not be beyond the recovery point: up to there the indexes of aborted transactions are
// on the disk, from there on the replay makes them anew.
Status PartitionLog::LoadProducers(std::vector<int64_t> snapshots) {
  const int64_t trusted =
      options_.clean ? end_offset_.load() : std::min(checkpoint_.recovery_point, end_offset_.load());
  int64_t replay_from = start_offset_;
  bool loaded = aborted_lost_;  // then all is replayed
  for (auto offset = snapshots.rbegin(); offset != snapshots.rend(); ++offset) {
    const std::string path = SegmentPath(options_.directory, *offset, ".snapshot");
    if (*offset <= trusted && !loaded) {
      MR_ASSIGN(const std::string bytes, ReadWholeFile(*options_.files, path));
      auto state = ProducerState::Decode(bytes);
      if (state.ok()) {
        producers_ = std::move(*state);
        replay_from = std::max(*offset, replay_from);
        loaded = true;
        snapshots_.insert(snapshots_.begin(), *offset);
        continue;
      }
      Log(LogLevel::kWarn, "log", "{} is not usable: {}", path, state.error().message);
    } else if (*offset <= trusted && snapshots_.size() < 2) {
      snapshots_.insert(snapshots_.begin(), *offset);
      continue;
    }
    MR_TRY(options_.files->Remove(path));
  }
  MR_TRY(ReplayProducers(replay_from));
  PublishStable();
  return Ok();
}

Status PartitionLog::ReplayProducers(int64_t from) {
  const int64_t now_ms = options_.clock->WallMillis();
  const auto segments = segments_.Snapshot();
  for (size_t i = 0; i < segments->size(); ++i) {
    if (i + 1 < segments->size() && (*segments)[i + 1]->base_offset() <= from) continue;
    Segment& segment = *(*segments)[i];
    MR_TRY(segment.DropAbortedFrom(from));
    MR_TRY(ReplaySegment(segment, from, now_ms));
  }
  return Ok();
}

Status PartitionLog::ReplaySegment(Segment& segment, int64_t from, int64_t now_ms) {
  MR_ASSIGN(const auto first, segment.FindBatch(from));
  if (!first.has_value()) return Ok();
  MR_ASSIGN(const auto file, segment.file());
  BatchScanner scanner(*file, first->position, segment.size(), segment.base_offset());
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step != ScanStep::kBatch) break;
    const kafka::BatchHeader& header = scanner.header();
    if (header.base_offset < from) continue;
    if (!header.control()) {
      producers_.Note(header, now_ms);
      continue;
    }
    MR_ASSIGN(const std::string_view batch, scanner.Bytes());
    const auto marker = DecodeMarker(header, batch);
    if (!marker.has_value()) continue;  // of a kind that is not ours
    if (const auto aborted = producers_.NoteMarker(*marker, header.base_offset, now_ms))
      segment.AppendAborted(*aborted);
  }
  return segment.WriteIndexes();
}

}  // namespace millrace::broker
