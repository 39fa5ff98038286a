#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace millrace::bench {

// CPU time of all threads of this process, nanoseconds.
int64_t ProcessCpuNanos();
int64_t WallNanos();

struct Sample {
  double cpu = 0;  // nanoseconds per record
  double wall = 0;
};

// Times one call of `run` over `records` records.
Sample Time(int64_t records, const std::function<void()>& run);

double Median(std::vector<double> values);

// What the machine gives right now: a chain of dependent additions (clock), copying and a serial checksum.
struct Canaries {
  double ghz = 0;
  double copy_gb_per_second = 0;
  double crc_gb_per_second = 0;
};
Canaries MeasureCanaries();

}  // namespace millrace::bench
