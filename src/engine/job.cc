#include "engine/job.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "base/local_path.h"
#include "base/log.h"
#include "base/secrets.h"
#include "data/hash.h"
#include "engine/checkpoint_coordinator.h"
#include "engine/checkpoint_history.h"
#include "engine/job_graph.h"
#include "engine/job_run.h"
#include "engine/restart_strategy.h"
#include "sql/secrets.h"
#include "state/disk_backend.h"

namespace millrace::engine {
namespace {

constexpr size_t kFailuresKept = 20;

double RandomPart() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

std::string RandomHex() { return fmt::format("{:012x}", std::mt19937_64{std::random_device{}()}() >> 16); }

struct SnapshotRequest {
  std::string folder;  // of a savepoint; "" = a checkpoint
  bool stop = false;
  bool drain = false;
  uint64_t first_id = 0;  // what has a lower number began before
  std::promise<Result<std::string>> done = {};
};

}  // namespace

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kCreated: return "CREATED";
    case JobState::kRunning: return "RUNNING";
    case JobState::kFailing: return "FAILING";
    case JobState::kRestarting: return "RESTARTING";
    case JobState::kCancelling: return "CANCELLING";
    case JobState::kFinished: return "FINISHED";
    case JobState::kFailed: return "FAILED";
    case JobState::kCanceled: return "CANCELED";
  }
  return "?";
}

bool HasEnded(JobState state) {
  return state == JobState::kFinished || state == JobState::kFailed || state == JobState::kCanceled;
}

std::string StableJobId(std::string_view name) {
  return fmt::format("{:016x}{:016x}", HashBytes(name), HashBytes(std::string(name) + "#"));
}

std::string NumberedName(std::string_view name, size_t ordinal) {
  return ordinal <= 1 ? std::string(name) : fmt::format("{}#{}", name, ordinal);
}

struct Job::Impl {
  std::shared_ptr<plan::PhysicalPlan> plan;
  std::vector<JobVertex> graph;  // of the plan
  JobOptions options;
  std::string temporary_directory;                     // "" = the checkpoints have a place of their own
  std::unique_ptr<CheckpointCoordinator> coordinator;  // of the job's thread
  std::thread thread;
  std::atomic<bool> cancel{false};
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> last_checkpoint{0};

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::shared_ptr<JobRun> run;
  JobState state = JobState::kCreated;
  JobRun::Place failed_at;  // of the last run
  CheckpointHistory checkpoints;
  std::deque<Failure> failures;
  int64_t start_millis = 0;
  int64_t changed_millis = 0;
  int64_t run_start_millis = -1;
  int64_t restarts = 0;
  std::unique_ptr<SnapshotRequest> request;
  // Of a job that has ended, whose operators and their state are gone.
  JobMetrics last_metrics;
  std::vector<VertexReport> last_vertices;
  std::vector<SplitReport> last_splits;

  mutable std::mutex rate_mutex;
  mutable int64_t rate_nanos = 0;
  mutable int64_t rate_records = 0;
  mutable double rate = 0;

  int64_t Monotonic() const { return options.clock->MonotonicNanos() / 1'000'000; }
  bool Ended() const { return HasEnded(state); }

  void SetState(JobState next) {
    const std::lock_guard lock(mutex);
    Enter(next);
  }
  // The mutex is held. A job that is being cancelled does nothing else any more.
  void Enter(JobState next) {
    if (state == next || (state == JobState::kCancelling && !HasEnded(next))) return;
    state = next;
    changed_millis = options.clock->WallMillis();
    changed.notify_all();
  }

  void NoteFailure(const Error& error) {
    const std::lock_guard lock(mutex);
    Failure& failure = failures.emplace_back();
    failure.time_millis = options.clock->WallMillis();
    failure.error = error;
    if (failed_at.node != nullptr) {
      failure.task =
          fmt::format("{} ({}/{})", VertexOf(graph, *failed_at.node).name, failed_at.slot + 1, plan->parallelism);
      failure.operator_id = failed_at.node->id;
      failure.line = error.span ? error.span->line : LineInScript(*failed_at.node);
    }
    if (failures.size() > kFailuresKept) failures.pop_front();
  }

  uint32_t LineInScript(const plan::PhysicalNode& node) const {
    return node.line == 0 ? 0 : node.line + options.statement_line - 1;
  }

