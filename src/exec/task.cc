#include "exec/task.h"

#include <algorithm>

#include "base/failpoint.h"
#include "state/key_groups.h"

namespace millrace::exec {
namespace {

constexpr int64_t kTimerMillis = 100;
constexpr int64_t kPollMillis = 20;  // how long an idle slot waits for its only source
// What is taken of one ring before the others, timers and barriers get their turn.
constexpr int kEventsPerRound = 64;
constexpr int64_t kRingNanos = 10'000'000;
constexpr int64_t kLongestPauseMicros = 2000;

}  // namespace

Task::Task(TaskShared* shared, uint32_t slot) : shared_(shared), slot_(slot), meter_(shared->clock) {}
Task::~Task() = default;

Status Task::Run() {
  const bool lone_source = receivers_.empty() && sources_.size() == 1;
  int64_t pause_micros = 50;
  while (true) {
    if (shared_->cancelled.load(std::memory_order_relaxed)) return Close();
    if (!finished_ && Finished()) {
      finished_ = true;
      input_ended_.store(true, std::memory_order_relaxed);
      shared_->on_finished(slot_);
    }
    if (finished_ && shared_->released.load(std::memory_order_acquire)) break;
    const int64_t begin = meter_.Now();
    MR_ASSIGN(const bool progress, RunOnce(lone_source ? kPollMillis : 0));
    MR_TRY(TakePartInCheckpoint());
    MR_TRY(RunTimers());
    if (progress) {
      pause_micros = 50;
    } else if (!lone_source || finished_ || Silent()) {
      // Nothing to read, nothing to send: a short pause that grows while it stays quiet.
      const timespec pause{0, pause_micros * 1000};
      nanosleep(&pause, nullptr);
      pause_micros = std::min(kLongestPauseMicros, pause_micros * 2);
    }
    if (!held_back_.empty()) NoteBackpressure(meter_.Now() - begin);
  }
  return Ok();
}

// What a full exchange kept from its rows in this round.
void Task::NoteBackpressure(int64_t nanos) {
  for (Vertex* vertex : held_back_) vertex->metrics.backpressured_nanos.Add(nanos);
  held_back_.clear();
}

const plan::PhysicalNode* Task::failed() const {
  // An error passes every operator on its way up to the source; the first one is nearest to the sink.
  for (const auto& vertex : vertices_) {
    if (vertex->metrics.failed) return vertex->node;
  }
  return nullptr;
}

Result<bool> Task::RunOnce(int64_t max_wait_millis) {
  bool progress = false;
  for (ExchangeSender* sender : senders_) progress |= sender->Drain();
  MR_ASSIGN(const bool received, DrainReceivers());
  progress |= received;
  MR_ASSIGN(const bool polled, PollSources(progress ? 0 : max_wait_millis));
  return progress || polled;
}

Result<bool> Task::DrainReceivers() {
  bool progress = false;
  // The receivers nearest to the sinks come first: what they free lets the ones before them go on.
  for (Receiver& receiver : receivers_) {
    if (receiver.next != nullptr && receiver.next->blocked()) {
      held_back_.push_back(receiver.vertex);
      continue;
    }
    const WorkMeter::Mark mark = meter_.Begin();
    bool received = false;
    for (uint32_t from = 0; from < receiver.inputs.size(); ++from) {
      auto& ring = receiver.channels->ring(from, slot_);
      const int64_t until = meter_.Now() + kRingNanos;
      for (int n = 0; n < kEventsPerRound; ++n) {
        if (receiver.next != nullptr && receiver.next->blocked()) break;
        if (AwaitsBarrier(receiver.chain, receiver.barriers[from])) break;
        auto event = ring.TryPop();
        if (!event) break;
        received = true;
        if (event->kind == Event::Kind::kBarrier) receiver.barriers[from] = event->number;
        receiver.vertex->metrics.bytes_in.Add(receiver.estimate.Of(event->batch));
        MR_TRY(receiver.inputs[from]->Emit(std::move(*event)));
        if (meter_.Now() >= until) break;
      }
    }
    if (received) meter_.Charge(receiver.vertex->metrics, mark);
    progress |= received;
  }
  return progress;
}

Result<bool> Task::PollSources(int64_t max_wait_millis) {
  bool progress = false;
  if (Silent()) return false;
  const bool drain = shared_->drain.load(std::memory_order_relaxed);
  for (Source& source : sources_) {
    if (source.driver->ended()) continue;
    if (AwaitsBarrier(source.chain, barrier_)) continue;
    if (drain || shared_->full.at(source.root).load(std::memory_order_relaxed)) {
      MR_TRY(source.driver->Stop());
      progress = true;
      continue;
    }
    if (source.next != nullptr && source.next->blocked()) {
      held_back_.push_back(source.vertex);
      continue;
    }
    auto something = PollSource(source, max_wait_millis);
    if (!something.ok()) {
      source.vertex->metrics.failed = true;
      return something;
    }
    progress |= *something;
  }
  return progress;
}

// A source that has to be waited for is idle until it wakes.
Result<bool> Task::PollSource(Source& source, int64_t max_wait_millis) {
  // One that had rows last time probably has more: what that call takes is work.
  const int64_t wait = source.had_rows ? 0 : max_wait_millis;
  WorkMeter::Mark mark = meter_.Begin();
  MR_ASSIGN(source.had_rows, source.driver->Poll(wait));
  if (wait > 0) mark.begin = source.driver->polled_nanos();
  if (source.had_rows) meter_.Charge(source.vertex->metrics, mark);
  return source.had_rows;
}

Status Task::RunTimers() {
  const int64_t now = shared_->clock->WallMillis();
  if (now - last_timer_millis_ < kTimerMillis && now >= last_timer_millis_) return Ok();
  last_timer_millis_ = now;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const WorkMeter::Mark mark = meter_.Begin();
    MR_TRY((*step)->OnTimer(now));
    meter_.Charge((*step)->metrics(), mark);
  }
  return Ok();
}

