#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "state/checkpoint_files.h"

namespace millrace::state {

// What one slot hands to a checkpoint.
struct SlotSnapshot {
  uint32_t slot = 0;
  int64_t begin_nanos = 0;  // monotonic: its sources sent the barrier
  int64_t end_nanos = 0;    // all its operators had it
  int64_t sync_nanos = 0;   // between the two, in Operator::Snapshot
  struct Part {
    std::string uid;
    OperatorSnapshot snapshot;
    std::vector<StoredOperator::Split> splits;  // of a source
  };
  std::vector<Part> parts;
};

// The checkpoints of one job under "<directory>/chk-N", with "<directory>/shared" for native files. One thread.
class CheckpointStorage {
 public:
  // `retained`: how many finished checkpoints are kept. Finds those that are there; half-written ones are removed.
  // `incremental`: native files are stored once for all checkpoints, instead of each entry in each checkpoint.
  static Result<CheckpointStorage> Open(FileSystem& files, const std::string& directory, size_t retained,
                                        bool incremental = false);

  // The finished checkpoints, oldest first. Damage shows when one is loaded.
  const std::vector<uint64_t>& finished() const { return finished_; }
  std::string FolderOf(uint64_t id) const;

  // Writes and syncs everything; on return the checkpoint is durable. After an error nothing of it counts, and the
  // call may be repeated with the same snapshots. The metadata as stored, with the parts.
  Result<CheckpointMetadata> Write(CheckpointMetadata metadata, std::vector<SlotSnapshot>& slots);
  // A self-contained folder in the common form, for any backend and parallelism; `metadata.savepoint` is set.
  static Result<CheckpointMetadata> WriteSavepoint(FileSystem& files, const std::string& folder,
                                                   CheckpointMetadata metadata, std::vector<SlotSnapshot>& slots);
  // Everything checked; of what `trusted` took without native files only the metadata, and the rest as it is restored.
  // The error CHECKPOINT_DAMAGED says that another one should be tried.
  Result<CheckpointMetadata> Load(uint64_t id, std::string_view trusted = {}) const;

  // Removes what is older than the retained ones, counted from `newest_needed` down; and native files nobody needs.
  Status RemoveOld(uint64_t newest_needed);
  // Those that were written and never committed: the job went on from an earlier one.
  Status RemoveNewerThan(uint64_t id);
  // Due once a start has found what it goes on from: until then a checkpoint that was moved away may be put back.
  Status RemoveUnusedNativeFiles();
  // What Write has left of a checkpoint that does not count.
  Status Discard(uint64_t id);
  Status RemoveAll();

 private:
  CheckpointStorage(FileSystem& files, std::string directory, size_t retained, bool incremental)
      : files_(&files), directory_(std::move(directory)), retained_(retained), incremental_(incremental) {}
  Status Remove(uint64_t id);
  Status StoreNativeFiles(uint64_t checkpoint, const KeyedSnapshot& keyed, StoredOperator* part);

  FileSystem* files_;
  std::string directory_;
  size_t retained_;
  bool incremental_;
  std::vector<uint64_t> finished_;
  struct NativeFile {
    uint64_t size = 0;
    uint64_t added_by = 0;  // number of a checkpoint; 0 = an earlier one
  };
  std::map<std::string, NativeFile> native_files_;  // in shared/, by name
  std::set<std::string> failed_syncs_;              // names of such files
};

}  // namespace millrace::state
