#include "broker/log/index_file.h"

#include <fmt/format.h>

#include "broker/log/bytes.h"

namespace millrace::broker {

void OffsetEntry::Encode(char* out) const {
  StoreBig(out, relative_offset);
  StoreBig(out + 4, position);
}

OffsetEntry OffsetEntry::Decode(const char* in) { return {LoadBig<int32_t>(in), LoadBig<int32_t>(in + 4)}; }

void TimeEntry::Encode(char* out) const {
  StoreBig(out, timestamp);
  StoreBig(out + 8, relative_offset);
}

TimeEntry TimeEntry::Decode(const char* in) { return {LoadBig<int64_t>(in), LoadBig<int32_t>(in + 8)}; }

void AbortedTransaction::Encode(char* out) const {
  StoreBig(out, kVersion);
  StoreBig(out + 2, producer_id);
  StoreBig(out + 10, first_offset);
  StoreBig(out + 18, last_offset);
  StoreBig(out + 26, last_stable_offset);
}

AbortedTransaction AbortedTransaction::Decode(const char* in) {
  return {LoadBig<int64_t>(in + 2), LoadBig<int64_t>(in + 10), LoadBig<int64_t>(in + 18), LoadBig<int64_t>(in + 26)};
}

template <typename Entry>
Result<File*> IndexFile<Entry>::OpenFile() {
  if (file_ == nullptr) {
    if (detached_) return ExternalError(fmt::format("{} was removed", path_), Retry::kNo);
    MR_ASSIGN(file_, files_->Open(path_, OpenMode::kCreate));
  }
  return file_.get();
}

template <typename Entry>
Result<bool> IndexFile<Entry>::Load() {
  stored_ = 0;
  pending_.clear();
  last_.reset();
  if (!files_->Exists(path_)) return false;
  MR_ASSIGN(File * file, OpenFile());
  MR_ASSIGN(const uint64_t size, file->Size());
  if (size % Entry::kSize != 0) return false;
  stored_ = size / Entry::kSize;
  if (stored_ == 0) return true;
  MR_ASSIGN(last_, At(stored_ - 1));
  if (stored_ > 1) {
    MR_ASSIGN(const Entry before, At(stored_ - 2));
    if (before.key() >= last_->key()) return false;
  }
  return true;
}

template <typename Entry>
Status IndexFile<Entry>::Keep(size_t wanted) {
  pending_.clear();
  last_.reset();
  if (wanted > 0) {
    MR_ASSIGN(last_, At(wanted - 1));
  }
  stored_ = wanted;
  if (wanted == 0 && file_ == nullptr && !files_->Exists(path_)) return Ok();
  MR_ASSIGN(File * file, OpenFile());
  return file->Truncate(wanted * Entry::kSize);
}

template <typename Entry>
Result<Entry> IndexFile<Entry>::At(size_t index) {
  if (index >= stored_) return pending_[index - stored_];
  MR_ASSIGN(File * file, OpenFile());
  char bytes[Entry::kSize];
  MR_ASSIGN(const size_t read, file->ReadAt(index * Entry::kSize, bytes, sizeof bytes));
  if (read != sizeof bytes) return ExternalError(fmt::format("{} ends before entry {}", path_, index));
  return Entry::Decode(bytes);
}

template <typename Entry>
Status IndexFile<Entry>::Write() {
  if (pending_.empty() && file_ != nullptr) return Ok();
  MR_ASSIGN(File * file, OpenFile());
  std::string bytes(pending_.size() * Entry::kSize, '\0');
  for (size_t i = 0; i < pending_.size(); ++i) pending_[i].Encode(bytes.data() + i * Entry::kSize);
  MR_TRY(file->WriteAt(stored_ * Entry::kSize, bytes));
  stored_ += pending_.size();
  pending_.clear();
  return Ok();
}

template <typename Entry>
Status IndexFile<Entry>::Sync() {
  MR_ASSIGN(File * file, OpenFile());
  return file->Sync();
}

template <typename Entry>
Status IndexFile<Entry>::Remove() {
  if (stored_ > 0) {
    MR_ASSIGN([[maybe_unused]] const File* file, OpenFile());
  }
  detached_ = true;
  return files_->Remove(path_);
}

template class IndexFile<AbortedTransaction>;
template class IndexFile<OffsetEntry>;
template class IndexFile<TimeEntry>;

}  // namespace millrace::broker
