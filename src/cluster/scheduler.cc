#include "cluster/scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "engine/job.h"

namespace millrace::cluster {
namespace {

using Phase = ClusterJob::Phase;

constexpr int64_t kAskAgainMillis = 1'000;   // a task manager that could not take a job, a store that could not
constexpr int64_t kPutAgainMillis = 10'000;  // how old the store's report of a running job may be
constexpr int kSilentHeartbeats = 2;         // one may have been on its way when the job was handed over
constexpr std::string_view kLostCode = "org.apache.flink.runtime.jobmaster.JobMasterException";

std::string Slots(uint32_t count) { return fmt::format("{} slot{}", count, count == 1 ? "" : "s"); }

}  // namespace

Scheduler::Entry* Scheduler::FindEntry(std::string_view id) {
  const auto it = jobs_.find(id);
  return it == jobs_.end() ? nullptr : &it->second;
}

void Scheduler::Enter(Entry& entry, Phase phase) {
  entry.job.phase = phase;
  entry.job.changed_millis = clock_.WallMillis();
  entry.job.started = entry.job.started || phase == Phase::kRunning;
  entry.job.waiting_for.clear();
  if (phase == Phase::kRunning) entry.logged_wait.clear();
  entry.silent_heartbeats = 0;
  ++entry.version;
  if (phase == Phase::kEnded) {
    Log(LogLevel::kInfo, "jobmanager", "{} ({}) has ended: {}", entry.job.spec.name, entry.job.spec.id,
        entry.job.report->state);
  }
}

void Scheduler::Restore(ClusterJob job, bool wait_for_task_manager) {
  Entry& entry = jobs_[job.spec.id];
  next_ordinal_ = std::max(next_ordinal_, job.ordinal + 1);
  entry.job = std::move(job);
  entry.taken = entry.stored = entry.version;
  entry.started = entry.put_millis = Now();
  if (!entry.job.placed()) return;
  if (wait_for_task_manager) {
    entry.job.phase = Phase::kRunning;
    task_managers_.try_emplace(entry.job.task_manager, TaskManager{.seen = Now()});
  } else {
    FoldAttempt(entry.job);
    Wait(entry, 0);
  }
}

bool Scheduler::Submit(engine::JobSpec spec, const engine::RestartSettings& restart) {
  const auto taken = [&](const std::string& name) {
    return std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& other) {
      return other.first != spec.id && !other.second.job.ended() && other.second.job.spec.name == name;
    });
  };
  const std::string name = spec.name;
  for (size_t ordinal = 2; taken(spec.name); ++ordinal) spec.name = engine::NumberedName(name, ordinal);
  Entry& entry = jobs_[spec.id];
  const bool is_new = entry.job.spec.id.empty() || entry.job.ended();
  if (is_new) {
    // What is left of an earlier run has an older number.
    const uint32_t attempt = entry.job.spec.id.empty() ? 0 : entry.job.attempt + 1;
    entry = Entry{.version = entry.version};
    entry.job.attempt = attempt;
    entry.job.ordinal = next_ordinal_++;
    entry.job.submit_millis = clock_.WallMillis();
    entry.job.report = FirstReport(spec);
    entry.rows_open = spec.query;
    Enter(entry, Phase::kWaiting);
  }
  entry.job.spec = std::move(spec);
  entry.job.restart = restart;
  entry.strategy.reset();
  ++entry.version;
  return is_new;
}

Status Scheduler::Cancel(std::string_view id) {
  Entry* entry = FindEntry(id);
  if (entry == nullptr) return engine::JobNotFound(id);
  ClusterJob& job = entry->job;
  if (job.ended()) return engine::JobEnded(id, job.report->state);
  job.cancel_requested = true;
  ++entry->version;
  if (!job.placed()) {
    End(*entry, "CANCELED");
  } else if (const auto address = AddressOf(job.task_manager); address && job.phase == Phase::kRunning) {
    cancels_.push_back({*address, job.spec.id});
  }
  return Ok();
}

