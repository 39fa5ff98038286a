#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::engine {

// What became of one checkpoint or savepoint, for the client and the dashboard.
struct CheckpointReport {
  uint64_t id = 0;
  bool savepoint = false;
  int64_t trigger_millis = 0;   // epoch
  int64_t duration_millis = 0;  // until it was committed
  std::string path;
  std::string failure;  // "" = completed
  // Of a completed one: what the operators wrote, files that earlier checkpoints hold too included.
  struct OperatorSize {
    std::string name;  // "GlobalWindowAggregate[4]"
    int64_t bytes = 0;
    int64_t rows = 0;  // of keyed state, without those in files of the backend
  };
  int64_t state_bytes = 0;
  uint32_t num_operators = 0;  // that have state in it
  std::vector<OperatorSize> operators;
  int64_t restored_millis = -1;  // epoch, when a run last began from it; -1 = never
};

}  // namespace millrace::engine
