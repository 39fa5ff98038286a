#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "state/layout.h"
#include "state/snapshot.h"

// The files of one checkpoint or savepoint, a folder:
//   _metadata   "MRCP", format version u32, crc32c of the rest u32 (little-endian), then CheckpointMetadata
//   slot-N.data keyed state of slot N, all operators one behind the other; blocks of
//               payload size u32 | crc32c u32 | first key group u32 | last key group u32 | entries
//   ../shared/  native files of a backend, hard-linked; one file may belong to several checkpoints. Then slot-N.data
//               holds what they do not
// The metadata is written last: a folder without it is no checkpoint.
namespace millrace::state {

inline constexpr uint32_t kCheckpointVersion = 2;  // 1 had no `transactional`
inline constexpr const char* kMetadataName = "_metadata";

struct StoredFile {
  std::string name;  // of KeyedSnapshot::NativeFile
  std::string path;  // relative to the folder of the checkpoint
  uint64_t size = 0;
  bool added = false;  // by this checkpoint; known where it is written, not when it is read
};

// What one operator wrote in one slot.
struct StoredOperator {
  std::string uid;
  uint32_t slot = 0;
  std::string values;
  bool has_keyed = false;  // canonical entries lie in slot-N.data at [offset, offset + size)
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t num_entries = 0;
  std::vector<StoredFile> native_files;
  int64_t dead_up_to = INT64_MIN;  // of KeyedSnapshot
  // Of a source: where each of the slot's splits stands.
  struct Split {
    std::string name;
    std::string position;
    int64_t watermark = INT64_MIN;  // epoch millis; INT64_MIN = none yet
  };
  std::vector<Split> splits;
};

struct CheckpointMetadata {
  uint64_t id = 0;
  bool savepoint = false;
  bool transactional = false;  // of a job whose sinks commit with it: without that commit its rows are not written
  std::string job_id;
  std::string job_name;
  std::string taken_by;     // hex digits of the process: another one may have taken one of the same id
  int64_t time_millis = 0;  // epoch millis, when it was triggered
  uint32_t parallelism = 1;
  uint32_t key_groups = 0;
  std::string backend;  // "hashmap", "rocksdb"
  // The job's operators that may have state: stable id and name ("GlobalWindowAggregate[4]").
  struct Operator {
    std::string uid;
    std::string name;
    StateLayout layout;
  };
  std::vector<Operator> operators;
  std::vector<StoredOperator> parts;

  bool has_native_files() const;
};

std::string EncodeMetadata(const CheckpointMetadata& metadata);
// External error without retry when the bytes are damaged or of a later version.
Result<CheckpointMetadata> DecodeMetadata(std::string_view bytes);
Result<CheckpointMetadata> ReadMetadata(FileSystem& files, const std::string& folder);

std::string DataFileName(uint32_t slot);

// Writes slot-N.data of one slot: for each operator Begin, its entries, End.
class DataFileWriter final : public KeyedWriter {
 public:
  static Result<std::unique_ptr<DataFileWriter>> Create(FileSystem& files, const std::string& path);
  void Begin();
  Status Add(const KeyedEntry& entry) override;
  Status End(StoredOperator* part);  // fills its offset, size and number of entries
  Status Sync();

 private:
  DataFileWriter() = default;
  Status WriteBlock();

  std::unique_ptr<File> file_;
  uint64_t position_ = 0;
  uint64_t begin_ = 0;
  uint64_t num_entries_ = 0;
  uint32_t first_group_ = 0;
  uint32_t last_group_ = 0;
  std::string block_;  // header, then the entries
};

// Calls `take` for the part's entries in these key groups. Any thread. A damaged block is an external error without
// retry that names file and place.
Status ReadKeyed(FileSystem& files, const std::string& folder, const StoredOperator& part, KeyGroupRange range,
                 const std::function<Status(const KeyedEntry&)>& take);

// Reads everything once, native files too, and checks each checksum.
Status VerifyCheckpoint(FileSystem& files, const std::string& folder, const CheckpointMetadata& metadata);

// What the operator `uid` gets back in a slot with this share; `folder` and `metadata` outlive it.
OperatorState StateOf(FileSystem& files, const std::string& folder, const CheckpointMetadata& metadata,
                      const std::string& uid, KeyGroupRange range);

}  // namespace millrace::state
