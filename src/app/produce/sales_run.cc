#include "app/produce/sales_run.h"

#include <algorithm>

#include "app/command.h"
#include "base/clock.h"

namespace millrace::app {

Result<int64_t> WritePastSales(const SalesPlan& plan, int64_t begin, int64_t end, SalesEvents& events,
                               SalesWriter& writer) {
  const int64_t span = end - begin;
  const int64_t total =
      plan.count > 0 ? plan.count : static_cast<int64_t>(plan.rate * static_cast<double>(span) / 1000);
  for (int64_t i = 0; i < total && !StopRequested(); ++i) {
    // In floating point: span * total may not fit 64 bits.
    const double share = static_cast<double>(i + 1) / static_cast<double>(total);
    MR_TRY(writer.Write(events.Next(begin + static_cast<int64_t>(static_cast<double>(span) * share))));
  }
  MR_TRY(writer.Flush());
  return total;
}

Status WriteLiveSales(const SalesPlan& plan, SalesEvents& events, SalesWriter& writer, int64_t& written) {
  Clock& clock = SystemClock();
  const int64_t start = clock.MonotonicNanos();
  for (int64_t i = 0; (plan.count == 0 || i < plan.count) && !StopRequested(); ++i) {
    if (plan.rate > 0) {
      const auto due = start + static_cast<int64_t>(static_cast<double>(i) * 1e9 / plan.rate);
      while (clock.MonotonicNanos() < due) {
        MR_TRY(writer.Poll());
        const int64_t left = (due - clock.MonotonicNanos()) / 1'000'000;
        if (WaitForStop(std::clamp<int64_t>(left, 1, 200))) return Ok();
      }
    }
    MR_TRY(writer.Write(events.Next(clock.WallMillis())));
    ++written;
  }
  return Ok();
}

}  // namespace millrace::app
