#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/row_queue.h"
#include "exec/task.h"

namespace millrace::engine {

// One run of a job's slots, each on a thread of its own, until all ended, one failed or they are cancelled. A restart
// is a new run. The job's thread works with it; metrics() of the job reads its tasks.
class JobRun {
 public:
  struct Options {
    Clock* clock = nullptr;
    std::shared_ptr<RowQueue> rows;
    std::function<void(const Batch&)> on_rows;
    int64_t external_retry_millis = 60'000;
    bool align = true;
    const exec::RestorePoint* restore = nullptr;  // outlives the run
    std::unique_ptr<state::Backend> backend;      // null: keyed state stays in memory
  };
  JobRun(const plan::PhysicalPlan& plan, Options options);
  ~JobRun();  // cancels and waits
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  void Start();
  void Cancel();
  bool cancelled() const { return shared_.cancelled.load(); }
  void Release() { shared_.released.store(true, std::memory_order_release); }
  exec::TaskShared& shared() { return shared_; }
  // Once ended and no snapshot is needed any more: frees what the state takes on disk. Metrics stay.
  void DropState() { backend_.reset(); }

  // Waits until something changed since the last call, at most `millis`.
  void WaitForChange(int64_t millis);
  void Wake();                // ends that wait; any thread
  bool open() const;          // every slot has found its sinks and sources
  bool all_finished() const;  // every slot's input has ended
  bool ended() const;         // no slot's thread works any more
  std::optional<Error> error() const;
  // Where it came from: the operator and its slot; null = none.
  struct Place {
    const plan::PhysicalNode* node = nullptr;
    uint32_t slot = 0;
  };
  Place failed_at() const;
  int64_t lasted_millis() const;  // from its start until now or its end
  // The snapshots of a checkpoint once all slots have reported; else empty.
  std::vector<state::SlotSnapshot> TakeSnapshots(int64_t checkpoint);

  const std::vector<std::unique_ptr<exec::Task>>& tasks() const { return tasks_; }

 private:
  void RunSlot(exec::Task& task);
  void Fail(Error why, Place place);

  exec::TaskShared shared_;
  std::unique_ptr<state::Backend> backend_;  // outlives the tasks
  std::unique_ptr<exec::BadRecords> bad_records_;
  std::mutex rows_mutex_;  // serialises on_rows
  std::shared_ptr<RowQueue> rows_;
  std::vector<std::unique_ptr<exec::Task>> tasks_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  uint64_t changes_ = 0;
  uint64_t seen_changes_ = 0;
  uint32_t num_open_ = 0;  // slots that are done with it, or failed
  bool all_built_ = true;
  uint32_t num_finished_ = 0;
  uint32_t num_running_ = 0;
  std::optional<Error> error_;
  Place failed_at_;
  int64_t start_nanos_ = 0;
  int64_t end_nanos_ = 0;  // 0 = it goes on
  int64_t snapshots_of_ = 0;
  std::vector<state::SlotSnapshot> snapshots_;
};

}  // namespace millrace::engine