  // One run to its end; kRunning when it failed and the error may heal.
  Result<JobState> RunOnce() {
    {
      std::shared_ptr<JobRun> freed;  // behind the lock: its state may take long
      const std::lock_guard lock(mutex);
      freed = std::move(run);
      failed_at = {};
    }
    if (Status prepared = coordinator->PrepareRun(); !prepared.ok()) {
      coordinator->EndRun();
      return std::move(prepared).error();
    }
    auto backend = MakeBackend();
    if (!backend.ok()) {
      coordinator->EndRun();
      return std::move(backend).error();
    }
    auto next = std::make_shared<JobRun>(*plan, JobRun::Options{.clock = options.clock,
                                                                .rows = options.rows,
                                                                .on_rows = options.on_rows,
                                                                .external_retry_millis = options.external_retry_millis,
                                                                .align = options.settings.checkpoints.exactly_once,
                                                                .restore = coordinator->restore(),
                                                                .backend = std::move(*backend)});
    {
      const std::lock_guard lock(mutex);
      run = next;
      run_start_millis = options.clock->WallMillis();
      checkpoints.OnRun(coordinator->restored(), run_start_millis);
      Enter(JobState::kRunning);
    }
    if (const CheckpointReport from = coordinator->restored(); from.id != 0) {
      Log(LogLevel::kInfo, "job", "{} ({}) goes on from {} {} in {}", options.name, options.job_id,
          from.savepoint ? "savepoint" : "checkpoint", from.id, from.path);
    }
    next->Start();
    const Status driven = Drive(*next);
    if (!driven.ok()) {
      SetState(JobState::kFailing);
      next->Cancel();
      coordinator->CancelSinks();
    }
    while (!next->ended()) next->WaitForChange(1'000);
    coordinator->EndRun();
    NoteInProgress();
    next->DropState();
    if (!driven.ok()) return driven.error();
    if (const auto error = next->error()) {
      const std::lock_guard lock(mutex);
      failed_at = next->failed_at();
      return *error;
    }
    if (coordinator->stopped()) return JobState::kFinished;
    return cancel.load() ? JobState::kCanceled : JobState::kFinished;
  }

  void NoteInProgress() {
    const std::lock_guard lock(mutex);
    checkpoints.OnProgress(coordinator->in_progress());
  }

  // Null for state in memory.
  Result<std::unique_ptr<state::Backend>> MakeBackend() const {
    const StateSettings& state = options.settings.state;
    if (options.settings.backend != "rocksdb") return std::unique_ptr<state::Backend>();
    std::string directory;
    if (!state.local_directory.empty()) {
      directory = state.local_directory + "/" + options.job_id;
    } else if (!options.checkpoint_directory.empty()) {
      directory = options.checkpoint_directory + "/local";
    } else {
      directory = (std::filesystem::temp_directory_path() / ("millrace-state-" + RandomHex())).string();
    }
    return state::MakeDiskBackend(*options.files,
                                  {.directory = std::move(directory),
                                   .memory_bytes = state.memory_bytes * (state.per_slot ? plan->parallelism : 1),
                                   .table_ratio = state.table_ratio,
                                   .index_ratio = state.index_ratio});
  }

  // Takes checkpoints until the run's threads have left or it is to end.
  Status Drive(JobRun& current) {
    while (!current.ended()) {
      if (cancel.load()) current.Cancel();
      if (current.error()) SetState(JobState::kFailing);
      TakeRequest();
      MR_ASSIGN(const int64_t wait, coordinator->Advance(current));
      NoteInProgress();
      if (coordinator->stopped()) {
        current.Cancel();
      } else if (current.cancelled()) {
        coordinator->CancelSinks();
      }
      if (!current.ended()) current.WaitForChange(std::clamp<int64_t>(wait, 1, 50));
    }
    if (current.error()) SetState(JobState::kFailing);
    return Ok();
  }

  std::unique_ptr<SnapshotRequest> active;  // of the job's thread
  void TakeRequest() {
    if (stop.load() && active == nullptr && !stop_passed_on) {
      stop_passed_on = true;
      coordinator->RequestStop(false, "");
    }
    const std::lock_guard lock(mutex);
    if (request == nullptr || active != nullptr) return;
    active = std::move(request);
    active->first_id = coordinator->next_id();
    active->stop ? coordinator->RequestStop(active->drain, active->folder)
                 : coordinator->RequestSnapshot(active->folder);
  }
  bool stop_passed_on = false;

  void OnReport(const CheckpointReport& report) {
    if (report.failure.empty()) last_checkpoint.store(report.id);
    {
      const std::lock_guard lock(mutex);
      checkpoints.OnEnd(report);
    }
    if (active == nullptr || report.id < active->first_id || report.savepoint == active->folder.empty()) return;
    active->done.set_value(
        report.failure.empty()
            ? Result<std::string>(report.path)
            : ExternalError(
                  fmt::format("The {} failed: {}", report.savepoint ? "savepoint" : "checkpoint", report.failure)));
    active.reset();
  }

  void Supervise() {
    RestartStrategy strategy(options.settings.restart, RandomPart);
    JobState end = JobState::kFailed;
    while (true) {
      const int64_t started = Monotonic();
      auto outcome = RunOnce();
      if (outcome.ok()) {
        end = *outcome;
        break;
      }
      NoteFailure(outcome.error());
      if (cancel.load()) {
        end = JobState::kCanceled;
        break;
      }
      const bool goes_back = outcome.error().code == "CHECKPOINT_DAMAGED" && coordinator->StopTrustingOwn();
      const auto delay =
          goes_back || MayRestart(outcome.error()) ? strategy.DelayAfterFailure(started, Monotonic()) : std::nullopt;
      if (!delay) {
        // No warning: the client that waits for the job shows it.
        Log(LogLevel::kInfo, "job", "{} has failed: {}", plan->job_name, outcome.error().ToString());
        break;
      }
      Log(LogLevel::kWarn, "job", "{}: {}; starting again in {} ms", plan->job_name, outcome.error().ToString(),
          *delay);
      if (!Pause(*delay)) {
        end = JobState::kCanceled;
        break;
      }
    }
    End(end);
  }

  // False when the job was cancelled meanwhile.
  bool Pause(int64_t millis) {
    std::unique_lock lock(mutex);
    Enter(JobState::kRestarting);
    ++restarts;
    const auto over = [&] { return cancel.load() || stop.load(); };
    changed.wait_for(lock, std::chrono::milliseconds(millis), over);
    return !over();
  }

  void End(JobState end) {
    // Stop is the end of the process, not of what the job reads.
    const bool cancelled = end == JobState::kCanceled || (stop.load() && coordinator->stopped());
    const bool keep =
        end == JobState::kFailed || options.resumable || (cancelled && options.settings.checkpoints.retain_on_cancel);
    coordinator->Close(keep && temporary_directory.empty());
    if (!temporary_directory.empty()) (void)options.files->RemoveTree(temporary_directory).ok();
    DropRun();
    std::unique_ptr<SnapshotRequest> waiting;
    {
      const std::lock_guard lock(mutex);
      waiting = std::move(request);  // from here on nobody can ask
      Enter(end);
    }
    for (auto* unanswered : {&active, &waiting}) {
      if (*unanswered == nullptr) continue;
      (*unanswered)
          ->done.set_value(UserError(fmt::format("The job ended ({}) before the {}.", JobStateName(end),
                                                 (*unanswered)->folder.empty() ? "checkpoint" : "savepoint"))
                               .WithCode("JOB_ENDED"));
      unanswered->reset();
    }
    if (options.rows) options.rows->End();
  }

  // What can be asked of a job that has ended is small; its operators are not.
  void DropRun() {
    std::shared_ptr<JobRun> dropped;
    const std::lock_guard lock(mutex);
    if (run == nullptr) return;
    last_metrics = CountsOf(*run);
    last_vertices = ReportVertices(graph, run.get(), plan->parallelism, {});
    last_splits = ReportSplits(*run);
    dropped = std::move(run);
  }

  // Flink's ExecutionState; the mutex is held.
  std::string_view SubtaskState() const {
    switch (state) {
      case JobState::kCreated:
      case JobState::kRestarting: return "CREATED";
      case JobState::kRunning: return run != nullptr && run->open() ? "RUNNING" : "INITIALIZING";
      case JobState::kFailing:
      case JobState::kCancelling: return "CANCELING";
      case JobState::kFinished:
      case JobState::kFailed:
      case JobState::kCanceled: return JobStateName(state);
    }
    return "";
  }

  // The mutex is held.
  void ReportRun(JobReport& report) const {
    SubtaskReport subtask{.start_millis = run_start_millis};
    subtask.state = SubtaskState();
    if (Ended()) subtask.end_millis = changed_millis;
    if (!Ended()) {
      report.vertices = ReportVertices(graph, run.get(), plan->parallelism, subtask);
      if (run == nullptr) return;
      report.splits = ReportSplits(*run);
      if (state == JobState::kRunning) AddTrouble(*run, report);
      return;
    }
    report.splits = last_splits;
    report.vertices = last_vertices.empty() ? ReportVertices(graph, nullptr, plan->parallelism, {}) : last_vertices;
    for (VertexReport& vertex : report.vertices) {
      for (SubtaskReport& one : vertex.subtasks) {
        one.state = subtask.state;
        one.start_millis = subtask.start_millis;
        one.end_millis = subtask.end_millis;
      }
    }
  }

  Result<std::string> SavepointFolder(std::string directory) const {
    MR_ASSIGN(directory, SavepointDirectory(options.settings.checkpoints, std::move(directory)));
    return fmt::format("{}/savepoint-{}-{}", directory, options.job_id.substr(0, 6), RandomHex());
  }

  Result<std::string> Ask(SnapshotRequest made) {
    auto done = made.done.get_future();
    {
      const std::lock_guard lock(mutex);
      if (Ended()) return JobEnded(options.job_id, JobStateName(state));
      if (request != nullptr) return UserError("Another snapshot of this job was asked for and has not begun yet.");
      request = std::make_unique<SnapshotRequest>(std::move(made));
      if (run != nullptr) run->Wake();
    }
    return done.get();
  }

  void WaitForEnd() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return Ended(); });
  }
};

