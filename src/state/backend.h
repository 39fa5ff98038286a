#pragma once

namespace millrace::state {

// Where the operators of one job keep keyed state that outgrows memory. All calls from any thread; outlives the
// operators. An operator without a backend (null: `hashmap`) keeps everything in memory.
class Backend {
 public:
  virtual ~Backend() = default;
};

}  // namespace millrace::state
