#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace millrace::broker {

// What a partition remembers beside its segments, in the file "checkpoint" of its folder. Replaced as a whole by
// rename; a missing or unreadable one costs a longer recovery and no data.
struct Checkpoint {
  int64_t recovery_point = 0;  // all before it is on the disk, indexes included
  int64_t log_start = 0;       // of DeleteRecords and retention
  int64_t cleaned_offset = 0;  // compaction has seen all before it
  int64_t cleaned_ms = 0;      // when, wall time
  bool operator==(const Checkpoint&) const = default;
};

Checkpoint LoadCheckpoint(FileSystem& files, const std::string& directory);
// `durable`: on the disk on return; else it survives the death of the process only.
Status SaveCheckpointFile(FileSystem& files, const std::string& directory, const Checkpoint& checkpoint, bool durable);

// Writes beside `path` and renames.
Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view bytes, bool durable);

}  // namespace millrace::broker
