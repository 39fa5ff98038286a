#include "broker/log/segment.h"

#include <algorithm>

#include <fmt/format.h>

#include "broker/log/batch_scanner.h"
#include "broker/log/bytes.h"

namespace millrace::broker {
namespace {

constexpr size_t kRecoveryWindow = 1 << 20;

struct RecordTime {
  int64_t offset;
  int64_t timestamp;
};

// The first record of the scanner's batch at or after both, or the one with the largest time when `largest`.
Result<std::optional<RecordTime>> LookInside(BatchScanner& scanner, int64_t timestamp, int64_t min_offset,
                                             bool largest) {
  MR_ASSIGN(const std::string_view batch, scanner.Bytes());
  std::string scratch;
  MR_ASSIGN(const std::string_view records, kafka::DecompressRecords(scanner.header(), batch, &scratch));
  kafka::RecordReader reader(scanner.header(), records);
  kafka::Record record;
  std::optional<RecordTime> found;
  while (reader.Next(&record)) {
    if (record.offset < min_offset || record.timestamp < timestamp) continue;
    if (found.has_value() && record.timestamp <= found->timestamp) continue;
    found = RecordTime{record.offset, record.timestamp};
    if (!largest) return found;
  }
  MR_TRY(reader.status());
  return found;
}

}  // namespace

std::string SegmentPath(const std::string& directory, int64_t base_offset, std::string_view suffix) {
  return fmt::format("{}/{:020d}{}", directory, base_offset, suffix);
}

Segment::Segment(FileSystem& files, const std::string& directory, int64_t base_offset, int64_t index_interval_bytes,
                 std::string_view suffix)
    : files_(files),
      directory_(directory),
      base_offset_(base_offset),
      index_interval_bytes_(index_interval_bytes),
      log_path_(SegmentPath(directory, base_offset, fmt::format(".log{}", suffix))),
      next_offset_(base_offset),
      offsets_(files, SegmentPath(directory, base_offset, fmt::format(".index{}", suffix))),
      times_(files, SegmentPath(directory, base_offset, fmt::format(".timeindex{}", suffix))),
      aborted_(files, SegmentPath(directory, base_offset, fmt::format(".txnindex{}", suffix))) {}

Result<std::shared_ptr<Segment>> Segment::Create(FileSystem& files, const std::string& directory, int64_t base_offset,
                                                 int64_t index_interval_bytes, std::string_view suffix) {
  std::shared_ptr<Segment> segment(new Segment(files, directory, base_offset, index_interval_bytes, suffix));
  MR_TRY(segment->offsets_.Keep(0));
  MR_TRY(segment->times_.Keep(0));
  MR_TRY(segment->aborted_.Keep(0));
  MR_ASSIGN(segment->file_, files.Open(segment->log_path_, OpenMode::kCreate));
  MR_TRY(segment->file_->Truncate(0));
  segment->ReleaseFiles();
  return segment;
}

Result<std::shared_ptr<Segment>> Segment::Open(FileSystem& files, const std::string& directory, int64_t base_offset,
                                               int64_t index_interval_bytes, const SegmentCheck& check,
                                               SegmentRepair* repair) {
  std::shared_ptr<Segment> segment(new Segment(files, directory, base_offset, index_interval_bytes, ""));
  MR_ASSIGN(const auto file, segment->file());
  MR_ASSIGN(segment->written_, file->Size());
  segment->size_ = segment->written_;
  bool trusted = false;
  if (!check.scan) MR_TRY(segment->OpenTrusted(&trusted));
  if (!trusted) MR_TRY(segment->Scan(check, repair));
  MR_TRY(segment->LoadAborted(repair));
  segment->ReleaseFiles();
  return segment;
}

// Partitions are many and mostly idle: descriptors are taken by the first append or read.
void Segment::ReleaseFiles() {
  std::lock_guard lock(mutex_);
  file_.reset();
  offsets_.Release();
  times_.Release();
  aborted_.Release();
}

// The indexes of a sealed segment are complete: the time index ends with the largest timestamp of all.
Status Segment::OpenTrusted(bool* trusted) {
  std::lock_guard lock(mutex_);
  MR_ASSIGN(const bool offsets_good, offsets_.Load());
  MR_ASSIGN(const bool times_good, times_.Load());
  if (!offsets_good || !times_good || !times_.last().has_value()) return Ok();
  if (offsets_.last().has_value()) {
    if (offsets_.last()->position < 0 || static_cast<uint64_t>(offsets_.last()->position) >= written_) return Ok();
    next_offset_ = base_offset_ + offsets_.last()->relative_offset + 1;
  }
  max_timestamp_ = times_.last()->timestamp;
  offset_of_max_ = base_offset_ + times_.last()->relative_offset;
  *trusted = true;
  return Ok();
}

Status Segment::LoadAborted(SegmentRepair* repair) {
  std::lock_guard lock(mutex_);
  if (!files_.Exists(aborted_.path())) return Ok();
  MR_ASSIGN(const std::string bytes, ReadWholeFile(files_, aborted_.path()));
  MR_ASSIGN(bool good, aborted_.Load());
  int64_t before = base_offset_ - 1;
  for (size_t at = 0; good && at < bytes.size(); at += AbortedTransaction::kSize) {
    const auto entry = AbortedTransaction::Decode(bytes.data() + at);
    good = LoadBig<int16_t>(bytes.data() + at) == AbortedTransaction::kVersion && entry.last_offset > before &&
           entry.first_offset >= 0 && entry.first_offset < entry.last_offset;
    before = entry.last_offset;
  }
  if (good) return Ok();
  repair->lost_aborted = true;
  return aborted_.Keep(0);
}

// The position of the last index entry before `offset`; later entries are dropped, as are entries that do not point to
// a batch. Under mutex_.
Result<uint64_t> Segment::KeepIndexesUpTo(int64_t offset) {
  MR_ASSIGN(bool good, offsets_.Load());
  if (good) {
    MR_ASSIGN(good, times_.Load());
  }
  size_t kept = 0;
  OffsetEntry floor;
  if (good) {
    MR_ASSIGN(kept,
              offsets_.PartitionPoint([&](const OffsetEntry& e) { return base_offset_ + e.relative_offset < offset; }));
    if (kept > 0) {
      MR_ASSIGN(floor, offsets_.At(kept - 1));
    }
  }
  if (kept > 0 && floor.position > 0 && static_cast<uint64_t>(floor.position) < written_) {
    BatchScanner scanner(*file_, static_cast<uint64_t>(floor.position), written_, base_offset_);
    MR_ASSIGN(const ScanStep step, scanner.Next());
    MR_ASSIGN(const size_t times,
              times_.PartitionPoint([&](const TimeEntry& e) { return e.relative_offset <= floor.relative_offset; }));
    if (step == ScanStep::kBatch && scanner.header().last_offset() == base_offset_ + floor.relative_offset &&
        times > 0) {
      MR_TRY(offsets_.Keep(kept));
      MR_TRY(times_.Keep(times));
      max_timestamp_ = times_.last()->timestamp;
      offset_of_max_ = base_offset_ + times_.last()->relative_offset;
      return static_cast<uint64_t>(floor.position);
    }
  }
  MR_TRY(offsets_.Keep(0));
  MR_TRY(times_.Keep(0));
  return uint64_t{0};
}

Status Segment::Scan(const SegmentCheck& check, SegmentRepair* repair) {
  std::lock_guard lock(mutex_);
  MR_ASSIGN(const uint64_t from, KeepIndexesUpTo(check.scan ? check.from_offset : 0));
  BatchScanner scanner(*file_, from, written_, base_offset_, kRecoveryWindow);
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step == ScanStep::kEnd) break;
    std::string reason = scanner.damage();
    if (step == ScanStep::kBatch) {
      const bool fits = scanner.header().last_offset() - base_offset_ <= INT32_MAX;
      bool crc_valid = true;
      if (check.check_crc && fits) {
        MR_ASSIGN(crc_valid, scanner.HasValidCrc());
      }
      if (fits && crc_valid) {
        Note(scanner.header(), scanner.position());
        continue;
      }
      reason = fits ? "the checksum is wrong" : "the offset does not belong into this file";
    }
    repair->cut_bytes = written_ - scanner.position();
    repair->reason = fmt::format("position {}: {}", scanner.position(), reason);
    written_ = scanner.position();
    MR_TRY(file_->Truncate(written_));
    break;
  }
  size_.store(written_, std::memory_order_release);
  return Ok();
}

