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
  struct StateSize {
    int64_t bytes = 0;
    int64_t added_bytes = 0;  // of these, what no earlier checkpoint holds
    StateSize& operator+=(const StateSize& more) {
      bytes += more.bytes;
      added_bytes += more.added_bytes;
      return *this;
    }
  };
  struct OperatorSize {
    std::string name;  // "GlobalWindowAggregate[4]"
    int64_t rows = 0;  // of keyed state, without those in files of the backend
    std::vector<StateSize> slots;
  };
  int64_t state_bytes = 0;
  int64_t added_bytes = 0;
  std::vector<OperatorSize> operators;  // that have state in it
  // Of a completed one: what each slot did for it. All vertices of a slot share its thread.
  struct SlotTimes {
    int64_t start_delay_millis = 0;  // from the trigger until its sources sent the barrier
    int64_t alignment_millis = 0;    // until all its operators had it, without the next
    int64_t sync_millis = 0;         // in which they gave their state
  };
  std::vector<SlotTimes> slots;
  int64_t async_millis = 0;      // from the last slot's state until all was on disk
  int64_t restored_millis = -1;  // epoch, when a run last began from it; -1 = never
};

}  // namespace millrace::engine
