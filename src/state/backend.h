#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/snapshot.h"

// Where operators keep keyed state that outgrows memory: an operator works on tables in memory and writes them out as
// sorted runs when they have reached their size. What one run holds of a key adds to what others hold of it.
namespace millrace::state {

// Part of the space of key hashes, [begin, end); hashes count with their upper 32 bits. A key group is such a range.
struct HashRange {
  uint64_t begin = 0;
  uint64_t end = 1ULL << 32;

  static HashRange Of(KeyGroupRange groups);
  bool Contains(uint64_t hash) const { return hash >> 32 >= begin && hash >> 32 < end; }
};

// One entry of a run. Runs are ordered by name space, upper half of the hash, key.
struct RunEntry {
  int64_t name_space = 0;  // of windows: the end of the slice
  uint64_t hash = 0;       // of the key; read back with its lower half 0
  std::string_view key;
  std::string_view value;
};

using TakeRunEntry = std::function<Status(const RunEntry&)>;

// An open run. One thread; ranges that follow each other are read fastest.
class RunReader {
 public:
  virtual ~RunReader() = default;
  virtual Status Read(int64_t name_space, HashRange hashes, const TakeRunEntry& take) = 0;
  // The name spaces that have entries in the range, ascending.
  virtual Result<std::vector<int64_t>> NameSpaces(HashRange hashes) = 0;
};

// A file of entries that nobody changes any more. It is removed with its last owner. Any thread.
class Run {
 public:
  virtual ~Run() = default;
  virtual Result<std::unique_ptr<RunReader>> Open() const = 0;

  KeyedSnapshot::NativeFile file;
  uint64_t num_entries = 0;
  uint64_t num_bytes = 0;  // of keys and values, before compression
  int64_t first = 0;       // smallest and largest name space
  int64_t last = 0;
};
using RunPtr = std::shared_ptr<const Run>;

// Takes entries in order, each key once per name space. What is not finished is removed. One thread.
class RunWriter {
 public:
  virtual ~RunWriter() = default;
  virtual Status Add(const RunEntry& entry) = 0;
  virtual Result<RunPtr> Finish() = 0;  // after one entry at least
};

// Of one operator in one slot; outlived by its runs. Any thread.
class Store {
 public:
  virtual ~Store() = default;
  // What the operator may keep in memory before it writes it out, and use beside that to merge what it reads.
  virtual size_t table_bytes() const = 0;
  virtual size_t merge_bytes() const = 0;
  virtual Result<std::unique_ptr<RunWriter>> NewRun() = 0;
  // A run of an earlier snapshot, by hard link.
  virtual Result<RunPtr> Adopt(const KeyedSnapshot::NativeFile& file) = 0;
};

// One run of one job. All calls from any thread; outlives the operators. An operator without a backend (null:
// `hashmap`) keeps everything in memory.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::unique_ptr<Store> NewStore() = 0;
};

}  // namespace millrace::state