int64_t Segment::max_timestamp() const {
  std::lock_guard lock(mutex_);
  return max_timestamp_;
}

int64_t Segment::first_timestamp() {
  if (size() == 0) return kafka::kNoTimestamp;
  {
    std::lock_guard lock(mutex_);
    if (first_timestamp_.has_value()) return *first_timestamp_;
  }
  const auto first = FindBatch(base_offset_);
  if (!first.ok() || !first->has_value()) return kafka::kNoTimestamp;
  std::lock_guard lock(mutex_);
  first_timestamp_ = (*first)->header.max_timestamp;
  return *first_timestamp_;
}

size_t Segment::index_bytes() const {
  std::lock_guard lock(mutex_);
  return std::max(offsets_.count() * OffsetEntry::kSize, times_.count() * TimeEntry::kSize);
}

Result<std::shared_ptr<File>> Segment::file() {
  std::lock_guard lock(mutex_);
  if (file_ == nullptr) {
    if (detached_) return ExternalError(fmt::format("{} was removed", log_path_), Retry::kNo);
    MR_ASSIGN(file_, files_.Open(log_path_, OpenMode::kReadWrite));
  }
  return file_;
}

// Kafka's rule: before a batch is counted, an entry is due when more than the interval lies behind the last one. The
// entry bears the batch's last offset.
void Segment::Note(const kafka::BatchHeader& header, uint64_t position) {
  if (header.max_timestamp > max_timestamp_) {
    max_timestamp_ = header.max_timestamp;
    offset_of_max_ = header.last_offset();
  }
  if (bytes_since_entry_ > static_cast<uint64_t>(index_interval_bytes_)) {
    offsets_.Append({Relative(header.last_offset()), static_cast<int32_t>(position)});
    if (max_timestamp_ > (times_.last().has_value() ? times_.last()->timestamp : kafka::kNoTimestamp)) {
      times_.Append({max_timestamp_, Relative(offset_of_max_)});
    }
    bytes_since_entry_ = 0;
  }
  bytes_since_entry_ += header.size();
  if (position == 0) first_timestamp_ = header.max_timestamp;
  next_offset_.store(header.next_offset(), std::memory_order_release);
}

