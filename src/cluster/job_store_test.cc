#include "cluster/job_store.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

namespace millrace::cluster {
namespace {

class JobStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/job_store_XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/jobs.db";
  }
  void TearDown() override { EXPECT_TRUE(RealFileSystem().RemoveTree(folder_).ok()); }

  static ClusterJob Job(const std::string& id, int64_t ordinal) {
    ClusterJob job;
    job.spec = {
        .id = id, .name = "job " + id, .preparation = "SET 'a' = 'b';\n", .statement = "INSERT INTO t SELECT 1"};
    job.ordinal = ordinal;
    job.report = FirstReport(job.spec);
    return job;
  }
  std::vector<ClusterJob> Reopened() const {
    auto store = JobStore::Open(path_);
    EXPECT_TRUE(store.ok()) << store.error().ToString();
    auto jobs = (*store)->Load();
    EXPECT_TRUE(jobs.ok());
    return *jobs;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(JobStoreTest, JobsAreFoundAgainInOrderOfSubmission) {
  {
    const auto store = JobStore::Open(path_);
    ASSERT_TRUE(store.ok());
    ClusterJob last = Job("aa", 2);
    last.phase = ClusterJob::Phase::kRunning;
    last.attempt = 3;
    last.task_manager = "host:1-x";
    last.has_checkpoints = true;
    last.restart.kind = engine::RestartSettings::Kind::kFixedDelay;
    last.restart.multiplier = 1.25;
    last.past.restarts = 2;
    ASSERT_TRUE((*store)->Put(Job("zz", 1)).ok());
    ASSERT_TRUE((*store)->Put(Job("gone", 0)).ok());
    ASSERT_TRUE((*store)->Put(last).ok());
    ASSERT_TRUE((*store)->Remove("gone").ok());
  }
  const std::vector<ClusterJob> jobs = Reopened();
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].spec.id, "zz");
  const ClusterJob& job = jobs[1];
  EXPECT_EQ(job.spec.statement, "INSERT INTO t SELECT 1");
  EXPECT_EQ(job.phase, ClusterJob::Phase::kRunning);
  EXPECT_EQ(job.attempt, 3U);
  EXPECT_EQ(job.task_manager, "host:1-x");
  EXPECT_TRUE(job.has_checkpoints);
  EXPECT_EQ(job.restart.kind, engine::RestartSettings::Kind::kFixedDelay);
  EXPECT_EQ(job.restart.multiplier, 1.25);
  EXPECT_EQ(job.past.restarts, 2);
}

TEST_F(JobStoreTest, OnlyItsOwnerMayReadIt) {
  const auto store = JobStore::Open(path_);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Put(Job("aa", 0)).ok());
  for (const std::string& name : {path_, path_ + "-wal"}) {
    struct stat info{};
    ASSERT_EQ(::stat(name.c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0077, 0U) << name;
  }
}

TEST_F(JobStoreTest, WhatWasPutSurvivesKill) {
  ASSERT_TRUE(Reopened().empty());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = JobStore::Open(path_);
    for (int64_t i = 0; store.ok(); ++i) {
      if (!(*store)->Put(Job(std::to_string(i), i)).ok() || write(ends[1], "x", 1) != 1) break;
    }
    _exit(1);
  }
  char byte = 0;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(read(ends[0], &byte, 1), 1);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(ends[0]);
  close(ends[1]);
  const std::vector<ClusterJob> jobs = Reopened();
  ASSERT_GE(jobs.size(), 20U);
  for (size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].spec.id, std::to_string(i));
}

TEST_F(JobStoreTest, AFileThatIsNoDatabaseIsRefused) {
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path_, std::string(8192, 'x')).ok());
  const auto store = JobStore::Open(path_);
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().message.find(path_), std::string::npos);
  EXPECT_NE(store.error().hint.find("move it away"), std::string::npos);
}

}  // namespace
}  // namespace millrace::cluster
