#include "bench/measure.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "codec/crc32c.h"

namespace millrace::bench {
namespace {

int64_t Nanos(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

int64_t ProcessCpuNanos() { return Nanos(CLOCK_PROCESS_CPUTIME_ID); }
int64_t WallNanos() { return Nanos(CLOCK_MONOTONIC); }

Sample Time(int64_t records, const std::function<void()>& run) {
  const int64_t wall = WallNanos();
  const int64_t cpu = ProcessCpuNanos();
  run();
  const auto count = static_cast<double>(records);
  return {static_cast<double>(ProcessCpuNanos() - cpu) / count, static_cast<double>(WallNanos() - wall) / count};
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Canaries MeasureCanaries() {
  Canaries out;
  constexpr int64_t kAdds = 200'000'000;
  uint64_t x = 1;
  int64_t begin = ProcessCpuNanos();
  for (int64_t i = 0; i < kAdds; ++i) asm volatile("add $1, %0" : "+r"(x));
  out.ghz = static_cast<double>(kAdds) / static_cast<double>(ProcessCpuNanos() - begin);
  std::string from(256u << 20, 'x');
  std::string to(from.size(), 'y');
  begin = ProcessCpuNanos();
  std::memcpy(to.data(), from.data(), from.size());
  out.copy_gb_per_second = static_cast<double>(from.size()) / static_cast<double>(ProcessCpuNanos() - begin);
  begin = ProcessCpuNanos();
  volatile uint32_t crc = 0;
  for (int i = 0; i < 4096; ++i) crc = crc + codec::Crc32c(std::string_view(from).substr(0, 64u << 10));
  out.crc_gb_per_second = 4096.0 * 65536 / static_cast<double>(ProcessCpuNanos() - begin);
  return out;
}

}  // namespace millrace::bench
