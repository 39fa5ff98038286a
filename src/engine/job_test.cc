// Jobs whose source and sink fail when told to: whoever waits for a savepoint gets an answer; restarts; pauses.
#include "engine/job.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include <fmt/format.h>

#include "base/strings.h"
#include "engine/session.h"
#include "planner/testing/fake_connectors.h"

namespace millrace::engine {
namespace {

struct Script {
  std::atomic<int> failing_barriers{0};  // the next ones fail in the sink
  std::atomic<bool> source_away{false};
  std::atomic<bool> no_writer{false};
  std::function<void()> on_free;  // a writer goes
};

class Reader final : public connect::SourceReader {
 public:
  explicit Reader(const Script& script) : script_(script) {}
  Result<connect::SourceEvent> Poll(int64_t max_wait_millis) override {
    SystemClock().SleepMillis(max_wait_millis);
    if (script_.source_away) return ExternalError("The source is away.", Retry::kYes);
    if (std::exchange(announced_, true)) return connect::SourceEvent{};
    connect::SourceEvent event;
    event.kind = connect::SourceEvent::Kind::kSplitAdded;
    event.split_name = "only";
    return event;
  }
  std::vector<SplitState> Snapshot() override { return {{"only", "0"}}; }
  Status Restore(const std::vector<SplitState>&) override { return Ok(); }

 private:
  const Script& script_;
  bool announced_ = false;
};

class Source final : public connect::Source {
 public:
  explicit Source(const Script& script) : script_(script) {}
  bool bounded() const override { return false; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SourceReader>(new Reader(script_));
  }

 private:
  const Script& script_;
};

class Writer final : public connect::SinkWriter {
 public:
  explicit Writer(Script& script) : script_(script) {}
  ~Writer() override {
    if (const auto on_free = std::exchange(script_.on_free, nullptr)) on_free();
  }
  Status Write(const Batch&) override { return Ok(); }
  Status Flush() override { return Ok(); }
  Status PrepareCommit(uint64_t) override {
    return script_.failing_barriers-- > 0 ? Status(ExternalError("The sink is away.", Retry::kYes)) : Ok();
  }

 private:
  Script& script_;
};

class Sink final : public connect::Sink {
 public:
  explicit Sink(Script& script) : script_(script) {}
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t, uint32_t) override {
    if (script_.no_writer) return ExternalError("The sink cannot be opened.", Retry::kYes);
    return std::unique_ptr<connect::SinkWriter>(new Writer(script_));
  }

 private:
  Script& script_;
};

class JobTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-job-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Job> Start(const std::string& restart, int64_t external_retry_millis = 60'000) {
    const std::vector<connect::ConnectorDef> connectors = {
        {.name = "scripted",
         .options = &planner::testing::fake::PlainOptions(),
         .sink_changelog = planner::testing::fake::Accepts(ChangelogMode::InsertOnly()),
         .make_source = [this](const connect::SourceContext&) -> Result<std::unique_ptr<connect::Source>> {
           return std::unique_ptr<connect::Source>(new Source(script_));
         },
         .make_sink = [this](const connect::SinkContext&) -> Result<std::unique_ptr<connect::Sink>> {
           return std::unique_ptr<connect::Sink>(new Sink(script_));
         }}};
    SessionEnvironment environment;
    environment.connectors = &connectors;
    environment.formats = &planner::testing::FakeFormats();
    environment.config = {{"execution.checkpointing.timeout", "2 s"},
                          {"execution.checkpointing.tolerable-failed-checkpoints", "1"},
                          {"restart-strategy.type", restart},
                          {"restart-strategy.fixed-delay.attempts", "10"},
                          {"restart-strategy.fixed-delay.delay", "1 ms"}};
    if (checkpoints_) environment.config["execution.checkpointing.interval"] = "1 h";
    for (const auto& [key, value] : settings_) environment.config[key] = value;
    Session session(environment);
    EXPECT_TRUE(session.ExecuteText("CREATE TABLE a (k INT) WITH ('connector' = 'scripted')").ok());
    EXPECT_TRUE(session.ExecuteText("CREATE TABLE b (k INT) WITH ('connector' = 'scripted')").ok());
    auto insert = session.ExecuteText("INSERT INTO b SELECT k FROM a");
    EXPECT_TRUE(insert.ok());
    auto job = Job::Start(
        insert->plan,
        {.job_id = "0123456789", .settings = insert->settings, .external_retry_millis = external_retry_millis});
    EXPECT_TRUE(job.ok());
    return *std::move(job);
  }

  static std::string Answer(const Result<std::string>& path) {
    return path.ok() ? "a savepoint" : path.error().message;
  }

  Script script_;
  std::string folder_;
  bool checkpoints_ = false;
  std::map<std::string, std::string> settings_;
};