void Scheduler::CloseRows(std::string_view id) {
  if (Entry* entry = FindEntry(id)) entry->rows_open = false;
  (void)Cancel(id).ok();
}

void Scheduler::Wait(Entry& entry, int64_t delay) {
  entry.job.task_manager.clear();
  entry.not_before = Now() + delay;
  Enter(entry, Phase::kWaiting);
}

void Scheduler::End(Entry& entry, std::string_view state, const std::string& failure) {
  auto report = std::make_shared<engine::JobReport>(*entry.job.report);
  report->state = state;
  report->in_progress = {};
  report->end_millis = report->changed_millis = clock_.WallMillis();
  if (!failure.empty()) {
    report->failures.push_back({.time_millis = report->end_millis,
                                .code = std::string(kLostCode),
                                .message = failure.substr(0, failure.find('\n')),
                                .text = failure});
  }
  entry.job.report = std::move(report);
  Enter(entry, Phase::kEnded);
}

// Something of the cluster has ended the job's attempt: it starts again as its restart strategy says.
void Scheduler::Interrupt(Entry& entry, const std::string& why) {
  ClusterJob& job = entry.job;
  if (job.cancel_requested) return End(entry, "CANCELED");
  if (job.spec.query) return End(entry, "FAILED", why);
  if (entry.strategy == nullptr)
    entry.strategy = std::make_unique<engine::RestartStrategy>(job.restart, options_.random);
  const auto delay = entry.strategy->DelayAfterFailure(entry.started, Now());
  if (!delay) return End(entry, "FAILED", why);
  Log(LogLevel::kWarn, "jobmanager", "{}: {}; starting again in {} ms", job.spec.name, why, *delay);
  FoldAttempt(job);
  ++job.past.restarts;
  job.past.failures.push_back(
      {.time_millis = clock_.WallMillis(), .code = std::string(kLostCode), .message = why, .text = why});
  Wait(entry, *delay);
}

void Scheduler::Lose(std::string id, const std::string& why) {
  Log(LogLevel::kWarn, "jobmanager", "{}", why);
  task_managers_.erase(id);
  for (auto& [job_id, entry] : jobs_) {
    if (entry.job.placed() && entry.job.task_manager == id) Interrupt(entry, why);
  }
}

void Scheduler::OnUnreachable(std::string_view task_manager) {
  const auto it = task_managers_.find(task_manager);
  if (it == task_managers_.end()) return;
  Lose(it->first, fmt::format("TaskManager with id {} is no longer reachable.", task_manager));
}

void Scheduler::CheckHeartbeats() {
  std::vector<std::string> silent;
  for (const auto& [id, one] : task_managers_) {
    if (Now() - one.seen > options_.heartbeat_timeout_millis) silent.push_back(id);
  }
  for (const std::string& id : silent) Lose(id, fmt::format("The heartbeat of TaskManager with id {} timed out.", id));
}

void Scheduler::OnDeparture(std::string_view task_manager) {
  const auto it = task_managers_.find(task_manager);
  if (it == task_managers_.end()) return;
  Log(LogLevel::kInfo, "jobmanager", "Task manager {} has left.", task_manager);
  task_managers_.erase(it);
  for (auto& [job_id, entry] : jobs_) {
    ClusterJob& job = entry.job;
    if (!job.placed() || job.task_manager != task_manager) continue;
    const std::string why = fmt::format("TaskManager with id {} has shut down.", task_manager);
    if (!job.has_checkpoints || job.cancel_requested || job.spec.query) {
      Interrupt(entry, why);
    } else {
      FoldAttempt(job);  // it goes on where it stopped: no failure
      Wait(entry, 0);
    }
  }
}

