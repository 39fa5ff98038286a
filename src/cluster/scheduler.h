#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cluster/cluster_job.h"
#include "cluster/protocol.h"
#include "engine/restart_strategy.h"

namespace millrace::cluster {

// What the job manager knows and decides: which task managers there are, which job goes where, what becomes of the jobs
// of one that is lost. Does nothing itself: no threads, network or disk. Not thread-safe; the job manager holds its
// mutex.
class Scheduler {
 public:
  struct Options {
    int64_t heartbeat_timeout_millis = 5'000;
    size_t max_ended = 1'000;  // ended jobs that are remembered
    double (*random)() = [] { return 0.5; };
  };
  // A job that its task manager is to be told of.
  struct Order {
    std::string task_manager;
    std::string address;
    Deployment deployment;
  };
  struct CancelOrder {
    std::string address;
    std::string job;
  };
  struct Changes {
    std::vector<ClusterJob> put;
    std::vector<std::string> removed;  // ids
  };

  Scheduler(Clock& clock, Options options) : clock_(clock), options_(options) {}

  // A job of the store, before anything else. `wait_for_task_manager`: it may still run in its task manager, which has
  // heartbeat.timeout to say so.
  void Restore(ClusterJob job, bool wait_for_task_manager);
  // A new job. One of the same id that has ended is replaced; one that has not takes the spec at its next start. A name
  // that a running job has gets a number behind it. False when the job was there and has not ended.
  bool Submit(engine::JobSpec spec, const engine::RestartSettings& restart);
  Status Cancel(std::string_view id);  // "JOB_NOT_FOUND", "JOB_ENDED"
  // The reader of a query's rows has gone: the job may be forgotten.
  void CloseRows(std::string_view id);

  HeartbeatAnswer OnHeartbeat(const Heartbeat& heartbeat);
  // A task manager that stopped its jobs behind a last checkpoint: they may go on elsewhere.
  void OnDeparture(std::string_view task_manager);
  // One whose port refuses connections.
  void OnUnreachable(std::string_view task_manager);
  // What became of an order. `delivered`: the task manager has answered; else nobody knows whether it took the job, and
  // its next heartbeats tell.
  void OnDeployed(const Order& order, bool delivered, const Status& outcome);

  void CheckHeartbeats();      // task managers that are silent for too long are lost
  std::vector<Order> Place();  // jobs that can start now; they are being deployed from here on
  std::vector<CancelOrder> TakeCancels();
  Changes TakeChanges();                              // what the store does not know yet
  void OnStored(const ClusterJob& job, bool stored);  // not stored: it is a change again, after a while

  const ClusterJob* Find(std::string_view id) const;
  std::optional<engine::JobReport> Report(std::string_view id) const;
  std::vector<engine::JobReport> Reports() const;  // in order of submission
  std::vector<engine::TaskManagerReport> TaskManagers() const;
  // Of the task manager's HTTP server; nullopt when it is not there.
  std::optional<std::string> AddressOf(std::string_view task_manager) const;

 private:
  struct Entry {
    ClusterJob job;
    std::unique_ptr<engine::RestartStrategy> strategy;  // once it was needed
    int64_t started = 0;                                // monotonic millis, of the attempt
    int64_t not_before = 0;                             // monotonic millis
    int silent_heartbeats = 0;                          // of its task manager, that did not name it
    std::set<std::string> refused_by;                   // task managers that do not see its checkpoints
    std::string logged_wait;                            // the last reason that the log has
    bool rows_open = false;                             // of a query
    uint64_t version = 1;
    uint64_t taken = 0;          // by TakeChanges
    uint64_t stored = 0;         // durable
    int64_t put_millis = 0;      // monotonic, of the last one
    int64_t put_not_before = 0;  // monotonic millis; after one that failed
  };
  struct TaskManager {
    engine::TaskManagerReport report;
    int64_t seen = 0;  // monotonic millis
    bool leaving = false;
    bool present = false;  // has sent a heartbeat; else a stored job says that it was there
  };

  int64_t Now() const { return clock_.MonotonicNanos() / 1'000'000; }
  Entry* FindEntry(std::string_view id);
  void Enter(Entry& entry, ClusterJob::Phase phase);
  void Wait(Entry& entry, int64_t delay);
  void End(Entry& entry, std::string_view state, const std::string& failure = "");
  void Interrupt(Entry& entry, const std::string& why);
  void Lose(std::string id, const std::string& why);  // by value: the caller's may lie in what is erased
  void Adopt(const RunningJob& job, const std::string& task_manager, HeartbeatAnswer& answer);
  void OnReport(Entry& entry, const RunningJob& job, const std::string& task_manager, HeartbeatAnswer& answer);
  void PruneEnded();
  uint32_t FreeSlots(const TaskManager& task_manager) const;
  const TaskManager* Choose(const Entry& entry) const;
  std::string WaitingFor(const ClusterJob& job) const;
  void LogWait(Entry& entry, const std::string& reason) const;  // once, until it is another

  Clock& clock_;
  const Options options_;
  std::map<std::string, Entry, std::less<>> jobs_;
  std::map<std::string, TaskManager, std::less<>> task_managers_;
  std::vector<CancelOrder> cancels_;
  std::vector<std::string> removed_;
  int64_t next_ordinal_ = 1;
};

}  // namespace millrace::cluster
