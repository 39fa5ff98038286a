#include "cluster/scheduler.h"

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::cluster {
namespace {

using engine::RestartSettings;

constexpr RestartSettings kFixed{.kind = RestartSettings::Kind::kFixedDelay, .attempts = 2, .delay = 300};
constexpr RestartSettings kNever{.kind = RestartSettings::Kind::kNone};

// A scheduler on a clock of ours, and task managers that say what they are told to.
class SchedulerTest : public ::testing::Test {
 protected:
  struct Running {
    std::string id;
    uint32_t attempt = 1;
    std::string state = "RUNNING";
    int64_t checkpoints = 0;
    uint64_t in_progress = 0;
    std::string trouble = {};
  };

  void Submit(const std::string& id, uint32_t slots = 1, RestartSettings restart = kFixed, bool query = false) {
    scheduler_.Submit({.id = id, .name = "name-" + id, .query = query, .slots = slots}, restart);
  }
  HeartbeatAnswer Beat(const std::string& manager, const std::vector<Running>& jobs = {}, uint32_t slots = 2) {
    Heartbeat heartbeat;
    heartbeat.task_manager = {.id = manager, .address = "http://" + manager, .slots = slots};
    heartbeat.leaving = leaving_;
    for (const Running& job : jobs) {
      RunningJob& one = heartbeat.jobs.emplace_back();
      one.id = job.id;
      one.attempt = job.attempt;
      one.report.id = job.id;
      one.report.state = job.state;
      one.report.end_millis = one.report.ended() ? clock_.WallMillis() : -1;
      one.report.checkpoints_completed = job.checkpoints;
      one.report.in_progress.id = job.in_progress;
      one.report.trouble = job.trouble;
    }
    return scheduler_.OnHeartbeat(heartbeat);
  }
  // Places what can be placed; every order is taken. Where the jobs went, "job@manager#attempt".
  std::vector<std::string> Place() {
    std::vector<std::string> out;
    for (const Scheduler::Order& order : scheduler_.Place()) {
      scheduler_.OnDeployed(order, true, Ok());
      out.push_back(fmt::format("{}@{}#{}", order.deployment.spec.id, order.task_manager, order.deployment.attempt));
    }
    return out;
  }
  engine::JobReport Report(const std::string& id) { return *scheduler_.Report(id); }
  void Store() {
    for (const ClusterJob& job : scheduler_.TakeChanges().put) scheduler_.OnStored(job, true);
  }
  using Names = std::vector<std::string>;
  using Attempts = std::vector<JobAttempt>;

  ManualClock clock_{1'000'000};
  Scheduler scheduler_{clock_, {.heartbeat_timeout_millis = 5'000, .max_ended = 3}};
  bool leaving_ = false;
};

TEST_F(SchedulerTest, AJobThatNeedsMoreSlotsWaitsAndSaysSo) {
  Submit("a", 2);
  EXPECT_EQ(Report("a").state, "CREATED");
  EXPECT_EQ(Report("a").waiting_for, "2 slots; there is no task manager");
  Beat("t1", {}, 1);
  EXPECT_TRUE(Place().empty());
  EXPECT_EQ(Report("a").waiting_for, "2 slots in one task manager; the largest has 1 slot (1 task manager)");
  Beat("t2", {}, 1);
  EXPECT_EQ(Report("a").waiting_for, "2 slots in one task manager; the largest has 1 slot (2 task managers)");
  Beat("t3");
  EXPECT_EQ(Place(), Names{"a@t3#1"});
  EXPECT_EQ(Report("a").waiting_for, "");
  Submit("b", 2);
  EXPECT_TRUE(Place().empty());
  EXPECT_EQ(Report("b").waiting_for, "2 slots in one task manager; 2 of 4 are free (3 task managers)");
  Beat("t3", {{"a", 1, "FINISHED"}});
  EXPECT_EQ(Place(), Names{"b@t3#1"});
}

TEST_F(SchedulerTest, AQueryThatEndsBeforeItsOrderIsAnsweredHasRowsAllTheSame) {
  Beat("t1");
  Submit("q", 1, kNever, true);
  const auto orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  Beat("t1", {{"q", 1, "FINISHED"}});
  scheduler_.OnDeployed(orders[0], true, Ok());
  EXPECT_EQ(Report("q").state, "FINISHED");
  EXPECT_TRUE(scheduler_.Find("q")->started);  // its rows are asked for
}

TEST_F(SchedulerTest, SlotsOfTheOnlyTaskManagerAreCounted) {
  Beat("t1");
  Submit("a", 2);
  Submit("b", 2);
  EXPECT_EQ(Place(), Names{"a@t1#1"});
  EXPECT_EQ(Report("b").waiting_for, "2 slots; 0 of 2 are free (1 task manager)");
  const auto managers = scheduler_.TaskManagers();
  ASSERT_EQ(managers.size(), 1U);
  EXPECT_EQ(managers[0].free_slots, 0U);
  EXPECT_EQ(managers[0].jobs, Names{"a"});
}

TEST_F(SchedulerTest, JobsSpreadAndSmallOnesPassBigOnes) {
  Beat("t1");
  Beat("t2");
  Submit("big", 4);
  for (const char* id : {"a", "b", "c", "d", "e"}) Submit(id);
  EXPECT_EQ(Place(), (Names{"a@t1#1", "b@t2#1", "c@t1#1", "d@t2#1"}));
}

TEST_F(SchedulerTest, ASilentTaskManagerIsLostAndItsJobGoesOnElsewhere) {
  Beat("t1");
  Submit("a");
  ASSERT_EQ(Place(), Names{"a@t1#1"});
  Beat("t1", {{"a", 1, "RUNNING", 4, 0, "no broker"}});
  Beat("t2");
  clock_.Advance(4'000);
  Beat("t2");
  scheduler_.CheckHeartbeats();
  EXPECT_EQ(Report("a").state, "RUNNING");
  EXPECT_EQ(Report("a").trouble, "no broker");
  clock_.Advance(1'001);
  scheduler_.CheckHeartbeats();
  EXPECT_EQ(Report("a").state, "RESTARTING");
  EXPECT_EQ(Report("a").trouble, "");  // of the run before
  EXPECT_TRUE(Place().empty());        // the strategy's pause
  clock_.Advance(300);
  const auto orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].task_manager, "t2");
  EXPECT_EQ(orders[0].deployment.attempt, 2U);
  EXPECT_TRUE(orders[0].deployment.needs_checkpoints);
  scheduler_.OnDeployed(orders[0], true, Ok());
  Beat("t2", {{"a", 2, "RUNNING", 1}});
  const engine::JobReport report = Report("a");
  EXPECT_EQ(report.state, "RUNNING");
  EXPECT_EQ(report.restarts, 1);
  EXPECT_EQ(report.checkpoints_completed, 5);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].message, "The heartbeat of TaskManager with id t1 timed out.");
}

TEST_F(SchedulerTest, ARefusedConnectionIsEnough) {
  Beat("t1");
  Submit("a");
  Place();
  scheduler_.OnUnreachable("t1");
  EXPECT_EQ(Report("a").state, "RESTARTING");
  EXPECT_EQ(Report("a").failures.back().message, "TaskManager with id t1 is no longer reachable.");
  EXPECT_TRUE(scheduler_.TaskManagers().empty());
}

TEST_F(SchedulerTest, TheRestartStrategyHasTheLastWord) {
  Submit("never", 1, kNever);
  Submit("twice");
  Beat("t1");
  Place();
  scheduler_.OnUnreachable("t1");
  EXPECT_EQ(Report("never").state, "FAILED");
  EXPECT_EQ(Report("never").failures.size(), 1U);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Report("twice").state, "RESTARTING");
    clock_.Advance(300);
    Beat("t1");
    EXPECT_EQ(Place().size(), 1U);
    scheduler_.OnUnreachable("t1");
  }
  EXPECT_EQ(Report("twice").state, "FAILED");
  EXPECT_EQ(Report("twice").failures.size(), 3U);
}

