#pragma once

#include <cstdint>
#include <string>

namespace millrace::engine {

// What became of one checkpoint or savepoint, for the client and the dashboard.
struct CheckpointReport {
  uint64_t id = 0;
  bool savepoint = false;
  int64_t trigger_millis = 0;   // epoch
  int64_t duration_millis = 0;  // until it was committed
  std::string path;
  std::string failure;  // "" = completed
};

}  // namespace millrace::engine