TEST_F(JobTest, ASavepointThatARunTakesWithItHasFailedAndTheNextOneWorks) {
  const auto job = Start("fixed-delay");
  script_.failing_barriers = 1;
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "The savepoint failed: The job's run ended before it was complete.");
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  EXPECT_EQ(job->failures().size(), 1u);
}

TEST_F(JobTest, ASavepointGoesToAFolderOfThisMachine) {
  const auto job = Start("none");
  const auto path = job->TakeSavepoint("file://" + folder_);
  EXPECT_TRUE(path.ok() && path->starts_with(folder_ + "/savepoint-")) << Answer(path);
  EXPECT_EQ(Answer(job->TakeSavepoint("s3://bucket/savepoints")),
            "Could not find a file system implementation for scheme 's3'.");
}

TEST_F(JobTest, ASavepointWithoutAFolderNamesTheKey) {
  const auto job = Start("none");
  const std::string refused =
      "Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be provided.";
  EXPECT_EQ(Answer(job->TakeSavepoint("")), refused);
  EXPECT_EQ(Answer(job->StopWithSavepoint("", false)), refused);
  EXPECT_NE(job->TakeSavepoint("").error().hint.find("millrace savepoint take JOB DIR"), std::string::npos)
      << "no SET reaches a running job";
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "a savepoint") << "it goes on";
}

