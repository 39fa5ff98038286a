#include "cluster/job_manager_impl.h"

#include <chrono>
#include <random>

#include "base/local_path.h"
#include "base/log.h"
#include "cluster/cluster_calls.h"
#include "cluster/task_manager_routes.h"

namespace millrace::cluster {
namespace {

constexpr size_t kMaxHeartbeatBytes = size_t{256} << 20;
constexpr int64_t kDecideMillis = 100;
constexpr int64_t kSavepointMillis = 3'600'000;  // as long as a savepoint may take
constexpr int64_t kCallMillis = 40'000;          // a task manager answers within 30 s

double RandomPart() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

JobManager::Impl::Impl(JobManagerOptions options)
    : options_(std::move(options)),
      calls_({.connect_timeout_millis = 2'000, .request_timeout_millis = kCallMillis}),
      savepoint_calls_({.connect_timeout_millis = 2'000, .request_timeout_millis = kSavepointMillis}) {}

Result<std::unique_ptr<JobManager::Impl>> JobManager::Impl::Start(JobManagerOptions options) {
  auto impl = std::unique_ptr<Impl>(new Impl(std::move(options)));
  const JobManagerOptions& given = impl->options_;
  const std::string folder = given.data_dir + "/jobmanager";
  MR_ASSIGN(impl->lock_, DirectoryLock::Acquire(folder, "a job manager"));
  MR_ASSIGN(impl->store_, JobStore::Open(folder + "/jobs.db"));
  impl->scheduler_ = std::make_unique<Scheduler>(
      SystemClock(), Scheduler::Options{.heartbeat_timeout_millis = given.heartbeat_timeout_millis,
                                        .max_ended = given.max_ended,
                                        .random = RandomPart});
  MR_ASSIGN(std::vector<ClusterJob> stored, impl->store_->Load());
  for (ClusterJob& job : stored) impl->scheduler_->Restore(std::move(job), !given.alone);
  impl->AddRoutes();
  MR_ASSIGN(impl->server_,
            StartClusterServer({.host = given.bind_host, .port = given.port, .max_body_bytes = kMaxHeartbeatBytes},
                               given.allowed_hosts,
                               [raw = impl.get()](http::Request& request) { return raw->router_.Handle(request); }));
  impl->thread_ = std::thread([raw = impl.get()] { raw->Decide(); });
  return impl;
}

JobManager::Impl::~Impl() {
  if (server_ != nullptr) server_->Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& [id, link] : links_) link->Stop();
}

void JobManager::Impl::Wake() {
  const std::lock_guard lock(mutex_);
  woken_flag_ = true;
  woken_.notify_all();
}

void JobManager::Impl::AddRoutes() {
  router_.Add("PUT", "/cluster/task-managers/{id}", [this](http::Request& request) { return OnHeartbeat(request); });
  router_.Add("DELETE", "/cluster/task-managers/{id}", [this](http::Request& request) {
    WithScheduler([&](Scheduler& scheduler) { scheduler.OnDeparture(request.Parameter("id")); });
    Wake();
    return Answer(codec::Json::MakeObject());
  });
}

http::Response JobManager::Impl::OnHeartbeat(const http::Request& request) {
  const auto body = codec::ParseJson(request.body, {.max_bytes = kMaxHeartbeatBytes});
  if (!body.ok()) return AnswerError(body.error());
  const auto heartbeat = HeartbeatFromJson(*body);
  if (!heartbeat.ok()) return AnswerError(heartbeat.error());
  const HeartbeatAnswer answer = WithScheduler([&](Scheduler& scheduler) { return scheduler.OnHeartbeat(*heartbeat); });
  Wake();
  return Answer(ToJson(answer));
}

void JobManager::Impl::Decide() {
  while (true) {
    std::vector<Scheduler::Order> orders;
    std::vector<Scheduler::CancelOrder> cancels;
    Scheduler::Changes changes;
    std::vector<engine::TaskManagerReport> task_managers;
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::milliseconds(kDecideMillis), [&] { return woken_flag_ || stopping_; });
      woken_flag_ = false;
      if (!stopping_) {
        scheduler_->CheckHeartbeats();
        orders = scheduler_->Place();
        cancels = scheduler_->TakeCancels();
      }
      changes = scheduler_->TakeChanges();
      task_managers = scheduler_->TaskManagers();
      decided_.notify_all();
      if (stopping_ && changes.put.empty() && changes.removed.empty()) return;
    }
    Store(changes);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    UpdateLinks(task_managers);
    PassOn(std::move(orders), cancels);
  }
}

void JobManager::Impl::Store(const Scheduler::Changes& changes) {
  Status put = Ok();
  for (const ClusterJob& job : changes.put) {
    if (put.ok()) {
      put = store_->Put(job);
      if (!put.ok())
        Log(LogLevel::kError, "jobmanager", "{} is not stored, and will be tried again: {}", job.spec.name,
            put.error().ToString());
    }
    WithScheduler([&](Scheduler& scheduler) { scheduler.OnStored(job, put.ok()); });
  }
  for (const std::string& id : changes.removed) (void)store_->Remove(id).ok();
}

void JobManager::Impl::UpdateLinks(const std::vector<engine::TaskManagerReport>& task_managers) {
  std::set<std::string> there;
  for (const engine::TaskManagerReport& one : task_managers) there.insert(one.id);
  for (auto it = links_.begin(); it != links_.end();) {
    if (there.contains(it->first) && it->second->whole()) {
      ++it;
      continue;
    }
    // One that comes back gets a new link at once: this one takes no orders any more.
    it->second->Stop();
    retired_links_.push_back(std::move(it->second));
    it = links_.erase(it);
  }
  std::erase_if(retired_links_, [](const auto& link) { return link->idle(); });  // others wait for the call at work
  for (const engine::TaskManagerReport& one : task_managers) {
    if (links_.contains(one.id)) continue;
    links_[one.id] = std::make_unique<TaskManagerLink>(one.address, [this, id = one.id] {
      WithScheduler([&](Scheduler& scheduler) { scheduler.OnUnreachable(id); });
      Wake();
    });
  }
}

void JobManager::Impl::PassOn(std::vector<Scheduler::Order> orders,
                              const std::vector<Scheduler::CancelOrder>& cancels) {
  for (Scheduler::Order& order : orders) {
    const auto link = links_.find(order.task_manager);
    if (link == links_.end()) continue;  // lost since; the scheduler knows
    link->second->Post([this, order = std::move(order)](http::Client& client) { Deploy(client, order); });
  }
  for (const Scheduler::CancelOrder& cancel : cancels) {
    for (const auto& [id, link] : links_) {
      if (link->address() != cancel.address) continue;
      link->Post([url = fmt::format("{}/jobs/{}/cancel", cancel.address, cancel.job)](http::Client& client) {
        (void)Call(client, "POST", url).ok();  // the next heartbeat's answer says it again
      });
    }
  }
}

void JobManager::Impl::Deploy(http::Client& client, const Scheduler::Order& order) {
  const engine::JobSpec& spec = order.deployment.spec;
  const std::string url = fmt::format("{}/jobs/{}", order.address, spec.id);
  http::Headers headers;
  headers.Add("Content-Type", "application/json");
  const auto response = client.Put(url, ToJson(order.deployment).ToString(), headers);
  Status outcome = Ok();
  if (!response.ok()) {
    outcome = response.error();
  } else if (response->status >= 400) {
    const auto json = codec::ParseJson(response->body);
    outcome = json.ok() ? ErrorFromJson(*json) : ExternalError(response->body, Retry::kNo);
  }
  if (!outcome.ok()) {
    const bool again = outcome.error().code == kCheckpointsHeld;  // every second, until they are free
    Log(again ? LogLevel::kDebug : LogLevel::kWarn, "jobmanager", "{}: {}", spec.name, outcome.error().ToString());
  }
  if (outcome.ok()) {
    Log(LogLevel::kInfo, "jobmanager", "{} runs in task manager {}, attempt {}.", spec.name, order.task_manager,
        order.deployment.attempt);
  }
  WithScheduler([&](Scheduler& scheduler) {
    if (!response.ok() && outcome.error().code == http::Client::kConnectionRefused)
      scheduler.OnUnreachable(order.task_manager);
    scheduler.OnDeployed(order, response.ok(), outcome);
  });
  Wake();
}

Status JobManager::Impl::Accept(const engine::JobSpec& spec, const engine::PlannedJob& planned) {
  engine::JobSpec accepted = spec;
  const engine::JobSettings& settings = planned.result.settings;
  accepted.slots = planned.result.plan->parallelism;
  if (accepted.checkpoint_directory.empty() && !settings.checkpoints.directory.empty()) {
    accepted.checkpoint_directory = settings.checkpoints.directory + "/" + spec.id;
  }
  std::optional<ClusterJob> job;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = scheduler_->Submit(std::move(accepted), settings.restart);
    if (!spec.query) job = *scheduler_->Find(spec.id);
  }
  if (job) {
    if (Status put = store_->Put(*job); !put.ok()) {
      if (is_new) (void)WithScheduler([&](Scheduler& scheduler) { return scheduler.Cancel(spec.id); }).ok();
      return put;
    }
  }
  Wake();
  return Ok();
}

Result<std::string> JobManager::Impl::AddressOfJob(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const ClusterJob* job = scheduler_->Find(id);
  if (job == nullptr) return engine::JobNotFound(id);
  if (job->ended()) return engine::JobEnded(id, job->report->state);
  const auto address = scheduler_->AddressOf(job->task_manager);
  if (job->phase != ClusterJob::Phase::kRunning || !address) {
    const engine::JobReport report = *scheduler_->Report(id);
    return UserError(fmt::format("Job {} does not run now: {}{}{}.", id, report.state,
                                 report.waiting_for.empty() ? "" : ", it waits for ", report.waiting_for))
        .WithCode("JOB_NOT_RUNNING");
  }
  return *address;
}

Result<codec::Json> JobManager::Impl::SavepointBody(std::string_view id, std::string directory) {
  const auto report = WithScheduler([&](Scheduler& scheduler) { return scheduler.Report(id); });
  if (!report) return engine::JobNotFound(id);
  if (directory.empty()) {
    MR_ASSIGN(const engine::JobSettings own, engine::ReadJobSettings(engine::Config(report->settings)));
    MR_ASSIGN(const engine::JobSettings now, engine::ReadJobSettings(engine::Config(options_.environment.config)));
    if (own.checkpoints.savepoint_directory.empty()) directory = now.checkpoints.savepoint_directory;
  }
  MR_ASSIGN(directory, AbsoluteLocalPath(std::move(directory)));
  codec::Json body = codec::Json::MakeObject();
  return std::move(body.Set("directory", std::move(directory)));
}

Result<std::string> JobManager::Impl::AskForSnapshot(std::string_view id, std::string_view action,
                                                     const codec::Json& body) {
  MR_ASSIGN(const std::string address, AddressOfJob(id));
  const auto answer = Call(savepoint_calls_, "POST", fmt::format("{}/jobs/{}/{}", address, id, action), body);
  const std::string name = WithScheduler([&](Scheduler& scheduler) {
    const ClusterJob* job = scheduler.Find(id);
    return job == nullptr ? std::string("?") : job->spec.name;
  });
  const std::string_view what = action == "checkpoint" ? "Checkpoint" : "Savepoint";
  if (!answer.ok()) {
    Log(LogLevel::kInfo, "jobmanager", "{} of {} ({}) failed: {}", what, name, id, answer.error().ToString());
    return answer.error();
  }
  const std::string* path = answer->FindString("path");
  if (path == nullptr) return InternalError("The task manager names no folder: " + answer->ToString());
  Log(LogLevel::kInfo, "jobmanager", "{} of {} ({}): {}", what, name, id, *path);
  return *path;
}

}  // namespace millrace::cluster
