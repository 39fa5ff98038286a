#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/local/services.h"
#include "app/web.h"
#include "cluster/cluster_config.h"
#include "cluster/job_manager.h"
#include "cluster/task_manager.h"
#include "engine/job.h"

namespace millrace::app {

struct LocalClusterOptions {
  std::string data_dir;
  uint32_t slots = 2;
  server::WebOptions web;
  cluster::ClusterConfig config;
};

// Job manager, one task manager and the web server of `millrace local`, all in this process, on the embedded services.
class LocalCluster {
 public:
  static Result<std::unique_ptr<LocalCluster>> Start(LocalClusterOptions options, const Services& services);
  ~LocalCluster();

  // Hands the script's jobs over; those of an earlier start go on. Their ids. The task manager starts behind it, so
  // that no job begins with an old script.
  Result<std::vector<std::string>> RunScript(std::string_view script);
  engine::JobService& jobs() { return *job_manager_; }
  const Web& web() const { return *web_; }
  // Of the first of these jobs that has failed.
  std::optional<Error> FailureOf(const std::vector<std::string>& ids) const;
  // Stops the jobs behind a last checkpoint; the next start goes on from there.
  void Stop();

 private:
  LocalCluster() = default;
  LocalClusterOptions options_;
  engine::SessionEnvironment environment_;
  std::unique_ptr<cluster::JobManager> job_manager_;
  std::unique_ptr<cluster::TaskManager> task_manager_;
  std::unique_ptr<Web> web_;  // last: its sessions use the job manager
};

// The numbers of a job's status line, from one look at its report to the next.
class JobSpeed {
 public:
  engine::JobMetrics Look(const std::optional<engine::JobReport>& report);

 private:
  int64_t millis_ = 0;
  int64_t records_ = 0;
  double rate_ = 0;
};

}  // namespace millrace::app
