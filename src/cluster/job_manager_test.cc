// Job manager and task managers in one process, over HTTP on loopback.
#include "cluster/job_manager.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/file.h"
#include "cluster/protocol.h"
#include "cluster/task_manager.h"
#include "engine/testing/row_tables.h"
#include "http/client.h"
#include "http/server.h"

namespace millrace::cluster {
namespace {

class JobManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/job_manager_XXXXXX";
    folder_ = mkdtemp(name);
    StartJobManager(0);
  }
  void TearDown() override {
    task_managers_.clear();
    manager_.reset();
    EXPECT_TRUE(RealFileSystem().RemoveTree(folder_).ok());
  }

  void StartJobManager(int port) {
    JobManagerOptions options;
    options.data_dir = folder_;
    options.port = port;
    options.heartbeat_timeout_millis = heartbeat_timeout_millis_;
    options.environment = tables_.Environment();
    options.environment.config = config_;
    auto started = JobManager::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    manager_ = std::move(*started);
    port_ = manager_->port();
  }
  void AddTaskManager(uint32_t slots = 2, const std::string& data_dir = "") {
    TaskManagerOptions options;
    options.job_manager = "http://127.0.0.1:" + std::to_string(port_);
    options.slots = slots;
    options.data_dir = data_dir.empty() ? folder_ : data_dir;
    options.heartbeat_interval_millis = 50;
    options.environment = tables_.Environment();
    auto started = TaskManager::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    task_managers_.push_back(std::move(*started));
  }
  static engine::JobSpec Spec(std::string id, uint32_t slots = 1) {
    engine::JobSpec spec;
    spec.id = std::move(id);
    spec.name = "totals";
    spec.preparation = "SET 'parallelism.default' = '" + std::to_string(slots) + "';\n" +
                       "SET 'execution.checkpointing.interval' = '20 ms';\n" +
                       std::string(engine::testing::kRowTablesSql);
    spec.statement = engine::testing::kTotalsInsert;
    return spec;
  }
  static engine::JobSpec QuerySpec(std::string statement) {
    engine::JobSpec spec = Spec("aa");
    spec.statement = std::move(statement);
    spec.query = true;
    return spec;
  }
  engine::JobReport Report(const std::string& id) const { return *manager_->Find(id); }
  // Waits, at most 20 s, for what other threads bring about.
  ::testing::AssertionResult Becomes(const std::function<bool()>& done) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      if (done()) return ::testing::AssertionSuccess();
      manager_->AwaitChange(50);
    }
    return ::testing::AssertionFailure() << "it did not within 20 s";
  }
  ::testing::AssertionResult Reaches(const std::string& id, const std::string& state) const {
    return Becomes([&] { return Report(id).state == state; }) << Report(id).state;
  }

  engine::testing::RowTables tables_;
  std::string folder_;
  int port_ = 0;
  int64_t heartbeat_timeout_millis_ = 5'000;
  std::map<std::string, std::string> config_;  // of the job manager
  std::unique_ptr<JobManager> manager_;
  std::vector<std::unique_ptr<TaskManager>> task_managers_;
};

TEST_F(JobManagerTest, AJobWaitsForSlotsRunsAndIsRemembered) {
  ASSERT_TRUE(manager_->Submit(Spec("a", 2)).ok());
  EXPECT_EQ(Report("a").state, "CREATED");
  EXPECT_EQ(Report("a").waiting_for, "2 slots; there is no task manager");
  AddTaskManager();
  ASSERT_TRUE(Reaches("a", "FINISHED"));
  EXPECT_EQ(tables_.written.size(), 153U);
  const engine::JobReport report = Report("a");
  EXPECT_EQ(report.task_manager, task_managers_[0]->id());
  EXPECT_EQ(report.vertices.size(), 2U);
  manager_.reset();
  StartJobManager(port_);
  EXPECT_EQ(Report("a").state, "FINISHED");
  EXPECT_EQ(Report("a").vertices.size(), 2U);
}

