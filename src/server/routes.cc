#include "server/routes.h"

#include "base/clock.h"
#include "server/console/job_routes.h"
#include "server/history/sampler.h"
#include "server/rest/metric_values.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

constexpr int64_t kAwaitReadersMillis = 2'000;

struct JobServing {
  JobServing(engine::JobService& jobs, JobRoutesOptions options)
      : list(jobs, SystemClock()),
        rest{jobs, list, triggers, history, options.config},
        console{rest, std::move(options.version), SystemClock().WallMillis()},
        sampler(jobs, history) {}

  JobList list;
  RestContext rest;
  ConsoleContext console;
  MetricHistory history;
  SavepointTriggers triggers;
  Sampler sampler;  // last: its thread uses the others
};

// Rates, and no series.
struct JobMeters {
  explicit JobMeters(const engine::JobService& jobs) : sampler(jobs, history) {}

  MetricHistory history{0};
  Sampler sampler;
};

}  // namespace

Routes JobRoutes(engine::JobService& jobs, JobRoutesOptions options) {
  const auto serving = std::make_shared<JobServing>(jobs, std::move(options));
  return {.add =
              [serving](http::Router& router) {
                AddRestRoutes(router, serving->rest);
                AddConsoleJobRoutes(router, serving->console);
              },
          .before_stop = [serving] { serving->triggers.AwaitReaders(kAwaitReadersMillis); }};
}

std::function<std::string()> PrometheusPage(const engine::JobService& jobs) {
  return [&jobs, meters = std::make_shared<JobMeters>(jobs)] {
    return PrometheusText(jobs, meters->history, Role::kTaskManager);
  };
}

}  // namespace millrace::server