Status Segment::Append(const kafka::BatchHeader& header, std::string_view head, std::string_view body) {
  MR_ASSIGN(const auto log, file());
  MR_TRY(log->WritePartsAt(written_, head, body));
  std::lock_guard lock(mutex_);
  Note(header, written_);
  written_ += head.size() + body.size();
  return Ok();
}

void Segment::Publish() { size_.store(written_, std::memory_order_release); }

Status Segment::CutTail() {
  MR_ASSIGN(const auto log, file());
  return log->Truncate(size());
}

void Segment::AppendAborted(const AbortedTransaction& aborted) {
  std::lock_guard lock(mutex_);
  aborted_.Append(aborted);
}

Status Segment::DropAbortedFrom(int64_t offset) {
  std::lock_guard lock(mutex_);
  if (!aborted_.last().has_value() || aborted_.last()->last_offset < offset) return Ok();
  MR_ASSIGN(const size_t kept,
            aborted_.PartitionPoint([&](const AbortedTransaction& each) { return each.last_offset < offset; }));
  return aborted_.Keep(kept);
}

Result<bool> Segment::CollectAborted(int64_t from, int64_t to, std::vector<AbortedTransaction>* found) {
  std::lock_guard lock(mutex_);
  MR_ASSIGN(size_t at,
            aborted_.PartitionPoint([&](const AbortedTransaction& each) { return each.last_offset < from; }));
  for (; at < aborted_.count(); ++at) {
    MR_ASSIGN(const AbortedTransaction entry, aborted_.At(at));
    if (entry.first_offset < to) found->push_back(entry);
    if (entry.last_stable_offset >= to) return true;
  }
  return false;
}

