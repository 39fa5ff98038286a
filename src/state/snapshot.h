#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What operators hand to a checkpoint and get back from one. `checkpoint_files.h` writes it to disk and reads it.
namespace millrace::state {

// Key groups [begin, end) of the job's 128: the share of one slot.
struct KeyGroupRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool Contains(uint32_t group) const { return group >= begin && group < end; }
};

// One entry of keyed state in the form that every backend writes and reads, so that a job can move from one backend and
// one parallelism to another. Key and value are the operator's own bytes; entries of a snapshot have distinct keys.
struct KeyedEntry {
  uint32_t key_group = 0;
  std::string_view key;
  std::string_view value;
};

// Takes the entries of a snapshot in ascending order of key groups.
class KeyedWriter {
 public:
  virtual ~KeyedWriter() = default;
  virtual Status Add(const KeyedEntry& entry) = 0;
};

// The keyed state of one operator in one slot at one moment. Made on the slot's thread in a few milliseconds; then read
// from another thread while the operator goes on. Its destructor frees what it holds, on any thread.
class KeyedSnapshot {
 public:
  virtual ~KeyedSnapshot() = default;
  virtual Status Write(KeyedWriter& writer) = 0;

  // The backend's own immutable files that hold the same state. A file that an earlier snapshot of this store had under
  // the same name is the same file and need not be stored again: that makes checkpoints incremental. Empty = the state
  // exists only through Write. The files stay until the snapshot is destroyed.
  struct NativeFile {
    std::string name;  // unique in the life of the store and over its restarts
    std::string path;
  };
  virtual std::vector<NativeFile> NativeFiles() const { return {}; }
  // Name spaces of the files (`backend.h`) up to this one no longer count.
  virtual int64_t DeadUpTo() const { return INT64_MIN; }
  // What the native files do not hold; together they are the state, and a key may lie in several of them.
  virtual Status WriteBesideFiles(KeyedWriter& /*writer*/) { return Ok(); }
};

// What Operator::Snapshot fills.
struct OperatorSnapshot {
  std::string values;                    // small: watermarks, counters; the operator's own encoding
  std::unique_ptr<KeyedSnapshot> keyed;  // null = the operator keeps nothing by key
};

// What one slot of the earlier run had written; an operator gets those of all slots whose share may touch its own.
struct OperatorPart {
  using ReadEntries = std::function<Status(KeyGroupRange range, const std::function<Status(const KeyedEntry&)>& take)>;
  KeyGroupRange range;  // the share of that slot
  std::string values;
  // Calls `take` for the entries of the given range; any number of times. A key may come several times when there are
  // native files: what is known of it must be added up. Null when there is no keyed state.
  ReadEntries read_keyed;
  // The backend's own files as NativeFiles() named them, with paths in the checkpoint; hard-link or copy, never change.
  std::vector<KeyedSnapshot::NativeFile> native_files;
  int64_t dead_up_to = INT64_MIN;  // as DeadUpTo()
  ReadEntries read_beside_files;   // like read_keyed, without what the native files hold
};

// What Operator::Restore gets: one part per slot of the earlier run, in slot order; empty for a new operator.
struct OperatorState {
  KeyGroupRange range;  // of this slot now
  std::vector<OperatorPart> parts;
};

}  // namespace millrace::state
