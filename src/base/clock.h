#pragma once

#include <cstdint>

namespace millrace {

// Time is injected: nothing below app/ reads the system's clock by itself. All calls from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t WallMillis() const = 0;      // milliseconds since 1970-01-01 UTC; may jump
  virtual int64_t MonotonicNanos() const = 0;  // never goes back; for intervals
  // Blocks the calling thread; a ManualClock advances itself instead.
  virtual void SleepMillis(int64_t millis) = 0;
};

// The machine's clocks. One instance, never destroyed.
Clock& SystemClock();

// A clock that tests move by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_millis) : millis_(wall_millis) {}
  int64_t WallMillis() const override;
  int64_t MonotonicNanos() const override;
  void SleepMillis(int64_t millis) override { Advance(millis); }
  void Advance(int64_t millis);

 private:
  int64_t millis_;
};

}  // namespace millrace
