#include "server/remote_jobs.h"

#include <atomic>
#include <optional>

#include "http/server.h"
#include "server/testing/job_server.h"

namespace millrace::server {
namespace {

using testing::kJob;

// A job manager behind a socket, and a console's process that asks it.
class RemoteJobsTest : public testing::JobServer {
 protected:
  RemoteJobsTest() {
    auto started = http::Server::Start({}, [this](http::Request& request) {
      requests_ += 1;
      return router_.Handle(request);
    });
    server_ = std::move(*started);
    remote_.emplace("http://127.0.0.1:" + std::to_string(server_->port()), own_);
  }
  engine::JobSpec Totals() const {
    engine::JobSpec spec;
    spec.id = kJob;
    spec.name = "totals";
    spec.preparation = engine::testing::kRowTablesSql;
    spec.statement = engine::testing::kTotalsInsert;
    return spec;
  }

  engine::JobDirectory own_directory_;
  engine::LocalJobs own_{{.environment = tables_.Environment()}, &own_directory_};
  std::atomic<int> requests_ = 0;
  std::unique_ptr<http::Server> server_;
  std::optional<RemoteJobs> remote_;
};

TEST_F(RemoteJobsTest, AJobRunsThereAndIsSeenHere) {
  ASSERT_TRUE(remote_->Submit(Totals()).ok());
  AwaitEnd(kJob);
  EXPECT_TRUE(own_directory_.Jobs().empty());
  const auto report = remote_->Find(kJob);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->state, "FINISHED");
  ASSERT_FALSE(report->vertices.empty());
  EXPECT_EQ(report->vertices[0].operators[0].records_out, 1000);
  EXPECT_EQ(report->script, jobs_.Find(kJob)->script);
  ASSERT_EQ(remote_->Jobs().size(), 1u);
  ASSERT_EQ(remote_->TaskManagers().size(), 1u);
  EXPECT_EQ(remote_->TaskManagers()[0].slots, 4u);
}

TEST_F(RemoteJobsTest, OneRequestBringsAllThatRunAndTheEndedOnesAreAskedForOnce) {
  Submit(kJob);
  AwaitEnd(kJob);
  tables_.held = true;
  for (const char digit : {'a', 'b', 'c'}) Submit(std::string(32, digit), 4);  // one runs, the others wait
  EXPECT_EQ(remote_->Jobs().size(), 4u);
  requests_ = 0;
  const auto seen = remote_->Jobs();
  EXPECT_EQ(requests_, 1);
  ASSERT_EQ(seen.size(), 4u);
  for (const engine::JobReport& job : seen) {
    const auto known = jobs_.Find(job.id);
    EXPECT_EQ(job.state, known->state);
    EXPECT_EQ(job.script, known->script);
    EXPECT_EQ(job.vertices.size(), known->vertices.size());
  }
}

TEST_F(RemoteJobsTest, ReportsMayBeLargerThanOtherAnswers) {
  constexpr size_t size = size_t{17} << 20;
  Submit(kJob, 1, "-- " + std::string(size, 'x') + "\n");
  AwaitEnd(kJob);
  const auto seen = remote_->Jobs();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_GT(seen[0].script.size(), size);
}

TEST_F(RemoteJobsTest, AJobThatRunsAgainIsNotTakenForEnded) {
  ASSERT_TRUE(remote_->Submit(Totals()).ok());
  AwaitEnd(kJob);
  ASSERT_EQ(remote_->Jobs()[0].state, "FINISHED");
  tables_.held = true;
  directory_.Remove(kJob);
  ASSERT_TRUE(remote_->Submit(Totals()).ok());
  list_.Forget();
  const auto jobs = remote_->Jobs();
  EXPECT_FALSE(jobs.back().ended()) << jobs.back().state;
}

TEST_F(RemoteJobsTest, MistakesComeBackWithTheirCodes) {
  EXPECT_EQ(remote_->Cancel("ffffffffffffffffffffffffffffffff").error().code, "JOB_NOT_FOUND");
  engine::JobSpec wrong = Totals();
  wrong.statement = "INSERT INTO TOTALS SELECT nothing FROM SALES";
  const Status submitted = remote_->Submit(wrong);
  ASSERT_FALSE(submitted.ok());
  EXPECT_EQ(submitted.error().domain, ErrorDomain::kUser);
  EXPECT_NE(submitted.error().message.find("nothing"), std::string::npos) << submitted.error().message;
  ASSERT_TRUE(remote_->Submit(Totals()).ok());
  AwaitEnd(kJob);
  EXPECT_EQ(remote_->Cancel(kJob).error().code, "JOB_ENDED");
}

TEST_F(RemoteJobsTest, WhileTheJobManagerIsAwayTheLastLookStands) {
  ASSERT_TRUE(remote_->Submit(Totals()).ok());
  AwaitEnd(kJob);
  ASSERT_EQ(remote_->Jobs().size(), 1u);
  const std::string place = "127.0.0.1:" + std::to_string(server_->port());
  server_.reset();
  ASSERT_EQ(remote_->Jobs().size(), 1u);
  EXPECT_EQ(remote_->Jobs()[0].id, kJob);
  const Status cancelled = remote_->Cancel(kJob);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().domain, ErrorDomain::kExternal);
  EXPECT_NE(cancelled.error().message.find(place), std::string::npos) << cancelled.error().message;
}

}  // namespace
}  // namespace millrace::server
