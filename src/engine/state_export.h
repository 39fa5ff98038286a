#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/value.h"
#include "state/checkpoint_files.h"

// The state in a checkpoint or savepoint for people and tools; nothing has to run for it.
namespace millrace::engine {

// How far an operator had come: the lowest watermark over its slots, epoch millis. Of operators that keep one.
std::optional<int64_t> StoredWatermark(FileSystem& files, const std::string& folder,
                                       const state::CheckpointMetadata& metadata,
                                       const state::CheckpointMetadata::Operator& op);

// Deletes a savepoint; a file: URI is a path too. Fails for a folder that is none.
Status DisposeSavepoint(FileSystem& files, const std::string& path);

// One entry of keyed state.
struct StateRow {
  uint32_t key_group = 0;
  std::optional<int64_t> slice_end;  // of a window: end of the slice, epoch millis of the windows' wall clock
  ValueList columns;                 // the keys, or the row
  ValueList aggregates;              // what each would give if its window fired now
};

// Reads the keyed state of one operator. `columns` and `aggregates` are the types of StateRow's values.
class StateExport {
 public:
  static Result<StateExport> Of(const state::CheckpointMetadata::Operator& op);
  const std::vector<DataType>& columns() const { return columns_; }
  const std::vector<DataType>& aggregates() const { return aggregates_; }
  Status Run(FileSystem& files, const std::string& folder, const state::CheckpointMetadata& metadata,
             const std::function<Status(const StateRow&)>& take) const;

 private:
  state::CheckpointMetadata::Operator op_;
  std::vector<DataType> columns_;
  std::vector<DataType> aggregates_;
};

}  // namespace millrace::engine