Status Segment::Seal() {
  std::lock_guard lock(mutex_);
  if (detached_) return Ok();
  if (max_timestamp_ > (times_.last().has_value() ? times_.last()->timestamp : kafka::kNoTimestamp)) {
    times_.Append({max_timestamp_, Relative(offset_of_max_)});
  }
  return WriteIndexesLocked();
}

Status Segment::WriteIndexes() {
  std::lock_guard lock(mutex_);
  return detached_ ? Ok() : WriteIndexesLocked();
}

Status Segment::WriteIndexesLocked() {
  MR_TRY(offsets_.Write());
  MR_TRY(times_.Write());
  return aborted_.count() > 0 ? aborted_.Write() : Ok();
}

Status Segment::SyncIndexes() {
  std::lock_guard lock(mutex_);
  if (detached_) return Ok();
  MR_TRY(WriteIndexesLocked());
  MR_TRY(offsets_.Sync());
  MR_TRY(times_.Sync());
  return aborted_.count() > 0 ? aborted_.Sync() : Ok();
}

Status Segment::Sync() {
  MR_ASSIGN(const auto log, file());
  return log->Sync();
}

Result<uint64_t> Segment::PositionBefore(int64_t offset) {
  std::lock_guard lock(mutex_);
  MR_ASSIGN(const size_t count,
            offsets_.PartitionPoint([&](const OffsetEntry& e) { return base_offset_ + e.relative_offset <= offset; }));
  if (count == 0) return uint64_t{0};
  MR_ASSIGN(const OffsetEntry entry, offsets_.At(count - 1));
  return static_cast<uint64_t>(entry.position);
}

Error Segment::Damaged(uint64_t position, std::string_view why) const {
  return ExternalError(fmt::format("{} is damaged at position {}: {}", log_path_, position, why), Retry::kNo);
}

Result<std::optional<BatchPlace>> Segment::FindBatch(int64_t offset) {
  const uint64_t end = size();
  MR_ASSIGN(const uint64_t from, PositionBefore(offset));
  if (from >= end) return std::optional<BatchPlace>();
  MR_ASSIGN(const auto log, file());
  BatchScanner scanner(*log, from, end, base_offset_);
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step == ScanStep::kEnd) return std::optional<BatchPlace>();
    if (step == ScanStep::kDamaged) return Damaged(scanner.position(), scanner.damage());
    if (scanner.header().last_offset() >= offset)
      return std::optional(BatchPlace{scanner.position(), scanner.header()});
  }
}

Result<uint64_t> Segment::BatchBoundary(uint64_t from, uint64_t limit) {
  if (limit == size()) return limit;
  uint64_t start = from;
  {
    std::lock_guard lock(mutex_);
    MR_ASSIGN(const size_t count, offsets_.PartitionPoint([&](const OffsetEntry& e) {
      return static_cast<uint64_t>(e.position) <= limit;
    }));
    if (count > 0) {
      MR_ASSIGN(const OffsetEntry entry, offsets_.At(count - 1));
      start = std::max(start, static_cast<uint64_t>(entry.position));
    }
  }
  MR_ASSIGN(const auto log, file());
  BatchScanner scanner(*log, start, size(), base_offset_);
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step == ScanStep::kDamaged) return Damaged(scanner.position(), scanner.damage());
    if (step == ScanStep::kEnd) return scanner.next_position();
    if (scanner.next_position() > limit) return scanner.position();
  }
}