Job::Job(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Job>> Job::Start(std::shared_ptr<plan::PhysicalPlan> plan, JobOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->plan = std::move(plan);
  impl->options = std::move(options);
  impl->graph = CutIntoVertices(*impl->plan);
  impl->options.script = sql::HideSecrets(impl->options.script);
  for (auto& [key, value] : impl->options.config) value = HiddenIfSecret(key, value);
  JobOptions& given = impl->options;
  if (given.name.empty()) given.name = impl->plan->job_name;
  const CheckpointSettings& checkpoints = given.settings.checkpoints;
  if (given.checkpoint_directory.empty() && !checkpoints.directory.empty())
    given.checkpoint_directory = checkpoints.directory + "/" + given.job_id;
  if (given.checkpoint_directory.empty() && checkpoints.enabled()) {
    impl->temporary_directory =
        (std::filesystem::temp_directory_path() / ("millrace-checkpoints-" + RandomHex())).string();
    given.checkpoint_directory = impl->temporary_directory;
  }
  given.checkpoint_directory = AbsolutePath(given.checkpoint_directory);
  impl->coordinator =
      std::make_unique<CheckpointCoordinator>(CheckpointCoordinator::JobInfo{.id = given.job_id,
                                                                             .name = given.name,
                                                                             .plan = impl->plan.get(),
                                                                             .clock = given.clock,
                                                                             .files = given.files,
                                                                             .settings = given.settings,
                                                                             .directory = given.checkpoint_directory,
                                                                             .process = RandomHex()});
  MR_TRY(impl->coordinator->CheckRestorePath());
  Impl* raw = impl.get();
  impl->coordinator->OnReport([raw](const CheckpointReport& report) { raw->OnReport(report); });
  impl->rate_nanos = given.clock->MonotonicNanos();
  impl->start_millis = impl->changed_millis = given.clock->WallMillis();
  impl->thread = std::thread([raw] { raw->Supervise(); });
  return std::unique_ptr<Job>(new Job(std::move(impl)));
}

Job::~Job() {
  Cancel();
  impl_->thread.join();
}

void Job::Cancel() {
  const std::lock_guard lock(impl_->mutex);
  impl_->cancel.store(true);
  if (!impl_->Ended()) impl_->Enter(JobState::kCancelling);
  if (impl_->run != nullptr) impl_->run->Cancel();
  impl_->changed.notify_all();
}

void Job::Stop() {
  if (!impl_->options.settings.checkpoints.enabled()) return Cancel();
  const std::lock_guard lock(impl_->mutex);
  impl_->stop.store(true);
  impl_->changed.notify_all();
}

Result<std::string> Job::StopWithSavepoint(std::string directory, bool drain) {
  MR_ASSIGN(std::string folder, impl_->SavepointFolder(std::move(directory)));
  MR_ASSIGN(std::string path, impl_->Ask({.folder = std::move(folder), .stop = true, .drain = drain}));
  Wait();
  return path;
}

Result<std::string> Job::TakeSavepoint(std::string directory) {
  MR_ASSIGN(std::string folder, impl_->SavepointFolder(std::move(directory)));
  return impl_->Ask({.folder = std::move(folder)});
}

Result<std::string> Job::TakeCheckpoint() {
  if (impl_->options.settings.checkpoints.enabled()) return impl_->Ask({});
  return UserError(fmt::format("Job {} takes no checkpoints.", id()))
      .WithHint("SET 'execution.checkpointing.interval' = '10 s';");
}

bool Job::WaitFor(int64_t millis) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, std::chrono::milliseconds(millis), [&] { return impl_->Ended(); });
}

