#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::exec {

// Counters of one operator in one slot: written by the slot's thread, read by any (relaxed).
class Counter {
 public:
  void Add(int64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void Set(int64_t n) { value_.store(n, std::memory_order_relaxed); }
  int64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

struct OperatorMetrics {
  Counter records_in;
  Counter records_out;
  Counter late_rows;      // dropped because their last window had fired
  Counter windows_fired;  // (key, window) results emitted
  Counter bad_records;    // of a source: skipped or logged
  Counter watermark;      // last one that the operator saw (source: emitted)
  Counter state_rows;
  Counter state_bytes;
  // Of sources and sinks what the outside world sees; of exchanges (sent, received) an estimate.
  Counter bytes_in;
  Counter bytes_out;
  // Of sources, exchanges (what lies behind them) and timers, by the monotonic clock; the rest of the time is idle.
  Counter busy_nanos;
  Counter backpressured_nanos;
  Counter snapshot_micros;  // longest time that a snapshot has kept the slot from its rows
  bool failed = false;      // an error came from here or from behind; of the slot's thread
  OperatorMetrics() { watermark.Set(INT64_MIN); }
};

}  // namespace millrace::exec