TEST_F(JobManagerTest, PagesOfOthersAreRefusedAtBothPorts) {
  AddTaskManager();
  http::Client client;
  const auto status = [&](int port, std::string_view method, const std::string& path, http::Headers headers) {
    return client.Send(method, "http://127.0.0.1:" + std::to_string(port) + path, "{}", headers)->status;
  };
  const http::Headers page{{{"Origin", "http://evil.example"}, {"Content-Type", "text/plain"}}};
  const http::Headers rebound{{{"Host", "evil.example"}}};
  for (const http::Headers& headers : {page, rebound}) {
    EXPECT_EQ(status(task_managers_[0]->port(), "POST", "/jobs/a/cancel", headers), 403);
    EXPECT_EQ(status(port_, "DELETE", "/cluster/task-managers/x", headers), 403);
  }
  EXPECT_EQ(status(task_managers_[0]->port(), "POST", "/jobs/a/cancel", {}), 404);
  EXPECT_EQ(status(port_, "DELETE", "/cluster/task-managers/x", {}), 200);
}

TEST_F(JobManagerTest, MistakesComeBackAtOnce) {
  engine::JobSpec spec = Spec("a");
  spec.statement = "INSERT INTO NOTHING SELECT 1";
  const Status submitted = manager_->Submit(spec);
  ASSERT_FALSE(submitted.ok());
  EXPECT_TRUE(submitted.error().span.has_value());
  EXPECT_FALSE(manager_->Find("a").has_value());
  EXPECT_EQ(manager_->Cancel("a").error().code, "JOB_NOT_FOUND");
}