HeartbeatAnswer Scheduler::OnHeartbeat(const Heartbeat& heartbeat) {
  HeartbeatAnswer answer;
  const std::string& id = heartbeat.task_manager.id;
  TaskManager& sender = task_managers_[id];
  if (!sender.present) Log(LogLevel::kInfo, "jobmanager", "Task manager {} is here.", id);
  sender = {.report = heartbeat.task_manager, .seen = Now(), .leaving = heartbeat.leaving, .present = true};
  sender.report.last_heartbeat_millis = clock_.WallMillis();
  std::set<std::string_view> named;
  for (const RunningJob& job : heartbeat.jobs) {
    named.insert(job.id);
    Entry* entry = FindEntry(job.id);
    if (entry == nullptr) {
      Adopt(job, id, answer);
    } else {
      OnReport(*entry, job, id, answer);
    }
  }
  for (auto& [job_id, entry] : jobs_) {
    if (entry.job.phase != Phase::kRunning || entry.job.task_manager != id || named.contains(job_id)) continue;
    if (++entry.silent_heartbeats >= kSilentHeartbeats) {
      Interrupt(entry, fmt::format("TaskManager with id {} does not run the job any more.", id));
    }
  }
  return answer;
}

// A job that no store tells of, perhaps because the job manager has got a new data folder.
void Scheduler::Adopt(const RunningJob& job, const std::string& task_manager, HeartbeatAnswer& answer) {
  if (job.report.ended()) return answer.forget.push_back({job.id, job.attempt});
  if (job.report.query) return answer.cancel.push_back({job.id, job.attempt});
  if (job.spec.id.empty()) return answer.describe.push_back(job.id);
  Entry& entry = jobs_[job.id];
  entry.job.spec = job.spec;
  entry.job.attempt = job.attempt;
  entry.job.ordinal = next_ordinal_++;
  entry.job.submit_millis = job.report.start_millis;
  entry.job.task_manager = task_manager;
  entry.job.report = std::make_shared<const engine::JobReport>(job.report);
  if (const auto settings = engine::ReadJobSettings(engine::Config(job.report.settings)); settings.ok()) {
    entry.job.restart = settings->restart;
  }
  entry.started = Now();
  Enter(entry, Phase::kRunning);
}

void Scheduler::OnReport(Entry& entry, const RunningJob& running, const std::string& task_manager,
                         HeartbeatAnswer& answer) {
  ClusterJob& job = entry.job;
  const bool cancelled = running.report.state == "CANCELLING" || running.report.state == "CANCELED";
  if (job.phase == Phase::kWaiting && running.attempt >= job.attempt && running.attempt > 0 && !cancelled) {
    // It was taken for lost, or the store was a step behind: nothing else runs it, so it goes on where it is.
    job.task_manager = task_manager;
    job.attempt = running.attempt;
    entry.started = Now();
    Enter(entry, Phase::kRunning);
  }
  const bool is_this = job.placed() && job.task_manager == task_manager && job.attempt == running.attempt;
  if (!is_this) {
    if (!running.report.ended()) {
      answer.cancel.push_back({running.id, running.attempt});
    } else if (!job.ended() || job.attempt != running.attempt) {
      answer.leave.push_back({running.id, running.attempt});
    } else if (!entry.rows_open && (entry.stored == entry.version || job.spec.query)) {
      // What became of the job is on disk before the last process that knows it forgets.
      answer.forget.push_back({running.id, running.attempt});
    }
    return;
  }
  entry.silent_heartbeats = 0;
  if (running.report.checkpoints_completed > 0 && !job.has_checkpoints) {
    job.has_checkpoints = true;
    ++entry.version;
  }
  if (running.report.state != job.report->state) ++entry.version;
  job.report = std::make_shared<const engine::JobReport>(running.report);
  if (cancelled && !job.cancel_requested && !job.spec.query) {
    // It was told so while another was to have it, which then could not.
    FoldAttempt(job);
    Wait(entry, 0);
  } else if (running.report.ended()) {
    job.started = true;  // perhaps within one heartbeat, and before the answer to its hand-over: it may have rows
    Enter(entry, Phase::kEnded);
  } else {
    if (job.phase == Phase::kDeploying && running.report.state == "RUNNING") Enter(entry, Phase::kRunning);
    if (job.cancel_requested) answer.cancel.push_back({running.id, running.attempt});
  }
}

