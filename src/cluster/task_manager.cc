#include "cluster/task_manager.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "cluster/held_jobs.h"
#include "cluster/process_text.h"
#include "cluster/protocol.h"
#include "cluster/task_manager_routes.h"
#include "http/client.h"
#include "http/router.h"
#include "http/server.h"

namespace millrace::cluster {
namespace {

constexpr size_t kMaxJobBytes = size_t{64} << 20;
constexpr int64_t kLookMillis = 50;  // how soon the end of a job is told
constexpr int64_t kCallMillis = 10'000;
constexpr size_t kMaxReportBytes = size_t{256} << 20;

std::string MachineName() {
  char name[256] = "localhost";
  (void)::gethostname(name, sizeof name - 1);
  return name;
}

std::string ReachableHost(const TaskManagerOptions& options) {
  if (!options.host.empty()) return options.host;
  return options.bind_host == "0.0.0.0" || options.bind_host == "::" ? MachineName() : options.bind_host;
}

}  // namespace

struct TaskManager::Impl {
  explicit Impl(TaskManagerOptions given)
      : options(std::move(given)),
        client({.connect_timeout_millis = 2'000, .request_timeout_millis = kCallMillis}),
        start_millis(SystemClock().WallMillis()) {}

  ~Impl() {
    EndThread();
    if (jobs != nullptr) jobs->CancelAll();  // ends what handlers wait for
    if (server != nullptr) server->Stop();
  }

  void EndThread() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  void Nudge() {
    const std::lock_guard lock(mutex);
    nudged = true;
    changed.notify_all();
  }

  // Until `millis` have passed or the process ends. False when it ends.
  bool Linger(int64_t millis) {
    std::unique_lock lock(mutex);
    return !changed.wait_for(lock, std::chrono::milliseconds(millis), [&] { return ending; });
  }

  Heartbeat MakeHeartbeat() {
    Heartbeat out;
    out.task_manager = engine::DescribeProcess(options.data_dir);
    out.task_manager.id = id;
    out.task_manager.address = address;
    out.task_manager.slots = options.slots;
    out.task_manager.start_millis = start_millis;
    out.jobs = jobs->Report();
    const std::lock_guard lock(mutex);
    out.leaving = leaving;
    return out;
  }

  std::string Url() const {
    return fmt::format("{}/cluster/task-managers/{}", options.job_manager, http::UrlEncode(id));
  }

  Status SendHeartbeat() {
    http::Headers headers;
    headers.Add("Content-Type", "application/json");
    MR_ASSIGN(const auto response, client.Put(Url(), ToJson(MakeHeartbeat()).ToString(), headers));
    MR_ASSIGN(const codec::Json body, codec::ParseJson(response.body));
    if (response.status >= 400) return ErrorFromJson(body);
    MR_ASSIGN(const HeartbeatAnswer answer, HeartbeatAnswerFromJson(body));
    jobs->Obey(answer);
    return Ok();
  }

  void SendHeartbeats() {
    for (bool first = true;; first = false) {
      const Status sent = SendHeartbeat();
      if (first && !sent.ok()) {
        Log(LogLevel::kWarn, "taskmanager", "The job manager {} does not answer; trying again every {} ms. {}",
            options.job_manager, options.heartbeat_interval_millis, sent.error().ToString());
      }
      if (sent.ok() != connected) {
        connected = sent.ok();
        if (connected) {
          Log(LogLevel::kInfo, "taskmanager", "Registered at the job manager {}.", options.job_manager);
        } else {
          Log(LogLevel::kWarn, "taskmanager", "The job manager is away; jobs go on. {}", sent.error().ToString());
        }
      }
      if (!AwaitNextHeartbeat()) return;
    }
  }

  // Until the interval is over or there is news: a job that ends frees slots for others. False when the process ends.
  bool AwaitNextHeartbeat() {
    const size_t ended = jobs->num_ended();
    std::unique_lock lock(mutex);
    for (int64_t left = options.heartbeat_interval_millis; left > 0; left -= kLookMillis) {
      changed.wait_for(lock, std::chrono::milliseconds(std::min(left, kLookMillis)),
                       [&] { return ending || (nudged && connected); });
      if (ending || (connected && (nudged || jobs->num_ended() > ended))) break;
    }
    nudged = false;
    return !ending;
  }

  Result<std::string> Text(const std::string& what) {
    if (what == "metrics" && metrics) return metrics();
    return ProcessText(what);
  }

  const TaskManagerOptions options;
  http::Client client;
  const int64_t start_millis;
  std::string id;
  std::string address;
  std::unique_ptr<HeldJobs> jobs;
  std::function<std::string()> metrics;
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready = false;  // `jobs` and `router` are there: the server has to run before, for its port
  std::thread thread;               // sends heartbeats
  bool connected = false;           // of that thread; so that each change is logged once

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  bool nudged = false;
  bool leaving = false;
  bool ending = false;
};

TaskManager::TaskManager(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TaskManager::~TaskManager() = default;

Result<std::unique_ptr<TaskManager>> TaskManager::Start(TaskManagerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  Impl* raw = impl.get();
  MR_TRY(RealFileSystem().MakeDirectories(raw->options.data_dir));
  MR_ASSIGN(raw->server,
            StartClusterServer(
                {.host = raw->options.bind_host, .port = raw->options.port, .max_body_bytes = kMaxJobBytes},
                raw->options.allowed_hosts, [raw](http::Request& request) {
                  if (!raw->ready) {  // a job waits for it
                    return AnswerError(
                        ExternalError("a task manager that is starting").WithCode(std::string(kCheckpointsHeld)));
                  }
                  return raw->router.Handle(request);
                }));
  const std::string host = ReachableHost(raw->options);
  raw->id = fmt::format("{}:{}-{:06x}", host, raw->server->port(), std::random_device{}() & 0xffffff);
  raw->address =
      fmt::format("http://{}:{}", host.find(':') == std::string::npos ? host : "[" + host + "]", raw->server->port());
  engine::LocalJobs::Options local;
  local.environment = raw->options.environment;
  local.state_directory = raw->options.data_dir + "/jobs";
  local.slots = raw->options.slots;
  local.id = raw->id;
  raw->jobs = std::make_unique<HeldJobs>(HeldJobs::Options{
      .data_dir = raw->options.data_dir, .owner = "task manager " + raw->id, .local = std::move(local)});
  if (raw->options.metrics) raw->metrics = raw->options.metrics(raw->jobs->local());
  AddTaskManagerRoutes(raw->router, {.jobs = raw->jobs.get(),
                                     .changed = [raw] { raw->Nudge(); },
                                     .linger = [raw](int64_t millis) { return raw->Linger(millis); },
                                     .text = [raw](const std::string& what) { return raw->Text(what); }});
  raw->ready = true;
  raw->thread = std::thread([raw] { raw->SendHeartbeats(); });
  return std::unique_ptr<TaskManager>(new TaskManager(std::move(impl)));
}

void TaskManager::Leave(int64_t max_wait_millis) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->leaving = true;
  }
  impl_->Nudge();
  (void)impl_->jobs->StopAll(max_wait_millis);
  impl_->EndThread();
  // Once more, so that the last checkpoint is known.
  Status told = impl_->SendHeartbeat();
  if (told.ok()) {
    const auto response = impl_->client.Delete(impl_->Url());
    if (!response.ok()) told = response.error();
  }
  if (!told.ok()) {
    Log(LogLevel::kWarn, "taskmanager", "The job manager does not know that its jobs have stopped here. {}",
        told.error().ToString());
  }
}

const std::string& TaskManager::id() const { return impl_->id; }
int TaskManager::port() const { return impl_->server->port(); }

}  // namespace millrace::cluster
