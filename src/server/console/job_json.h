#pragma once

#include "codec/json.h"
#include "engine/job_service.h"
#include "server/history/metric_history.h"

// What the pages see of jobs (docs/cluster-contract.md, JSON API of the pages).
namespace millrace::server {

codec::Json ConsoleSummary(const engine::JobReport& job, const JobRates& rates);
codec::Json ConsoleJob(const engine::JobReport& job, const JobRates& rates);
codec::Json ConsoleHistory(const TimeSeries& history);
codec::Json ConsoleEdge(const engine::EdgeSample& sample);
codec::Json ConsoleTaskManager(const engine::TaskManagerReport& task_manager);

}  // namespace millrace::server
