#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "exec/exchange.h"
#include "exec/source_driver.h"
#include "exec/step.h"
#include "plan/physical.h"

namespace millrace::exec {

// What the slots of one job share.
struct TaskShared {
  const plan::PhysicalPlan* plan = nullptr;
  Clock* clock = &SystemClock();
  std::function<void(const Batch&)> on_rows;  // of kCollect; calls are serialised by the caller
  int64_t external_retry_millis = 60'000;
  size_t ring_capacity = 32;
  BadRecords* bad_records = nullptr;
  std::map<const plan::PhysicalNode*, std::unique_ptr<ExchangeChannels>>
      channels;                                                 // by exchange; filled by MakeChannels
  std::map<const plan::PhysicalNode*, std::atomic<bool>> full;  // by root: a LIMIT is full in some slot
  std::atomic<bool> cancelled{false};
};

// Makes the rings of all exchanges (none at parallelism 1).
void MakeChannels(TaskShared& shared);

// One slot: the whole plan's pipeline on one thread, with its share of the splits and of the key space. Build, Run and
// Close on that thread; metrics from any.
class Task {
 public:
  Task(TaskShared* shared, uint32_t slot);
  ~Task();

  // Makes operators and readers; opens them from the sinks up, so that a missing sink is found before anything is read.
  Status Build();
  // Until all inputs ended, an error, or the job is cancelled.
  Status Run();

  struct Vertex {
    const plan::PhysicalNode* node = nullptr;
    OperatorMetrics metrics;
  };
  const std::vector<std::unique_ptr<Vertex>>& vertices() const { return vertices_; }
  std::vector<SplitStatus> splits() const;

 private:
  struct Receiver {
    const plan::PhysicalNode* root;
    ExchangeChannels* channels;
    std::vector<std::unique_ptr<StepInput>> inputs;  // by sending slot
    ExchangeSender* next;                            // the exchange this one feeds; null = a sink
    Step* step;
  };
  struct Source {
    const plan::PhysicalNode* root;
    std::unique_ptr<SourceDriver> driver;
    ExchangeSender* next;
  };
  // Where the output of the node under construction goes.
  struct Target {
    const plan::PhysicalNode* root;
    Output* output;
    ExchangeSender* next;
    bool whole;  // all rows of the root pass here: a full LIMIT ends its sources
  };

  Status BuildNode(const plan::PhysicalNode& node, const Target& target);
  Status BuildExchange(const plan::PhysicalNode& node, const Target& target);
  Status BuildSource(const plan::PhysicalNode& node, const Target& target);
  Status BuildValues(const plan::PhysicalNode& node, const Target& target);
  Result<OperatorPtr> MakeOperator(const plan::PhysicalNode& node);
  OperatorContext ContextFor(const plan::PhysicalNode& node);
  Result<bool> RunOnce(int64_t max_wait_millis);
  Result<bool> DrainReceivers();
  Result<bool> PollSources(int64_t max_wait_millis);
  Status RunTimers();
  Status Close();
  bool Finished() const;

  TaskShared* shared_;
  uint32_t slot_;
  std::vector<std::unique_ptr<Vertex>> vertices_;
  std::vector<std::unique_ptr<Step>> steps_;  // sinks first
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<ExchangeSender*> senders_;
  std::vector<Receiver> receivers_;
  std::vector<Source> sources_;
  int64_t last_timer_millis_ = 0;
};

}  // namespace millrace::exec
