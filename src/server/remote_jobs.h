#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/job_service.h"
#include "http/client.h"

namespace millrace::server {

// The jobs of a job manager in another process, over the pages' API of its web server (docs/cluster-contract.md). Rows
// of a SELECT come from `queries`, in this process: the job manager is never on the data path. Thread-safe. While the
// job manager is away, Jobs() is what was last known and everything else is an external error that names its address.
class RemoteJobs final : public engine::JobService {
 public:
  // `url`: "http://jobmanager:18081". `queries` outlives this.
  RemoteJobs(std::string url, engine::JobService& queries);
  ~RemoteJobs() override;

  Status Submit(const engine::JobSpec& spec) override;
  Result<std::unique_ptr<engine::RowStream>> Query(const engine::JobSpec& spec) override;
  std::vector<engine::JobReport> Jobs() const override;
  std::optional<engine::JobReport> Find(std::string_view id) const override;
  Status Cancel(std::string_view id) override;
  Result<std::string> StopWithSavepoint(std::string_view id, std::string directory, bool drain) override;
  Result<std::string> TakeSavepoint(std::string_view id, std::string directory) override;
  Result<std::string> TakeCheckpoint(std::string_view id) override;
  Result<engine::EdgeSample> SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) override;
  std::vector<engine::TaskManagerReport> TaskManagers() const override;
  Result<std::string> TaskManagerText(std::string_view task_manager, std::string_view what) override;

 private:
  Result<std::string> Call(std::string_view method, const std::string& path, std::string_view body = "") const;
  Result<codec::Json> CallJson(std::string_view method, const std::string& path, std::string_view body = "") const;

  const std::string url_;
  engine::JobService& queries_;
  mutable http::Client http_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, engine::JobReport> ended_;  // under mutex_: these change no more
  mutable std::vector<engine::JobReport> last_;             // under mutex_
};

}  // namespace millrace::server
