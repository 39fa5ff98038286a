#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace millrace::broker {

// An append-only file of changes, `metadata-<n>.journal` in the data folder:
//   magic 8 bytes | length of the first part u64 | frames: length u32, crc-32c u32, bytes
// The first part is a snapshot, written at once and synced before the file got its name: damage in it is refused.
// After it come single changes; there the first damaged frame ends the journal, as a crash leaves it.
// Not thread-safe.
class MetadataJournal {
 public:
  // Opens the newest journal of the folder, calling `apply` for each change, or begins one when there is none.
  // User error when `apply` fails or a snapshot is damaged.
  static Result<std::unique_ptr<MetadataJournal>> Open(FileSystem& files, const std::string& directory,
                                                       const std::function<Status(std::string_view)>& apply);

  // Returns when the kernel has the bytes. A failed write is cut off again.
  Status Append(std::string_view change);
  Status Sync();
  // Starts the next file with `snapshot`; durable on return.
  Status Rewrite(const std::vector<std::string>& snapshot);
  // Whether the changes outweigh the snapshot so far that Rewrite pays.
  bool IsLong() const;

  uint64_t size() const { return size_; }

 private:
  MetadataJournal(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  std::string PathOf(int64_t number) const;
  Status Begin(int64_t number, const std::vector<std::string>& snapshot);
  Status Load(int64_t number, const std::function<Status(std::string_view)>& apply);
  Status KeepDamaged(const std::string& path, std::string_view bytes);

  FileSystem& files_;
  const std::string directory_;
  int64_t number_ = 0;
  std::unique_ptr<File> file_;
  uint64_t snapshot_size_ = 0;
  uint64_t size_ = 0;
  bool torn_ = false;
};

}  // namespace millrace::broker
