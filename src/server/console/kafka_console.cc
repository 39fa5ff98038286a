#include "server/console/kafka_console.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "server/console/api.h"

namespace millrace::server {
namespace {

constexpr int64_t kTopicMillis = 1'000;
constexpr int64_t kGroupMillis = 1'000;
constexpr int64_t kSubjectMillis = 5'000;
constexpr int64_t kJobMillis = 2'000;

std::unique_ptr<registry::Client> RegistryOf(const KafkaConsoleOptions& options) {
  if (options.registry.urls.empty()) return nullptr;
  return std::make_unique<registry::Client>(options.registry);
}

}  // namespace

Result<std::unique_ptr<KafkaConsole>> KafkaConsole::Create(KafkaConsoleOptions options, engine::JobService& jobs) {
  // Pages do not wait long for what is away.
  options.kafka.request_timeout_millis = std::min<int64_t>(options.kafka.request_timeout_millis, 5'000);
  options.kafka.properties.emplace("reconnect.backoff.max.ms", "1000");
  options.registry.max_retries = 0;
  options.registry.connect_timeout_millis = std::min<int64_t>(options.registry.connect_timeout_millis, 2'000);
  options.registry.request_timeout_millis = std::min<int64_t>(options.registry.request_timeout_millis, 10'000);
  MR_ASSIGN(auto admin, kafka::AdminClient::Create(options.kafka));
  auto context = std::unique_ptr<KafkaConsole>(new KafkaConsole(std::move(options), jobs, std::move(admin)));
  if (context->options_.watch) {
    KafkaConsole* raw = context.get();
    raw->Every(kTopicMillis, [raw] { raw->topic_stats_.Sample(raw->clock().WallMillis()); });
    raw->Every(kGroupMillis, [raw] { raw->group_stats_.Sample(raw->clock().WallMillis()); });
    raw->Every(kSubjectMillis, [raw] { raw->subject_catalog_.Refresh(); });
    raw->Every(kJobMillis, [raw] { raw->LookAtJobs(); });
  }
  return context;
}

KafkaConsole::KafkaConsole(KafkaConsoleOptions options, engine::JobService& jobs,
                           std::unique_ptr<kafka::AdminClient> admin)
    : options_(std::move(options)),
      jobs_(jobs),
      admin_(std::move(admin)),
      registry_(RegistryOf(options_)),
      decoder_(registry_.get(), options_.kafka.clock),
      topic_stats_(*admin_, options_.topic_bytes),
      group_stats_(options_.kafka, *admin_, topic_stats_),
      subject_catalog_(registry_.get()),
      uses_(std::make_shared<std::vector<console::KafkaUse>>()) {}

KafkaConsole::~KafkaConsole() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// A look that takes long is followed by a rest of up to four times as long, so that a huge or slow cluster is not kept
// busy by being watched.
void KafkaConsole::Every(int64_t millis, std::function<void()> look) {
  threads_.emplace_back([this, millis, look = std::move(look)] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const auto begin = std::chrono::steady_clock::now();
      look();
      const auto took = std::chrono::steady_clock::now() - begin;
      lock.lock();
      const auto rest =
          std::max<std::chrono::nanoseconds>(std::chrono::milliseconds(millis) - took,
                                             std::min<std::chrono::nanoseconds>(4 * took, std::chrono::seconds(3)));
      stop_changed_.wait_for(lock, rest, [this] { return stopping_; });
    }
  });
}

std::shared_ptr<const console::TopicSnapshot> KafkaConsole::topics() {
  std::call_once(first_topics_, [this] {
    if (topic_stats_.snapshot()->taken_millis == 0) topic_stats_.Sample(clock().WallMillis());
  });
  return topic_stats_.snapshot();
}

std::shared_ptr<const console::GroupSnapshot> KafkaConsole::groups() {
  topics();  // ends of partitions
  std::call_once(first_groups_, [this] {
    if (!group_stats_.snapshot()->reachable) group_stats_.Sample(clock().WallMillis());
  });
  return group_stats_.snapshot();
}

std::shared_ptr<const console::SubjectSnapshot> KafkaConsole::subjects() {
  std::call_once(first_subjects_, [this] {
    if (!subject_catalog_.snapshot()->reachable) subject_catalog_.Refresh();
  });
  return subject_catalog_.snapshot();
}

std::shared_ptr<const std::vector<console::KafkaUse>> KafkaConsole::uses() {
  std::call_once(first_uses_, [this] { LookAtJobs(); });
  const std::lock_guard lock(uses_mutex_);
  return uses_;
}

void KafkaConsole::LookAtTopics(const std::string& changed) {
  topic_stats_.Invalidate(changed);
  topic_stats_.Sample(clock().WallMillis());
}

void KafkaConsole::LookAtGroups() {
  topics();
  group_stats_.Invalidate();
  group_stats_.Sample(clock().WallMillis());
}

void KafkaConsole::LookAtJobs() {
  auto uses = std::make_shared<const std::vector<console::KafkaUse>>(console::FindKafkaUses(jobs_.Jobs()));
  const std::lock_guard lock(uses_mutex_);
  uses_ = std::move(uses);
}

Result<console::TopicState> KafkaConsole::FindTopic(const std::string& name) {
  auto snapshot = topics();
  const console::TopicState* topic = snapshot->Find(name);
  if (topic == nullptr) {
    LookAtTopics();
    snapshot = topics();
    topic = snapshot->Find(name);
  }
  if (topic != nullptr) return *topic;
  if (!snapshot->reachable) return ExternalError(snapshot->error);
  return console::NotFound(fmt::format("There is no topic '{}'.", name));
}

Result<registry::Client*> KafkaConsole::NeedRegistry() {
  if (registry_ != nullptr) return registry_.get();
  return UserError("There is no schema registry.").WithHint("Give its URL when you start the server.");
}

}  // namespace millrace::server
