#include "exec/task.h"

#include <algorithm>

namespace millrace::exec {
namespace {

constexpr int64_t kTimerMillis = 100;
constexpr int64_t kPollMillis = 20;  // how long an idle slot waits for its only source
constexpr int kEventsPerRound = 64;  // of one ring before the others get their turn
constexpr int64_t kLongestPauseMicros = 2000;

}  // namespace

Task::Task(TaskShared* shared, uint32_t slot) : shared_(shared), slot_(slot) {}
Task::~Task() = default;

Status Task::Run() {
  const bool lone_source = receivers_.empty() && sources_.size() == 1;
  int64_t pause_micros = 50;
  while (!Finished()) {
    if (shared_->cancelled.load(std::memory_order_relaxed)) return Close();
    MR_ASSIGN(const bool progress, RunOnce(lone_source ? kPollMillis : 0));
    MR_TRY(RunTimers());
    if (progress) {
      pause_micros = 50;
    } else if (!lone_source) {
      // Nothing to read, nothing to send: a short pause that grows while it stays quiet.
      const timespec pause{0, pause_micros * 1000};
      nanosleep(&pause, nullptr);
      pause_micros = std::min(kLongestPauseMicros, pause_micros * 2);
    }
  }
  return Ok();
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
    for (uint32_t from = 0; from < receiver.inputs.size(); ++from) {
      auto& ring = receiver.channels->ring(from, slot_);
      for (int n = 0; n < kEventsPerRound; ++n) {
        if (receiver.next != nullptr && receiver.next->blocked()) break;
        auto event = ring.TryPop();
        if (!event) break;
        progress = true;
        MR_TRY(receiver.inputs[from]->Emit(std::move(*event)));
      }
    }
  }
  return progress;
}

Result<bool> Task::PollSources(int64_t max_wait_millis) {
  bool progress = false;
  for (Source& source : sources_) {
    if (source.driver->ended()) continue;
    if (shared_->full.at(source.root).load(std::memory_order_relaxed)) {
      MR_TRY(source.driver->Stop());
      progress = true;
      continue;
    }
    if (source.next != nullptr && source.next->blocked()) continue;
    MR_ASSIGN(const bool something, source.driver->Poll(max_wait_millis));
    progress |= something;
  }
  return progress;
}

Status Task::RunTimers() {
  const int64_t now = shared_->clock->WallMillis();
  if (now - last_timer_millis_ < kTimerMillis && now >= last_timer_millis_) return Ok();
  last_timer_millis_ = now;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) MR_TRY((*step)->OnTimer(now));
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

std::vector<SplitStatus> Task::splits() const {
  std::vector<SplitStatus> out;
  for (const Source& source : sources_) {
    for (SplitStatus& split : source.driver->splits()) out.push_back(std::move(split));
  }
  return out;
}

}  // namespace millrace::exec