TEST_F(JobManagerTest, RowsOfAQueryTravel) {
  AddTaskManager();
  auto rows = manager_->Query(QuerySpec("SELECT k, ts FROM SALES WHERE k < 5"));
  ASSERT_TRUE(rows.ok()) << rows.error().ToString();
  EXPECT_EQ((*rows)->schema().size(), 2U);
  size_t count = 0;
  std::string last;
  while (true) {
    auto batch = (*rows)->Next(1'000);
    ASSERT_TRUE(batch.ok()) << batch.error().ToString();
    if (!*batch) break;
    count += (*batch)->num_rows;
    if ((*batch)->num_rows > 0) last = FormatRow(**batch, (*batch)->num_rows - 1);
  }
  EXPECT_EQ(count, 500U);
  EXPECT_EQ(last, "+I | 4 | 1970-01-01 00:16:34.000");
  rows->reset();
  EXPECT_TRUE(Reaches("aa", "FINISHED"));
}

TEST_F(JobManagerTest, AQueryWithoutReaderIsCancelled) {
  tables_.held = true;
  AddTaskManager();
  auto rows = manager_->Query(QuerySpec("SELECT k FROM SALES"));
  ASSERT_TRUE(rows.ok());
  ASSERT_TRUE(Reaches("aa", "RUNNING"));
  rows->reset();
  EXPECT_TRUE(Reaches("aa", "CANCELED"));
  EXPECT_TRUE(Becomes([&] { return manager_->TaskManagers().front().free_slots == 2; }));
}

TEST_F(JobManagerTest, AWaitingQueryHasNoRowsYet) {
  auto rows = manager_->Query(QuerySpec("SELECT 1"));
  ASSERT_TRUE(rows.ok());
  const auto batch = (*rows)->Next(1);
  ASSERT_TRUE(batch.ok() && batch->has_value());
  EXPECT_EQ((*batch)->num_rows, 0U);
  ASSERT_TRUE(manager_->Cancel("aa").ok());
  const auto end = (*rows)->Next(1);
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST_F(JobManagerTest, JobsRunOnWhileTheJobManagerIsAway) {
  tables_.held = true;
  AddTaskManager();
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  ASSERT_TRUE(Reaches("a", "RUNNING"));
  manager_.reset();
  StartJobManager(port_);
  ASSERT_TRUE(Becomes([&] { return manager_->TaskManagers().size() == 1; }));
  EXPECT_EQ(Report("a").state, "RUNNING");
  EXPECT_EQ(Report("a").restarts, 0);
  EXPECT_EQ(manager_->TaskManagers().front().free_slots, 1U);
  ASSERT_TRUE(manager_->Cancel("a").ok());
  EXPECT_TRUE(Reaches("a", "CANCELED"));
  // Its checkpoints have gone with it.
  EXPECT_TRUE(Becomes([&] { return !RealFileSystem().Exists(folder_ + "/jobs/a"); }));
}

TEST_F(JobManagerTest, AJobGoesOnElsewhereWhenItsTaskManagerLeaves) {
  tables_.held = true;
  AddTaskManager();
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  ASSERT_TRUE(Becomes([&] { return Report("a").checkpoints_completed > 0; }));
  AddTaskManager();
  const std::string second = task_managers_[1]->id();
  task_managers_[0]->Leave(10'000);
  ASSERT_TRUE(Becomes([&] { return Report("a").task_manager == second; }));
  ASSERT_TRUE(Reaches("a", "RUNNING"));
  EXPECT_TRUE(Report("a").failures.empty());
  tables_.held = false;
  ASSERT_TRUE(Reaches("a", "FINISHED"));
  EXPECT_EQ(tables_.written.size(), 153U);  // the second one began where the first had stopped
}

TEST_F(JobManagerTest, AJobGoesOnElsewhereWhenItsTaskManagerIsGone) {
  tables_.held = true;
  AddTaskManager();
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  ASSERT_TRUE(Becomes([&] { return Report("a").checkpoints_completed > 0; }));
  AddTaskManager();
  const std::string second = task_managers_[1]->id();
  task_managers_[0].reset();
  ASSERT_TRUE(Becomes([&] { return Report("a").task_manager == second && Report("a").state == "RUNNING"; }));
  EXPECT_EQ(Report("a").restarts, 1);
  EXPECT_NE(Report("a").failures.front().message.find("is no longer reachable"), std::string::npos);
}

TEST_F(JobManagerTest, AJobIsNotBegunAnewWhereItsCheckpointsAreNotSeen) {
  tables_.held = true;
  AddTaskManager(2, folder_ + "/one");
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  ASSERT_TRUE(Becomes([&] { return Report("a").checkpoints_completed > 0; }));
  AddTaskManager(2, folder_ + "/two");
  task_managers_[0].reset();
  ASSERT_TRUE(Becomes(
      [&] { return Report("a").waiting_for.find("Give all task managers the same --data-dir") != std::string::npos; }));
  EXPECT_EQ(Report("a").state, "RESTARTING");
  AddTaskManager(2, folder_ + "/one");
  EXPECT_TRUE(Reaches("a", "RUNNING"));
  EXPECT_EQ(Report("a").task_manager, task_managers_[2]->id());
}

TEST_F(JobManagerTest, AFolderForCheckpointsThatCannotBeMadeFailsTheJob) {
  AddTaskManager();
  engine::JobSpec spec = Spec("a");
  spec.preparation = "SET 'execution.checkpointing.dir' = '" + folder_ + "/jobmanager/jobs.db/x';\n" + spec.preparation;
  ASSERT_TRUE(manager_->Submit(spec).ok());
  ASSERT_TRUE(Reaches("a", "FAILED"));
  EXPECT_NE(Report("a").failures.back().text.find("jobs.db/x"), std::string::npos) << Report("a").failures.back().text;
}

TEST_F(JobManagerTest, SavepointsAndTextsGoThrough) {
  tables_.held = true;
  AddTaskManager();
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  ASSERT_TRUE(Reaches("a", "RUNNING"));
  const auto taken = manager_->TakeSavepoint("a", folder_ + "/savepoints");
  ASSERT_TRUE(taken.ok()) << taken.error().ToString();
  EXPECT_TRUE(RealFileSystem().Exists(*taken));
  const auto relative = manager_->TakeSavepoint("a", std::filesystem::relative(folder_ + "/savepoints").string());
  ASSERT_TRUE(relative.ok()) << relative.error().ToString();
  EXPECT_TRUE(relative->starts_with(folder_ + "/savepoints/")) << *relative;
  const auto threads = manager_->TaskManagerText(task_managers_[0]->id(), "thread-dump");
  ASSERT_TRUE(threads.ok());
  EXPECT_NE(threads->find(" threads\n"), std::string::npos);
  EXPECT_EQ(manager_->TaskManagerText("nobody", "log").error().code, "TASK_MANAGER_NOT_FOUND");
  ASSERT_TRUE(manager_->SampleEdge("a", 1, 5).ok());
  const auto stopped = manager_->StopWithSavepoint("a", folder_ + "/savepoints", false);
  ASSERT_TRUE(stopped.ok()) << stopped.error().ToString();
  EXPECT_EQ(Report("a").state, "FINISHED");
  EXPECT_EQ(manager_->TakeSavepoint("a", folder_).error().code, "JOB_ENDED");
}

TEST_F(JobManagerTest, TheFolderOfTheConfigurationIsThatOfJobsFromBeforeIt) {
  tables_.held = true;
  AddTaskManager();
  ASSERT_TRUE(manager_->Submit(Spec("a")).ok());
  engine::JobSpec own = Spec("b");
  own.preparation += "SET 'execution.checkpointing.savepoint-dir' = '" + folder_ + "/own';\n";
  ASSERT_TRUE(manager_->Submit(own).ok());
  ASSERT_TRUE(Reaches("a", "RUNNING"));
  EXPECT_FALSE(manager_->TakeSavepoint("a", "").ok());
  manager_.reset();
  config_ = {{"state.savepoints.dir", folder_ + "/all"}};
  StartJobManager(port_);
  for (const std::string id : {"a", "b"}) {
    ASSERT_TRUE(Becomes([&] { return manager_->SampleEdge(id, 1, 1).ok(); }));
    const auto taken = manager_->TakeSavepoint(id, "");
    ASSERT_TRUE(taken.ok()) << taken.error().ToString();
    EXPECT_TRUE(taken->starts_with(folder_ + (id == "a" ? "/all/" : "/own/"))) << *taken;
  }
}

// Its old link still waits for an answer, and takes no orders.
TEST_F(JobManagerTest, ATaskManagerThatComesBackAtOnceGetsJobs) {
  manager_.reset();
  heartbeat_timeout_millis_ = 100;
  StartJobManager(port_);
  std::atomic<bool> watched = false;
  std::atomic<bool> ending = false;
  std::atomic<int> deployed = 0;
  auto server = http::Server::Start({.host = "127.0.0.1"}, [&](http::Request& request) {
    watched = watched || request.path == "/watch";
    deployed += request.path == "/jobs/a" ? 1 : 0;
    while (request.path == "/watch" && !ending) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return http::Response::Of(200, "{}");
  });
  ASSERT_TRUE(server.ok());
  Heartbeat heartbeat;
  heartbeat.task_manager = {.id = "t", .address = "http://127.0.0.1:" + std::to_string((*server)->port()), .slots = 2};
  http::Client client;
  const auto beat = [&] {
    const http::Headers headers{{{"Content-Type", "application/json"}}};
    const std::string url = "http://127.0.0.1:" + std::to_string(port_) + "/cluster/task-managers/t";
    return client.Put(url, ToJson(heartbeat).ToString(), headers)->status == 200;
  };
  EXPECT_TRUE(beat());
  EXPECT_TRUE(Becomes([&] { return watched.load(); }));
  EXPECT_TRUE(Becomes([&] { return manager_->TaskManagers().empty(); }));
  EXPECT_TRUE(beat());
  EXPECT_TRUE(manager_->Submit(Spec("a")).ok());
  EXPECT_TRUE(Becomes([&] { return beat() && deployed > 0; }));
  ending = true;
}

TEST_F(JobManagerTest, ASecondJobManagerIsRefusedTheFolder) {
  JobManagerOptions options;
  options.data_dir = folder_;
  const auto second = JobManager::Start(std::move(options));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("is in use by a job manager"), std::string::npos);
}

}  // namespace
}  // namespace millrace::cluster