void Job::Wait() { impl_->WaitForEnd(); }

JobState Job::state() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->state;
}

Error Job::error() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failures.empty() ? Error{} : impl_->failures.back().error;
}

std::vector<Job::Failure> Job::failures() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->failures.begin(), impl_->failures.end()};
}

std::vector<CheckpointReport> Job::checkpoints() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->checkpoints.last();
}

int64_t Job::start_millis() const { return impl_->start_millis; }

int64_t Job::end_millis() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->Ended() ? impl_->changed_millis : -1;
}

int64_t Job::changed_millis() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->changed_millis;
}

int64_t Job::now_millis() const { return impl_->options.clock->WallMillis(); }

const std::string& Job::id() const { return impl_->options.job_id; }
const std::string& Job::name() const { return impl_->plan->job_name; }
uint32_t Job::parallelism() const { return impl_->plan->parallelism; }

JobMetrics Job::metrics() const {
  JobMetrics out;
  {
    const std::lock_guard lock(impl_->mutex);
    out = impl_->run == nullptr ? impl_->last_metrics : CountsOf(*impl_->run);
    out.restarts = impl_->restarts;
  }
  out.last_checkpoint = impl_->last_checkpoint.load();
  const std::lock_guard lock(impl_->rate_mutex);
  const int64_t now = impl_->options.clock->MonotonicNanos();
  if (now - impl_->rate_nanos > 500'000'000) {
    const int64_t rows = std::max<int64_t>(0, out.records_in - impl_->rate_records);  // a new run begins at 0
    impl_->rate = static_cast<double>(rows) * 1e9 / static_cast<double>(now - impl_->rate_nanos);
    impl_->rate_nanos = now;
    impl_->rate_records = out.records_in;
  }
  out.records_per_second = impl_->rate;
  return out;
}

