#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "exec/edge_sampler.h"
#include "exec/exchange.h"
#include "exec/source_driver.h"
#include "exec/step.h"
#include "exec/work_meter.h"
#include "plan/physical.h"
#include "state/checkpoint_storage.h"

namespace millrace::exec {

// Where the state of a job that does not start anew is read from.
struct RestorePoint {
  FileSystem* files = nullptr;
  std::string folder;
  state::CheckpointMetadata metadata;
};

// What the slots of one run of a job share.
struct TaskShared {
  const plan::PhysicalPlan* plan = nullptr;
  Clock* clock = &SystemClock();
  std::function<void(const Batch&)> on_rows;  // of kCollect; calls are serialised by the caller
  int64_t external_retry_millis = 60'000;
  size_t ring_capacity = 32;
  BadRecords* bad_records = nullptr;
  state::Backend* backend = nullptr;  // null: keyed state stays in memory
  std::map<const plan::PhysicalNode*, std::unique_ptr<ExchangeChannels>>
      channels;                                                 // by exchange; filled by MakeChannels
  std::map<const plan::PhysicalNode*, std::atomic<bool>> full;  // by root: a LIMIT is full in some slot
  std::atomic<bool> cancelled{false};

  // Checkpoints. The coordinator writes the numbers, the slots act on them and report.
  const RestorePoint* restore = nullptr;  // null = start anew
  bool align = true;                      // exactly-once: an input that sent its barrier waits for the others
  std::atomic<int64_t> checkpoint{0};     // the last one that was asked for
  std::atomic<int64_t> stop_after{0};     // sources are silent behind this barrier; 0 = none
  std::atomic<int64_t> completed{0};      // the last one that is durable and committed
  std::atomic<bool> drain{false};         // sources end now
  std::atomic<bool> released{false};      // slots whose input has ended may leave
  std::function<void(int64_t checkpoint, state::SlotSnapshot snapshot)> on_snapshot;
  std::function<void(uint32_t slot)> on_finished;  // its input has ended; it goes on taking part in checkpoints
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
  // Until all inputs ended and the slot is released, an error, or the job is cancelled.
  Status Run();

  struct Vertex {
    const plan::PhysicalNode* node = nullptr;
    OperatorMetrics metrics;
    EdgeSampler sampler;  // of its output
  };
  const std::vector<std::unique_ptr<Vertex>>& vertices() const { return vertices_; }
  struct SourceSplit {
    const plan::PhysicalNode* source = nullptr;
    SplitStatus status;
  };
  std::vector<SourceSplit> splits() const;
  connect::Trouble trouble() const;  // of the first source or sink that has one
  // After an error of Build or Run, on the slot's thread: the operator it came from; null = none.
  const plan::PhysicalNode* failed() const;
  uint32_t slot() const { return slot_; }
  bool finished() const { return input_ended_.load(std::memory_order_relaxed); }  // its input has ended

 private:
  struct Receiver {
    const plan::PhysicalNode* root;
    ExchangeChannels* channels;
    std::vector<std::unique_ptr<StepInput>> inputs;  // by sending slot
    ExchangeSender* next;                            // the exchange this one feeds; null = a sink
    Step* step;
    Vertex* vertex;  // of the exchange
    ByteEstimate estimate;
    std::vector<Step*> chain;       // the steps its events run through in this slot
    std::vector<int64_t> barriers;  // last one taken, by sending slot
  };
  struct Source {
    const plan::PhysicalNode* root;
    std::unique_ptr<SourceDriver> driver;
    Vertex* vertex;
    ExchangeSender* next;
    std::vector<Step*> chain;
    std::vector<SourceDriver::SplitState> positions;  // at the last barrier
    bool had_rows = false;                            // the last time it was asked
  };
  // Where the output of the node under construction goes.
  struct Target {
    const plan::PhysicalNode* root;
    Output* output;
    ExchangeSender* next;
    bool whole;                // all rows of the root pass here: a full LIMIT ends its sources
    std::vector<Step*> chain;  // the steps from here to the exchange or sink
  };

  Status BuildNode(const plan::PhysicalNode& node, const Target& target);
  Status BuildExchange(const plan::PhysicalNode& node, const Target& target);
  Status BuildSource(const plan::PhysicalNode& node, const Target& target);
  Status BuildValues(const plan::PhysicalNode& node, const Target& target);
  Result<OperatorPtr> MakeOperator(const plan::PhysicalNode& node);
  Vertex& AddVertex(const plan::PhysicalNode& node);
  OperatorContext ContextFor(Vertex& vertex) const;
  Output* Observed(Vertex& vertex, Output* output);
  Output* Border(const plan::PhysicalNode& exchange, Output* output);
  Status AddSource(const plan::PhysicalNode& node, const Target& target, Vertex& vertex,
                   Result<std::unique_ptr<connect::SourceReader>> reader);
  Result<bool> RunOnce(int64_t max_wait_millis);
  Result<bool> DrainReceivers();
  Result<bool> PollSources(int64_t max_wait_millis);
  Result<bool> PollSource(Source& source, int64_t max_wait_millis);
  void NoteBackpressure(int64_t nanos);
  Status RunTimers();
  Status Close();
  bool Finished() const;
  bool Silent() const;  // the job stops at a barrier that this slot has sent
  // checkpoints
  Status RestoreState();
  Status TakePartInCheckpoint();
  Status EmitBarriers(int64_t checkpoint);
  Result<state::SlotSnapshot> TakeSnapshot();
  Status NotifyCompleted();
  bool AwaitsBarrier(const std::vector<Step*>& chain, int64_t barrier) const;

  TaskShared* shared_;
  uint32_t slot_;
  WorkMeter meter_;
  std::vector<Vertex*> held_back_;  // sources and exchanges that a full exchange kept from their rows in this round
  std::vector<std::unique_ptr<Vertex>> vertices_;
  std::vector<std::unique_ptr<Step>> steps_;  // sinks first
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<ExchangeSender*> senders_;
  std::vector<Receiver> receivers_;
  std::vector<Source> sources_;
  int64_t last_timer_millis_ = 0;
  int64_t barrier_ = 0;        // the last one this slot's sources sent
  int64_t barrier_nanos_ = 0;  // when
  int64_t acknowledged_ = 0;   // the last one this slot reported
  int64_t notified_ = 0;
  bool finished_ = false;
  std::atomic<bool> input_ended_{false};  // finished_ for other threads
};

}  // namespace millrace::exec
