#pragma once

#include "app/produce/sales_writer.h"

namespace millrace::app {

// How many sales, and when.
struct SalesPlan {
  double rate = 1;    // per second; 0 = as fast as possible
  int64_t count = 0;  // 0 = until stopped
};

// Past sales at full speed, evenly spread over [begin, end] of event time (epoch millis): `plan.count` of them, or as
// many as the rate gives. Returns how many were written.
Result<int64_t> WritePastSales(const SalesPlan& plan, int64_t begin, int64_t end, SalesEvents& events,
                               SalesWriter& writer);

// Sales of now at the plan's rate until `plan.count` are written or a stop is asked for. Adds to `written`.
Status WriteLiveSales(const SalesPlan& plan, SalesEvents& events, SalesWriter& writer, int64_t& written);

}  // namespace millrace::app
