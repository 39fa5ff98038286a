#include "app/client/job_status.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::app::client {

std::string StatusLine(const std::string& name, const engine::JobMetrics& metrics) {
  return fmt::format("job {}: {} records in ({}/s), watermark {}, {} windows closed, {} late rows{}", name,
                     FormatCount(metrics.records_in), FormatCount(static_cast<int64_t>(metrics.records_per_second)),
                     metrics.watermark == INT64_MIN   ? "none yet"
                     : metrics.watermark == INT64_MAX ? "at the end"
                                                      : FormatMillisUtc(metrics.watermark),
                     metrics.windows_fired, metrics.late_rows,
                     metrics.bad_records == 0 ? "" : fmt::format(", {} bad records", metrics.bad_records)) +
         (metrics.last_checkpoint == 0 ? "" : fmt::format(", checkpoint {}", metrics.last_checkpoint)) +
         (metrics.restarts == 0 ? "" : fmt::format(", {} restarts", metrics.restarts));
}

}  // namespace millrace::app::client