TEST_F(SchedulerTest, AJobThatHasEndedTakesNoCheckpoint) {
  Submit("a", 1, kNever);
  Beat("t1");
  Place();
  Beat("t1", {{.id = "a", .in_progress = 3}});
  EXPECT_EQ(Report("a").in_progress.id, 3U);
  scheduler_.OnUnreachable("t1");
  EXPECT_EQ(Report("a").state, "FAILED");
  EXPECT_EQ(Report("a").in_progress.id, 0U);
}

TEST_F(SchedulerTest, AReturningTaskManagerCancelsWhatWasReplaced) {
  Beat("t1");
  Submit("a");
  Place();
  Beat("t2");
  clock_.Advance(5'001);
  Beat("t2");
  scheduler_.CheckHeartbeats();
  clock_.Advance(300);
  EXPECT_EQ(Place(), Names{"a@t2#2"});
  const HeartbeatAnswer answer = Beat("t1", {{"a", 1}});
  EXPECT_EQ(answer.cancel, (Attempts{{"a", 1}}));
  EXPECT_EQ(Beat("t1", {{"a", 1, "CANCELED"}}).leave, (Attempts{{"a", 1}}));
  EXPECT_EQ(Report("a").task_manager, "t2");
  EXPECT_EQ(Report("a").state, "RUNNING");
}

TEST_F(SchedulerTest, AReturningTaskManagerKeepsWhatNobodyHasTakenOver) {
  Beat("t1");
  Submit("a");
  Place();
  clock_.Advance(5'001);
  scheduler_.CheckHeartbeats();
  EXPECT_EQ(Report("a").state, "RESTARTING");
  EXPECT_TRUE(Beat("t1", {{"a", 1}}).cancel.empty());
  EXPECT_EQ(Report("a").state, "RUNNING");
  clock_.Advance(300);
  EXPECT_TRUE(Place().empty());
}

// The order to cancel was given while another was to have the job, which then could not take it.
TEST_F(SchedulerTest, AJobThatNobodyWantedToCancelGoesOn) {
  Beat("t1");
  Submit("a");
  Place();
  Beat("t1", {{"a", 1, "RUNNING", 1}});
  Beat("t2");
  clock_.Advance(5'001);
  Beat("t2");
  scheduler_.CheckHeartbeats();
  clock_.Advance(300);
  const auto orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(Beat("t1", {{"a", 1}}).cancel, (Attempts{{"a", 1}}));
  scheduler_.OnDeployed(orders[0], true, UserError("held").WithCode(std::string(kCheckpointsHeld)));
  Beat("t1", {{"a", 1}});  // it had not got the order yet
  EXPECT_EQ(Report("a").state, "RUNNING");
  Beat("t1", {{"a", 1, "CANCELLING"}});
  EXPECT_EQ(Report("a").state, "RESTARTING");
  const HeartbeatAnswer answer = Beat("t1", {{"a", 1, "CANCELED"}});
  EXPECT_TRUE(answer.forget.empty());  // that would take its checkpoints away
  EXPECT_EQ(answer.leave, (Attempts{{"a", 1}}));
  EXPECT_EQ(Place().size(), 1U);
  EXPECT_EQ(scheduler_.Find("a")->attempt, 2U);
}

TEST_F(SchedulerTest, WhatTheStoreCouldNotTakeItGetsAgain) {
  Beat("t1");
  Submit("a");
  Place();
  Store();
  Beat("t1", {{"a", 1, "FINISHED"}});
  for (const ClusterJob& job : scheduler_.TakeChanges().put) scheduler_.OnStored(job, false);
  EXPECT_TRUE(scheduler_.TakeChanges().put.empty());  // not at once
  EXPECT_TRUE(Beat("t1", {{"a", 1, "FINISHED"}}).forget.empty());
  clock_.Advance(1'000);
  Store();
  EXPECT_EQ(Beat("t1", {{"a", 1, "FINISHED"}}).forget, (Attempts{{"a", 1}}));
}

TEST_F(SchedulerTest, TheLogSaysOnceWhatAJobWaitsForAndHowItEnds) {
  SetLogLevel(LogLevel::kInfo);
  KeepRecentLog(100);
  Submit("a", 4);
  for (int i = 0; i < 3; ++i) scheduler_.Place();
  Beat("t1");
  for (int i = 0; i < 3; ++i) scheduler_.Place();
  EXPECT_TRUE(scheduler_.Cancel("a").ok());
  const std::string log = RecentLog();
  const auto times = [&](const std::string& text) {
    size_t count = 0;
    for (size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(times("name-a (a) has ended: CANCELED"), 1U) << log;
  EXPECT_EQ(times("name-a (a) waits for 4 slots; there is no task manager"), 1U) << log;
  EXPECT_EQ(times("name-a (a) waits for 4 slots in one task manager; the largest has 2 slots (1 task manager)"), 1U);
  SetLogLevel(LogLevel::kWarn);
}

TEST_F(SchedulerTest, CheckpointsInOtherHandsAreWaitedFor) {
  Beat("t1");
  Submit("a");
  Place();
  Beat("t1", {{"a", 1, "RUNNING", 1}});
  Beat("t2");
  scheduler_.OnUnreachable("t1");
  clock_.Advance(300);
  auto orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  scheduler_.OnDeployed(orders[0], true, UserError("held").WithCode(std::string(kCheckpointsHeld)));
  EXPECT_EQ(Report("a").state, "RESTARTING");
  EXPECT_EQ(Report("a").waiting_for, "held");
  EXPECT_TRUE(scheduler_.Place().empty());
  clock_.Advance(1'000);
  orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].deployment.attempt, 2U);
  scheduler_.OnDeployed(orders[0], true, UserError("not here").WithCode(std::string(kCheckpointsNotFound)));
  clock_.Advance(1'000);
  EXPECT_TRUE(scheduler_.Place().empty());  // t2 does not see them
  Beat("t3");
  EXPECT_EQ(Place(), Names{"a@t3#2"});
}

TEST_F(SchedulerTest, AnOrderThatFailsEndsTheJob) {
  Beat("t1");
  Submit("a");
  const auto orders = scheduler_.Place();
  scheduler_.OnDeployed(orders[0], true, UserError("no such table"));
  EXPECT_EQ(Report("a").state, "FAILED");
  EXPECT_EQ(Report("a").failures.back().message, "no such table");
}

TEST_F(SchedulerTest, AnOrderThatMayGoThroughLaterIsGivenAsTheRestartStrategySays) {
  Beat("t1");
  Submit("a");
  const auto refuse = [&] {
    clock_.Advance(300);
    const auto orders = scheduler_.Place();
    ASSERT_EQ(orders.size(), 1U);
    scheduler_.OnDeployed(orders[0], true, ExternalError("Cannot make /data: disk full"));
  };
  for (int i = 0; i < 2; ++i) {
    refuse();
    EXPECT_EQ(Report("a").failures.back().message, "Cannot make /data: disk full");
    EXPECT_EQ(Report("a").state, "RESTARTING");
    EXPECT_EQ(Report("a").waiting_for, "the pause of its restart strategy");
  }
  refuse();
  EXPECT_EQ(Report("a").state, "FAILED");
  Submit("b");
  const auto orders = scheduler_.Place();
  ASSERT_EQ(orders.size(), 1U);
  scheduler_.OnDeployed(orders[0], true, ExternalError("Cannot make /file/x: Not a directory", Retry::kNo));
  EXPECT_EQ(Report("b").state, "FAILED");
}

TEST_F(SchedulerTest, TwoHeartbeatsWithoutTheJobMeanThatItIsGone) {
  Beat("t1");
  Submit("a");
  const auto orders = scheduler_.Place();
  Beat("t1");
  Beat("t1");  // it has not answered yet
  scheduler_.OnDeployed(orders[0], false, ExternalError("timeout"));
  EXPECT_EQ(Report("a").task_manager, "t1");
  Beat("t1");  // may have been on its way
  Beat("t1", {{"a", 1}});
  Beat("t1");
  EXPECT_EQ(Report("a").state, "RUNNING");
  Beat("t1");
  EXPECT_EQ(Report("a").state, "RESTARTING");
}

TEST_F(SchedulerTest, CancelReachesTheTaskManagerAndTheWaiting) {
  Submit("waiting", 8);
  ASSERT_TRUE(scheduler_.Cancel("waiting").ok());
  EXPECT_EQ(Report("waiting").state, "CANCELED");
  EXPECT_EQ(scheduler_.Cancel("waiting").error().code, "JOB_ENDED");
  EXPECT_EQ(scheduler_.Cancel("nothing").error().code, "JOB_NOT_FOUND");
  Beat("t1");
  Submit("a");
  Place();
  ASSERT_TRUE(scheduler_.Cancel("a").ok());
  EXPECT_EQ(Report("a").state, "CANCELLING");
  const auto cancels = scheduler_.TakeCancels();
  ASSERT_EQ(cancels.size(), 1U);
  EXPECT_EQ(cancels[0].address, "http://t1");
  EXPECT_EQ(Beat("t1", {{"a", 1}}).cancel, (Attempts{{"a", 1}}));  // in case the call got lost
  scheduler_.OnUnreachable("t1");
  EXPECT_EQ(Report("a").state, "CANCELED");
}

TEST_F(SchedulerTest, AnEndIsForgottenOnlyWhenTheStoreKnowsIt) {
  Beat("t1");
  Submit("a");
  Place();
  Store();
  EXPECT_TRUE(Beat("t1", {{"a", 1, "FINISHED"}}).forget.empty());
  EXPECT_TRUE(Beat("t1", {{"a", 1, "FINISHED"}}).forget.empty());
  EXPECT_EQ(Report("a").state, "FINISHED");
  Store();
  EXPECT_EQ(Beat("t1", {{"a", 1, "FINISHED"}}).forget, (Attempts{{"a", 1}}));
  EXPECT_TRUE(scheduler_.TakeChanges().put.empty());
}

TEST_F(SchedulerTest, AfterAGracefulShutdownJobsWithCheckpointsGoOn) {
  Beat("t1", {});
  Submit("kept", 1, kNever);
  Submit("bare", 1, kNever);
  Place();
  leaving_ = true;
  Beat("t1", {{"kept", 1, "RUNNING", 1}, {"bare", 1}});
  Submit("late");
  EXPECT_TRUE(Place().empty());
  scheduler_.OnDeparture("t1");
  EXPECT_EQ(Report("kept").state, "RESTARTING");
  EXPECT_EQ(Report("kept").failures.size(), 0U);
  EXPECT_EQ(Report("bare").state, "FAILED");
  leaving_ = false;
  Beat("t2");
  EXPECT_EQ(Place(), (Names{"kept@t2#2", "late@t2#1"}));
}

TEST_F(SchedulerTest, AJobManagerThatComesBackFindsItsJobsInHeartbeats) {
  Submit("a");
  Submit("b");
  Beat("t1");
  Place();
  Beat("t1", {{"a", 1, "RUNNING", 2}, {"b", 1}});
  Scheduler next{clock_, {.heartbeat_timeout_millis = 5'000}};
  for (const ClusterJob& job : scheduler_.TakeChanges().put) next.Restore(job, true);
  clock_.Advance(4'000);
  next.CheckHeartbeats();
  EXPECT_TRUE(next.TaskManagers().empty());
  EXPECT_EQ(next.Report("a")->state, "RUNNING");
  Heartbeat heartbeat;
  heartbeat.task_manager = {.id = "t1", .slots = 2};
  heartbeat.jobs.push_back({.id = "a", .attempt = 1});
  heartbeat.jobs[0].report.state = "RUNNING";
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(next.OnHeartbeat(heartbeat).cancel.empty());
  EXPECT_EQ(next.Report("a")->restarts, 0);
  EXPECT_EQ(next.Report("b")->state, "RESTARTING");  // t1 is here and does not run it
  clock_.Advance(5'001);
  next.CheckHeartbeats();
  EXPECT_EQ(next.Report("a")->state, "RESTARTING");
}

TEST_F(SchedulerTest, AJobManagerWhoseTaskManagerDiedWithItStartsItsJobsAtOnce) {
  Submit("a", 1, kNever);
  Beat("t1");
  Place();
  Scheduler next{clock_, {}};
  for (const ClusterJob& job : scheduler_.TakeChanges().put) next.Restore(job, false);
  EXPECT_EQ(next.Report("a")->state, "RESTARTING");
  Heartbeat heartbeat;
  heartbeat.task_manager = {.id = "t2", .slots = 2};
  next.OnHeartbeat(heartbeat);
  const auto orders = next.Place();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].deployment.attempt, 2U);
}

TEST_F(SchedulerTest, WithoutAStoreRunningJobsAreDescribed) {
  EXPECT_EQ(Beat("t1", {{"a", 4}}).describe, Names{"a"});
  Heartbeat heartbeat;
  heartbeat.task_manager = {.id = "t1", .slots = 2};
  heartbeat.jobs.push_back({.id = "a", .attempt = 4, .spec = {.id = "a", .name = "known"}});
  heartbeat.jobs[0].report.state = "RUNNING";
  heartbeat.jobs.push_back({.id = "q"});
  heartbeat.jobs[1].report.query = true;
  const HeartbeatAnswer answer = scheduler_.OnHeartbeat(heartbeat);
  EXPECT_EQ(answer.cancel, (Attempts{{"q", 0}}));
  EXPECT_EQ(Report("a").name, "known");
  EXPECT_EQ(scheduler_.Find("a")->attempt, 4U);
}

TEST_F(SchedulerTest, NamesOfLiveJobsAreTheirOwn) {
  for (const char* id : {"a", "b", "c"}) scheduler_.Submit({.id = id, .name = "same"}, kFixed);
  EXPECT_EQ(Report("a").name, "same");
  EXPECT_EQ(Report("b").name, "same#2");
  EXPECT_EQ(Report("c").name, "same#3");
  ASSERT_TRUE(scheduler_.Cancel("a").ok());
  scheduler_.Submit({.id = "d", .name = "same"}, kFixed);
  EXPECT_EQ(Report("d").name, "same");
}

TEST_F(SchedulerTest, AnEndedJobMayBeSubmittedAgain) {
  Beat("t1");
  Submit("a");
  Place();
  Beat("t1", {{"a", 1, "FINISHED"}});
  Submit("a");
  EXPECT_EQ(Report("a").state, "CREATED");
  Beat("t1", {{"a", 1, "FINISHED"}});  // the old one, still
  EXPECT_EQ(Place(), Names{"a@t1#3"});
}

TEST_F(SchedulerTest, HistoryIsBounded) {
  for (int i = 0; i < 5; ++i) {
    Submit("j" + std::to_string(i));
    clock_.Advance(1);
    ASSERT_TRUE(scheduler_.Cancel("j" + std::to_string(i)).ok());
  }
  const Scheduler::Changes changes = scheduler_.TakeChanges();
  EXPECT_EQ(changes.removed, (Names{"j0", "j1"}));
  EXPECT_EQ(changes.put.size(), 3U);
  EXPECT_EQ(scheduler_.Reports().size(), 3U);
}

TEST_F(SchedulerTest, AQueryEndsWithItsTaskManagerAndIsNotStored) {
  Beat("t1");
  Submit("q", 1, kFixed, true);
  Place();
  EXPECT_TRUE(scheduler_.TakeChanges().put.empty());
  Beat("t1", {{"q", 1, "FINISHED"}});
  EXPECT_TRUE(Beat("t1", {{"q", 1, "FINISHED"}}).forget.empty());  // rows may still lie there
  scheduler_.CloseRows("q");
  EXPECT_EQ(Beat("t1", {{"q", 1, "FINISHED"}}).forget, (Attempts{{"q", 1}}));
  Submit("r", 1, kFixed, true);
  Place();
  scheduler_.OnUnreachable("t1");
  EXPECT_EQ(Report("r").state, "FAILED");
}

}  // namespace
}  // namespace millrace::cluster
