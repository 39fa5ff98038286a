#pragma once

#include <string>

#include "engine/job.h"

namespace millrace::app::client {

// "job insert-into_…: 1.2M records in (350.0k/s), watermark 2026-01-01 00:00:55.000, 36 windows closed, 0 late rows"
std::string StatusLine(const std::string& name, const engine::JobMetrics& metrics);

}  // namespace millrace::app::client