bool Task::Silent() const {
  const int64_t stop = shared_->stop_after.load(std::memory_order_relaxed);
  return stop != 0 && barrier_ >= stop;
}

// An input that is ahead waits for the others, so that nothing behind the barrier gets into the snapshot.
bool Task::AwaitsBarrier(const std::vector<Step*>& chain, int64_t barrier) const {
  if (barrier == 0 || !shared_->align) return false;
  return std::any_of(chain.begin(), chain.end(), [&](const Step* step) { return !step->HasPassed(barrier); });
}

Status Task::TakePartInCheckpoint() {
  const int64_t wanted = shared_->checkpoint.load(std::memory_order_acquire);
  if (wanted > barrier_) {
    const auto knows_splits = [](const Source& source) { return source.driver->ended() || source.driver->started(); };
    if (!std::all_of(sources_.begin(), sources_.end(), knows_splits)) return Ok();
    MR_TRY(EmitBarriers(wanted));
  }
  if (barrier_ > acknowledged_) {
    const auto passed = [this](const auto& step) { return step->HasPassed(barrier_); };
    if (!std::all_of(steps_.begin(), steps_.end(), passed)) return Ok();
    MR_ASSIGN(state::SlotSnapshot snapshot, TakeSnapshot());
    acknowledged_ = barrier_;
    FailPoint("slot.snapshot");
    shared_->on_snapshot(barrier_, std::move(snapshot));
    FailPoint("slot.acknowledged");
  }
  return NotifyCompleted();
}

Status Task::EmitBarriers(int64_t checkpoint) {
  barrier_ = checkpoint;
  barrier_nanos_ = shared_->clock->MonotonicNanos();
  for (Source& source : sources_) {
    const WorkMeter::Mark mark = meter_.Begin();
    MR_ASSIGN(source.positions, source.driver->EmitBarrier(checkpoint));
    meter_.Charge(source.vertex->metrics, mark);
  }
  FailPoint("slot.barrier");
  return Ok();
}

Result<state::SlotSnapshot> Task::TakeSnapshot() {
  state::SlotSnapshot out{.slot = slot_, .begin_nanos = barrier_nanos_};
  for (const auto& step : steps_) {
    MR_ASSIGN(state::OperatorSnapshot snapshot, step->TakeSnapshot(barrier_));
    out.sync_nanos += step->snapshot_nanos();
    if (snapshot.values.empty() && snapshot.keyed == nullptr) continue;
    out.parts.push_back({.uid = step->uid(), .snapshot = std::move(snapshot)});
  }
  for (const Source& source : sources_) {
    state::SlotSnapshot::Part part{.uid = source.driver->uid()};
    part.splits = source.positions;
    out.parts.push_back(std::move(part));
  }
  out.end_nanos = shared_->clock->MonotonicNanos();
  return out;
}

Status Task::NotifyCompleted() {
  const int64_t completed = shared_->completed.load(std::memory_order_acquire);
  if (completed <= notified_ || completed != acknowledged_) return Ok();
  notified_ = completed;
  for (const Source& source : sources_) MR_TRY(source.driver->NotifyCheckpointComplete(source.positions));
  return Ok();
}

Status Task::RestoreState() {
  if (shared_->restore == nullptr) return Ok();
  const RestorePoint& point = *shared_->restore;
  const state::KeyGroupRange range = state::RangeOfSlot(slot_, shared_->plan->parallelism);
  for (const auto& step : steps_) {
    if (step->uid().empty()) continue;
    const state::OperatorState state = StateOf(*point.files, point.folder, point.metadata, step->uid(), range);
    if (!state.parts.empty()) MR_TRY(step->Restore(state));
  }
  for (const Source& source : sources_) {
    std::vector<SourceDriver::SplitState> splits;
    bool known = false;
    for (const state::StoredOperator& part : point.metadata.parts) {
      if (part.uid != source.driver->uid()) continue;
      known = true;
      splits.insert(splits.end(), part.splits.begin(), part.splits.end());
    }
    if (known) MR_TRY(source.driver->Restore(splits));
  }
  FailPoint("slot.restored");
  return Ok();
}

Status Task::Close() {
  for (const auto& step : steps_) MR_TRY(step->Close());
  return Ok();
}

bool Task::Finished() const {
  const auto ended = [](const Source& source) { return source.driver->ended(); };
  if (!std::all_of(sources_.begin(), sources_.end(), ended)) return false;
  for (const Receiver& receiver : receivers_) {
    if (!receiver.step->ended()) return false;
  }
  return std::none_of(senders_.begin(), senders_.end(), [](const ExchangeSender* sender) { return sender->blocked(); });
}

connect::Trouble Task::trouble() const {
  for (const Source& source : sources_) {
    if (connect::Trouble one = source.driver->trouble(); !one.text.empty()) return one;
  }
  for (const auto& step : steps_) {
    if (connect::Trouble one = step->trouble(); !one.text.empty()) return one;
  }
  return {};
}

std::vector<Task::SourceSplit> Task::splits() const {
  std::vector<SourceSplit> out;
  for (const Source& source : sources_) {
    for (SplitStatus& split : source.driver->splits()) out.push_back({&source.driver->node(), std::move(split)});
  }
  return out;
}

}  // namespace millrace::exec