void Scheduler::OnDeployed(const Order& order, bool delivered, const Status& outcome) {
  Entry* entry = FindEntry(order.deployment.spec.id);
  if (entry == nullptr || entry->job.attempt != order.deployment.attempt) return;
  ClusterJob& job = entry->job;
  if (job.phase != Phase::kDeploying || job.task_manager != order.task_manager) return;
  if (outcome.ok() || !delivered) {
    Enter(*entry, Phase::kRunning);
    if (job.cancel_requested) cancels_.push_back({order.address, job.spec.id});
    return;
  }
  const Error& error = outcome.error();
  if (error.code != kCheckpointsHeld && error.code != kCheckpointsNotFound) {
    // Before the first run what time does not mend is a mistake of whoever submitted the job.
    const bool may_heal = engine::MayRestart(error) && (error.retry == Retry::kYes || job.started);
    return may_heal ? Interrupt(*entry, error.ToString()) : End(*entry, "FAILED", error.ToString());
  }
  if (job.cancel_requested) return End(*entry, "CANCELED");
  if (error.code == kCheckpointsNotFound) entry->refused_by.insert(order.task_manager);
  --job.attempt;  // it was none: an earlier one that turns up again is still the latest
  Wait(*entry, kAskAgainMillis);
  job.waiting_for = error.ToString();
  LogWait(*entry, job.waiting_for);
}

void Scheduler::LogWait(Entry& entry, const std::string& reason) const {
  if (std::exchange(entry.logged_wait, reason) == reason) return;
  Log(LogLevel::kInfo, "jobmanager", "{} ({}) waits for {}", entry.job.spec.name, entry.job.spec.id, reason);
}

uint32_t Scheduler::FreeSlots(const TaskManager& task_manager) const {
  uint32_t used = 0;
  for (const auto& [id, entry] : jobs_) {
    if (entry.job.placed() && entry.job.task_manager == task_manager.report.id) used += entry.job.spec.slots;
  }
  return task_manager.report.slots - std::min(used, task_manager.report.slots);
}

// The one with the most free slots, so that jobs spread; null when none has enough.
const Scheduler::TaskManager* Scheduler::Choose(const Entry& entry) const {
  const TaskManager* best = nullptr;
  uint32_t most = 0;
  for (const auto& [id, one] : task_managers_) {
    if (!one.present || one.leaving || entry.refused_by.contains(id)) continue;
    const uint32_t free = FreeSlots(one);
    if (free < entry.job.spec.slots || (best != nullptr && free <= most)) continue;
    best = &one;
    most = free;
  }
  return best;
}

std::vector<Scheduler::Order> Scheduler::Place() {
  std::vector<Entry*> waiting;
  for (auto& [id, entry] : jobs_) {
    if (entry.job.phase == Phase::kWaiting && entry.not_before <= Now()) waiting.push_back(&entry);
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Entry* a, const Entry* b) { return a->job.ordinal < b->job.ordinal; });
  std::vector<Order> orders;
  for (Entry* entry : waiting) {
    const TaskManager* chosen = Choose(*entry);
    if (chosen == nullptr) {
      LogWait(*entry, entry->job.waiting_for.empty() ? WaitingFor(entry->job) : entry->job.waiting_for);
      continue;
    }
    ClusterJob& job = entry->job;
    job.task_manager = chosen->report.id;
    ++job.attempt;
    entry->started = Now();
    Enter(*entry, Phase::kDeploying);
    orders.push_back({chosen->report.id, chosen->report.address, {job.spec, job.attempt, job.has_checkpoints}});
  }
  return orders;
}

std::vector<Scheduler::CancelOrder> Scheduler::TakeCancels() { return std::exchange(cancels_, {}); }

Scheduler::Changes Scheduler::TakeChanges() {
  PruneEnded();
  Changes changes;
  changes.removed = std::exchange(removed_, {});
  for (auto& [id, entry] : jobs_) {
    const bool old = entry.job.phase == Phase::kRunning && Now() - entry.put_millis > kPutAgainMillis;
    if (entry.job.spec.query || (entry.taken == entry.version && !old) || entry.put_not_before > Now()) continue;
    entry.taken = entry.version;
    entry.put_millis = Now();
    changes.put.push_back(entry.job);
  }
  return changes;
}

