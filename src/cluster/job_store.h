#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/cluster_job.h"

namespace millrace::cluster {

// The jobs of a job manager on disk: an SQLite file that survives the death of the process at any instruction.
// Thread-safe.
class JobStore {
 public:
  // Creates the file, which only its owner may read: statements may hold passwords.
  static Result<std::unique_ptr<JobStore>> Open(const std::string& path);
  ~JobStore();

  // Durable on return.
  Status Put(const ClusterJob& job);
  Status Remove(const std::string& id);
  // All jobs in order of submission. One that cannot be read is left out with a line in the log.
  Result<std::vector<ClusterJob>> Load();

 private:
  struct Impl;
  explicit JobStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::cluster