TEST_F(JobTest, WithoutAStrategyAJobStartsAgainOnlyIfItTakesCheckpoints) {
  settings_ = {{"restart-strategy.exponential-delay.initial-backoff", "1 ms"}};
  script_.failing_barriers = 1;
  const auto job = Start("");
  EXPECT_NE(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  job->Wait();
  EXPECT_EQ(job->state(), JobState::kFailed);

  checkpoints_ = true;
  script_.failing_barriers = 1;
  const auto restarting = Start("");
  EXPECT_TRUE(restarting->TakeCheckpoint().ok());
  EXPECT_EQ(restarting->failures().size(), 1u);
  EXPECT_EQ(restarting->state(), JobState::kRunning);
}

TEST_F(JobTest, CheckpointsKeepTheirMinPause) {
  constexpr int64_t kPause = 100;
  settings_ = {{"execution.checkpointing.interval", "10 ms"}, {"execution.checkpointing.min-pause", "100 ms"}};
  const auto job = Start("none");
  while (job->metrics().last_checkpoint < 4) ASSERT_FALSE(job->WaitFor(5));
  const auto checkpoints = job->checkpoints();
  ASSERT_GE(checkpoints.size(), 4u);
  for (size_t i = 1; i < checkpoints.size(); ++i) {
    // One begins after the end of the one before; of both times only whole milliseconds are known.
    EXPECT_GE(checkpoints[i].trigger_millis - checkpoints[i - 1].trigger_millis, kPause - 1) << i;
  }
}

TEST_F(JobTest, ACheckpointThatItsRunTakesWithItHasFailed) {
  settings_ = {{"execution.checkpointing.interval", "10 ms"}};
  script_.failing_barriers = 1;
  const auto job = Start("fixed-delay");
  while (job->Report().checkpoints_completed == 0) ASSERT_FALSE(job->WaitFor(5));
  const JobReport report = job->Report();
  EXPECT_EQ(report.restarts, 1);
  EXPECT_EQ(report.checkpoints_failed, 1);
  ASSERT_GE(report.checkpoints.size(), 2u);
  EXPECT_EQ(report.checkpoints[0].failure, "The job's run ended before it was complete.");
  EXPECT_FALSE(report.checkpoints[0].savepoint);
  EXPECT_GT(report.checkpoints[1].id, report.checkpoints[0].id);
}

TEST_F(JobTest, ASavepointThatCannotBeWrittenIsToldOnce) {
  checkpoints_ = true;
  settings_ = {{"execution.checkpointing.dir", folder_}};
  const auto job = Start("none");
  ASSERT_TRUE(job->TakeCheckpoint().ok());
  const std::string away = folder_ + "-away";
  std::filesystem::rename(folder_, away);
  std::ofstream(folder_) << "a file";  // neither the savepoint nor the checkpoint can be written
  EXPECT_NE(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  EXPECT_EQ(job->Report().in_progress.id, 0u) << "it is told already";
  std::filesystem::remove(folder_);
  std::filesystem::rename(away, folder_);
  EXPECT_TRUE(job->TakeCheckpoint().ok());
  std::string seen;
  for (const auto& one : job->Report().checkpoints)
    seen += fmt::format("{}{} ", one.id, one.failure.empty() ? "" : " failed");
  EXPECT_EQ(seen, "1 2 failed 3 ");
  EXPECT_EQ(job->Report().checkpoints_failed, 1);
}

TEST_F(JobTest, AJobWhoseSinkCannotBeOpenedIsReported) {
  script_.no_writer = true;
  const auto job = Start("fixed-delay");
  while (!job->WaitFor(0)) EXPECT_EQ(job->Report().trouble, "");
  EXPECT_EQ(job->state(), JobState::kFailed);
  EXPECT_EQ(job->failures().size(), 11u);
}

// Large state takes long to free; the report is the heartbeat.
TEST_F(JobTest, AJobReportsWhileItsLastRunIsFreed) {
  bool reported = false;
  std::thread asker;
  std::unique_ptr<Job> job;
  script_.on_free = [&] {
    auto answer = std::make_shared<std::promise<void>>();
    std::future<void> answered = answer->get_future();
    asker = std::thread([&job, answer] {
      job->Report();
      answer->set_value();
    });
    reported = answered.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
  };
  job = Start("fixed-delay");
  script_.failing_barriers = 1;
  EXPECT_NE(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "a savepoint");  // by the next run
  asker.join();
  EXPECT_TRUE(reported);
}

TEST_F(JobTest, AJobThatCouldNotStopWithASavepointGoesOn) {
  const auto job = Start("fixed-delay");
  script_.failing_barriers = 1;
  EXPECT_EQ(Answer(job->StopWithSavepoint(folder_, false)),
            "The savepoint failed: The job's run ended before it was complete.");
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  EXPECT_EQ(Answer(job->StopWithSavepoint(folder_, false)), "a savepoint");
  EXPECT_EQ(job->state(), JobState::kFinished);
}

TEST_F(JobTest, AJobWhoseLastSavepointTookTooLongGoesOn) {
  script_.source_away = true;  // no barrier can be sent
  const auto job = Start("none");
  EXPECT_EQ(Answer(job->StopWithSavepoint(folder_, false)),
            "The savepoint failed: Checkpoint 1 expired before completing.");
  script_.source_away = false;
  EXPECT_EQ(Answer(job->TakeSavepoint(folder_)), "a savepoint");
  EXPECT_EQ(job->state(), JobState::kRunning);
}

TEST_F(JobTest, ACheckpointThatWasAskedForDoesNotWaitForItsTime) {
  checkpoints_ = true;
  const auto job = Start("none");
  for (const uint64_t id : {1, 2}) {
    const auto path = job->TakeCheckpoint();
    ASSERT_TRUE(path.ok());
    EXPECT_TRUE(path->ends_with("/chk-" + std::to_string(id))) << *path;
    EXPECT_TRUE(std::filesystem::exists(*path + "/_metadata"));
    EXPECT_EQ(job->metrics().last_checkpoint, id);
  }
  EXPECT_FALSE(job->checkpoints().back().savepoint);
}

TEST_F(JobTest, ACheckpointThatARunTakesWithItIsTakenByTheNext) {
  checkpoints_ = true;
  const auto job = Start("fixed-delay");
  script_.failing_barriers = 1;
  EXPECT_TRUE(job->TakeCheckpoint().ok());
  EXPECT_EQ(job->failures().size(), 1u);
}

TEST_F(JobTest, WhoeverWaitsForACheckpointHearsThatThereIsNone) {
  EXPECT_EQ(Start("none")->TakeCheckpoint().error().message, "Job 0123456789 takes no checkpoints.");
  checkpoints_ = true;
  script_.source_away = true;  // no barrier can be sent
  const auto job = Start("none");
  EXPECT_EQ(job->TakeCheckpoint().error().message, "The checkpoint failed: Checkpoint 1 expired before completing.");
  job->Cancel();
  job->Wait();
  EXPECT_EQ(job->TakeCheckpoint().error().code, "JOB_ENDED");
}

// One that is being taken, one that waits its turn.
TEST_F(JobTest, EveryoneWhoWaitsForASavepointHearsOfTheEnd) {
  script_.source_away = true;
  const auto job = Start("none", 500);
  // Whichever comes second may find the first one not taken up yet.
  const auto ask = [&](std::string* answer) {
    do {
      *answer = Answer(job->TakeSavepoint(folder_));
    } while (*answer == "Another snapshot of this job was asked for and has not begun yet.");
  };
  std::string first;
  std::string second;
  std::thread other([&] { ask(&first); });
  ask(&second);
  other.join();
  EXPECT_EQ(job->state(), JobState::kFailed);
  for (const std::string& answer : {first, second}) {
    EXPECT_TRUE(answer.starts_with("The job ended (FAILED)") || answer.starts_with("The savepoint failed:") ||
                answer == "Job 0123456789 has ended: FAILED.")
        << answer;
  }
}

}  // namespace
}  // namespace millrace::engine