Result<std::optional<FoundOffset>> Segment::FindTime(int64_t timestamp, int64_t min_offset) {
  int64_t known_before = base_offset_;
  {
    std::lock_guard lock(mutex_);
    MR_ASSIGN(const size_t count, times_.PartitionPoint([&](const TimeEntry& e) { return e.timestamp < timestamp; }));
    if (count > 0) {
      MR_ASSIGN(const TimeEntry entry, times_.At(count - 1));
      known_before = base_offset_ + entry.relative_offset;
    }
  }
  const uint64_t end = size();
  MR_ASSIGN(const uint64_t from, PositionBefore(std::max(known_before, min_offset)));
  if (from >= end) return std::optional<FoundOffset>();
  MR_ASSIGN(const auto log, file());
  BatchScanner scanner(*log, from, end, base_offset_);
  while (true) {
    MR_ASSIGN(const ScanStep step, scanner.Next());
    if (step == ScanStep::kEnd) return std::optional<FoundOffset>();
    if (step == ScanStep::kDamaged) return Damaged(scanner.position(), scanner.damage());
    const kafka::BatchHeader& header = scanner.header();
    if (header.last_offset() < min_offset || header.max_timestamp < timestamp) continue;
    MR_ASSIGN(const auto found, LookInside(scanner, timestamp, min_offset, false));
    if (found.has_value()) return std::optional(FoundOffset{found->offset, found->timestamp});
  }
}

Result<std::optional<FoundOffset>> Segment::FindMaxTime(int64_t min_offset) {
  const uint64_t end = size();
  MR_ASSIGN(const uint64_t from, PositionBefore(min_offset));
  if (from >= end) return std::optional<FoundOffset>();
  int64_t best = kafka::kNoTimestamp;
  if (min_offset <= base_offset_) {
    best = max_timestamp();
  } else {
    MR_ASSIGN(const auto log, file());
    BatchScanner scanner(*log, from, end, base_offset_);
    while (true) {
      MR_ASSIGN(const ScanStep step, scanner.Next());
      if (step == ScanStep::kEnd) break;
      if (step == ScanStep::kDamaged) return Damaged(scanner.position(), scanner.damage());
      const kafka::BatchHeader& header = scanner.header();
      if (header.last_offset() < min_offset || header.max_timestamp <= best) continue;
      if (header.base_offset >= min_offset) {
        best = header.max_timestamp;
        continue;
      }
      MR_ASSIGN(const auto found, LookInside(scanner, best, min_offset, true));
      if (found.has_value()) best = found->timestamp;
    }
  }
  if (best == kafka::kNoTimestamp) return std::optional<FoundOffset>();
  return FindTime(best, min_offset);
}

Status Segment::Remove() {
  std::lock_guard lock(mutex_);
  if (file_ == nullptr) {
    MR_ASSIGN(file_, files_.Open(log_path_, OpenMode::kReadWrite));  // for readers that hold this segment
  }
  detached_ = true;
  MR_TRY(files_.Remove(log_path_));
  MR_TRY(offsets_.Remove());
  MR_TRY(aborted_.Remove());
  return times_.Remove();
}

void Segment::Detach() {
  std::lock_guard lock(mutex_);
  detached_ = true;
  offsets_.Detach();
  times_.Detach();
  aborted_.Detach();
}

Status Segment::RenameLog(std::string_view suffix) {
  std::lock_guard lock(mutex_);
  const std::string path = SegmentPath(directory_, base_offset_, fmt::format(".log{}", suffix));
  MR_TRY(files_.Rename(log_path_, path));
  log_path_ = path;
  return Ok();
}

Status Segment::RenameIndexes() {
  std::lock_guard lock(mutex_);
  const std::string offsets = SegmentPath(directory_, base_offset_, ".index");
  const std::string times = SegmentPath(directory_, base_offset_, ".timeindex");
  MR_TRY(files_.Rename(offsets_.path(), offsets));
  offsets_.set_path(offsets);
  MR_TRY(files_.Rename(times_.path(), times));
  times_.set_path(times);
  return Ok();
}

}  // namespace millrace::broker