JobReport Job::Report() const {
  const JobOptions& options = impl_->options;
  JobReport out;
  out.id = options.job_id;
  out.name = options.name;
  out.script = options.script;
  out.settings = options.config;
  out.query = options.query;
  out.streaming = impl_->plan->streaming;
  out.parallelism = impl_->plan->parallelism;
  out.checkpoint_interval_millis = options.settings.checkpoints.interval;
  out.now_millis = options.clock->WallMillis();
  const std::lock_guard lock(impl_->mutex);
  out.state = JobStateName(impl_->state);
  out.start_millis = impl_->start_millis;
  out.end_millis = impl_->Ended() ? impl_->changed_millis : -1;
  out.changed_millis = impl_->changed_millis;
  out.restarts = impl_->restarts;
  impl_->ReportRun(out);
  for (VertexReport& vertex : out.vertices) {
    for (OperatorReport& op : vertex.operators) {
      if (op.line != 0) op.line += options.statement_line - 1;
    }
  }
  for (const Failure& failure : impl_->failures) {
    out.failures.push_back({.time_millis = failure.time_millis,
                            .code = failure.error.code,
                            .message = failure.error.message.substr(0, failure.error.message.find('\n')),
                            .text = failure.error.ToString(),
                            .task = failure.task,
                            .operator_id = failure.operator_id,
                            .line = failure.line});
  }
  impl_->checkpoints.FillIn(out);
  return out;
}

Result<EdgeSample> Job::SampleEdge(uint32_t operator_id, size_t limit) {
  const std::lock_guard lock(impl_->mutex);
  MR_ASSIGN(EdgeSample sample,
            LookAtEdge(*impl_->plan, impl_->run.get(), operator_id, impl_->options.clock->WallMillis()));
  if (sample.rows.size() > limit) {
    sample.rows.erase(sample.rows.begin(), sample.rows.end() - static_cast<std::ptrdiff_t>(limit));
  }
  return sample;
}

}  // namespace millrace::engine
