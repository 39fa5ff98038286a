#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "broker/log/aborted_transaction.h"

namespace millrace::broker {

// An entry of a `.index`: the last offset of a batch, relative to the segment's base, and where the batch begins.
struct OffsetEntry {
  static constexpr size_t kSize = 8;
  int32_t relative_offset = 0;
  int32_t position = 0;

  int64_t key() const { return relative_offset; }
  void Encode(char* out) const;
  static OffsetEntry Decode(const char* in);
};

// An entry of a `.timeindex`: the largest timestamp so far and the last offset of the batch that has it first.
struct TimeEntry {
  static constexpr size_t kSize = 12;
  int64_t timestamp = 0;
  int32_t relative_offset = 0;

  int64_t key() const { return timestamp; }
  void Encode(char* out) const;
  static TimeEntry Decode(const char* in);
};

// An index beside a segment: entries of a fixed size with rising keys. New entries gather in memory until Write.
// The file is opened when it is needed first. Not thread-safe: its segment locks.
template <typename Entry>
class IndexFile {
 public:
  IndexFile(FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}

  // Takes what the file holds. False when the file cannot be an index (missing, odd size, keys that do not rise at its
  // end); then the caller rebuilds it.
  Result<bool> Load();
  // Forgets all entries but the first `count`, of which only what was loaded or written may be meant.
  Status Keep(size_t count);

  size_t count() const { return stored_ + pending_.size(); }
  std::optional<Entry> last() const { return last_; }
  Result<Entry> At(size_t index);
  // The number of entries for which `holds` is true; it is true for a prefix of them.
  template <typename Predicate>
  Result<size_t> PartitionPoint(Predicate holds);

  void Append(const Entry& entry) {
    pending_.push_back(entry);
    last_ = entry;
  }
  // Brings the gathered entries into the file.
  Status Write();
  Status Sync();
  // Takes the file from the folder; what it holds stays readable here.
  Status Remove();
  // Gives the descriptor back; the next use opens the file again.
  void Release() { file_.reset(); }
  // From now on the file is not opened any more: its path may come to mean another one.
  void Detach() { detached_ = true; }
  void set_path(std::string path) { path_ = std::move(path); }
  const std::string& path() const { return path_; }

 private:
  Result<File*> OpenFile();

  FileSystem* files_;
  std::string path_;
  std::unique_ptr<File> file_;
  size_t stored_ = 0;  // entries in the file
  std::vector<Entry> pending_;
  std::optional<Entry> last_;
  bool detached_ = false;
};

template <typename Entry>
template <typename Predicate>
Result<size_t> IndexFile<Entry>::PartitionPoint(Predicate holds) {
  if (!last_.has_value()) return size_t{0};
  if (holds(*last_)) return count();  // the usual case: somebody reads the end of the log
  size_t low = 0, high = count() - 1;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    MR_ASSIGN(const Entry entry, At(middle));
    if (holds(entry)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

extern template class IndexFile<AbortedTransaction>;
extern template class IndexFile<OffsetEntry>;
extern template class IndexFile<TimeEntry>;

}  // namespace millrace::broker
