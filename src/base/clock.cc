#include "base/clock.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace millrace {
namespace {

class RealClock final : public Clock {
 public:
  int64_t WallMillis() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
  int64_t MonotonicNanos() const override {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
  }
  void SleepMillis(int64_t millis) override { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

int64_t ManualClock::WallMillis() const {
  return std::atomic_ref(const_cast<int64_t&>(millis_)).load(std::memory_order_relaxed);
}

int64_t ManualClock::MonotonicNanos() const { return WallMillis() * 1'000'000; }

void ManualClock::Advance(int64_t millis) { std::atomic_ref(millis_).fetch_add(millis, std::memory_order_relaxed); }

}  // namespace millrace