void Scheduler::OnStored(const ClusterJob& job, bool stored) {
  Entry* entry = FindEntry(job.spec.id);
  if (entry == nullptr) return;
  if (stored) {
    entry->stored = entry->taken;
  } else {
    entry->taken = entry->stored;
    entry->put_not_before = Now() + kAskAgainMillis;
  }
}

void Scheduler::PruneEnded() {
  std::vector<const Entry*> ended;
  for (const auto& [id, entry] : jobs_) {
    if (entry.job.ended() && !entry.rows_open) ended.push_back(&entry);
  }
  if (ended.size() <= options_.max_ended) return;
  std::sort(ended.begin(), ended.end(),
            [](const Entry* a, const Entry* b) { return a->job.report->end_millis < b->job.report->end_millis; });
  ended.resize(ended.size() - options_.max_ended);
  for (const Entry* entry : ended) {
    removed_.push_back(entry->job.spec.id);
    jobs_.erase(jobs_.find(removed_.back()));
  }
}

std::string Scheduler::WaitingFor(const ClusterJob& job) const {
  uint32_t all = 0;
  uint32_t free = 0;
  uint32_t largest = 0;
  size_t count = 0;
  for (const auto& [id, one] : task_managers_) {
    if (!one.present || one.leaving) continue;
    ++count;
    all += one.report.slots;
    free += FreeSlots(one);
    largest = std::max(largest, one.report.slots);
  }
  const std::string wanted = Slots(job.spec.slots);
  if (count == 0) return wanted + "; there is no task manager";
  const std::string managers = fmt::format("({} task manager{})", count, count == 1 ? "" : "s");
  if (largest < job.spec.slots) {
    return fmt::format("{} in one task manager; the largest has {} {}", wanted, Slots(largest), managers);
  }
  const bool scattered = free >= job.spec.slots && count > 1;
  return fmt::format("{}{}; {} of {} are free {}", wanted, scattered ? " in one task manager" : "", free, all,
                     managers);
}

const ClusterJob* Scheduler::Find(std::string_view id) const {
  const auto it = jobs_.find(id);
  return it == jobs_.end() ? nullptr : &it->second.job;
}

std::optional<engine::JobReport> Scheduler::Report(std::string_view id) const {
  const auto it = jobs_.find(id);
  if (it == jobs_.end()) return std::nullopt;
  const Entry& entry = it->second;
  std::string reason;
  if (entry.job.phase == Phase::kWaiting) {
    reason = entry.not_before > Now() ? "the pause of its restart strategy" : WaitingFor(entry.job);
  }
  return ReportOf(entry.job, reason, clock_.WallMillis());
}

std::vector<engine::JobReport> Scheduler::Reports() const {
  std::vector<const ClusterJob*> jobs;
  for (const auto& [id, entry] : jobs_) jobs.push_back(&entry.job);
  std::sort(jobs.begin(), jobs.end(), [](const auto* a, const auto* b) { return a->ordinal < b->ordinal; });
  std::vector<engine::JobReport> out;
  for (const ClusterJob* job : jobs) out.push_back(*Report(job->spec.id));
  return out;
}

std::vector<engine::TaskManagerReport> Scheduler::TaskManagers() const {
  std::vector<engine::TaskManagerReport> out;
  for (const auto& [id, one] : task_managers_) {
    if (!one.present) continue;
    engine::TaskManagerReport& report = out.emplace_back(one.report);
    report.free_slots = FreeSlots(one);
    report.jobs.clear();
    for (const auto& [job_id, entry] : jobs_) {
      if (entry.job.placed() && entry.job.task_manager == id) report.jobs.push_back(job_id);
    }
  }
  return out;
}

std::optional<std::string> Scheduler::AddressOf(std::string_view task_manager) const {
  const auto it = task_managers_.find(task_manager);
  if (it == task_managers_.end() || !it->second.present) return std::nullopt;
  return it->second.report.address;
}

}  // namespace millrace::cluster
