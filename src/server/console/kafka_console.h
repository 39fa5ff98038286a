#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/job_service.h"
#include "kafka/client/admin.h"
#include "registry/client.h"
#include "server/console/group_stats.h"
#include "server/console/job_uses.h"
#include "server/console/record_decoder.h"
#include "server/console/subject_catalog.h"
#include "server/console/topic_stats.h"

namespace millrace::server {

// Which cluster and registry the console looks at: any Kafka and any Confluent-compatible registry, ours or not.
struct KafkaConsoleOptions {
  kafka::ClientConfig kafka;  // bootstrap.servers and further client properties
  bool kafka_embedded = false;
  console::TopicStats::Sizes topic_bytes;  // of the embedded broker; may be empty
  registry::ClientOptions registry;        // no URL: there is none
  bool registry_embedded = false;
  std::string version;
  std::string zone = "UTC";  // that times are shown in
  bool watch = true;         // false: looks only when asked to (Look), for tests
};

// What the console's routes share: clients, and views of topics, groups, subjects and jobs that threads of its own keep
// fresh. Thread-safe.
class KafkaConsole {
 public:
  // Asks nobody yet; a broker or registry that is away shows in the views. Fails for client properties that are wrong.
  // `jobs` outlives the context.
  static Result<std::unique_ptr<KafkaConsole>> Create(KafkaConsoleOptions options, engine::JobService& jobs);
  ~KafkaConsole();

  const KafkaConsoleOptions& options() const { return options_; }
  engine::JobService& jobs() { return jobs_; }
  kafka::AdminClient& admin() { return *admin_; }
  registry::Client* registry() { return registry_.get(); }  // null: there is none
  console::RecordDecoder& decoder() { return decoder_; }
  console::TopicStats& topic_stats() { return topic_stats_; }
  console::GroupStats& group_stats() { return group_stats_; }
  console::SubjectCatalog& subject_catalog() { return subject_catalog_; }
  Clock& clock() { return *options_.kafka.clock; }

  // The views; the first call of each waits for the first look.
  std::shared_ptr<const console::TopicSnapshot> topics();
  std::shared_ptr<const console::GroupSnapshot> groups();
  std::shared_ptr<const console::SubjectSnapshot> subjects();
  std::shared_ptr<const std::vector<console::KafkaUse>> uses();

  // The topic, looked for again when it is not known yet. Errors: not there (code NOT_FOUND), broker away.
  Result<console::TopicState> FindTopic(const std::string& name);
  Result<registry::Client*> NeedRegistry();  // error when there is none
  // One look at everything, now: after a change, so that whoever made it sees it.
  void LookAtTopics(const std::string& changed = "");
  void LookAtGroups();
  void LookAtSubjects() { subject_catalog_.Refresh(); }
  void LookAtJobs();

 private:
  KafkaConsole(KafkaConsoleOptions options, engine::JobService& jobs, std::unique_ptr<kafka::AdminClient> admin);
  void Every(int64_t millis, std::function<void()> look);

  const KafkaConsoleOptions options_;
  engine::JobService& jobs_;
  std::unique_ptr<kafka::AdminClient> admin_;
  std::unique_ptr<registry::Client> registry_;
  console::RecordDecoder decoder_;
  console::TopicStats topic_stats_;
  console::GroupStats group_stats_;
  console::SubjectCatalog subject_catalog_;
  std::mutex uses_mutex_;
  std::shared_ptr<const std::vector<console::KafkaUse>> uses_;  // under uses_mutex_
  std::once_flag first_topics_, first_groups_, first_subjects_, first_uses_;

  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;  // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace millrace::server
