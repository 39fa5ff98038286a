// The pages' API of jobs.
#include <ctime>

#include <fmt/format.h>

#include "server/testing/job_server.h"

namespace millrace::server {
namespace {

using testing::kJob;
using ConsoleJobs = testing::JobServer;

class Lines final : public http::ResponseStream {
 public:
  bool Write(std::string_view bytes) override {
    text += bytes;
    return false;  // the reader goes after the first
  }
  bool IsOpen() override { return false; }
  std::string text;
};

TEST_F(ConsoleJobs, SummariesAreShort) {
  Submit(kJob);
  AwaitEnd(kJob);
  const Reply reply = Get("/api/jobs");
  ASSERT_EQ(reply.At("jobs").items().size(), 1u);
  EXPECT_EQ(reply.Text("jobs.0.records_in"), "1000");
  EXPECT_EQ(reply.Text("jobs.0.records_out"), "153");
  EXPECT_EQ(reply.Text("jobs.0.sources"), R"(["default_catalog.default_database.SALES"])");
  EXPECT_EQ(reply.Text("jobs.0.sinks"), R"(["default_catalog.default_database.TOTALS"])");
  EXPECT_EQ(reply.Text("jobs.0.last_checkpoint_millis"), "-1");
  for (const char* name : {"vertices", "splits", "failures", "checkpoints", "settings", "script"}) {
    EXPECT_EQ(reply.At("jobs.0").Find(name), nullptr) << name;
  }
  const Reply overview = Get("/api/overview");
  EXPECT_EQ(overview.Text("version"), "\"1.2.3\"");
  EXPECT_EQ(overview.Text("start_millis"), "42");
  EXPECT_EQ(overview.Text("jobs"), R"({"running":0,"restarting":0,"waiting":0,"finished":1,"canceled":0,"failed":0})");
}

TEST_F(ConsoleJobs, AJobHasItsReportAndHowFastItIs) {
  Submit(kJob);
  AwaitEnd(kJob);
  const Reply reply = Get("/api/jobs/" + kJob);
  EXPECT_EQ(reply.Text("state"), "\"FINISHED\"");
  EXPECT_EQ(reply.Text("vertices.0.operators.0.records_out"), "1000");
  EXPECT_EQ(reply.Text("vertices.0.operators.0.records_out_rate"), "0.0");
  EXPECT_EQ(reply.Text("vertices.0.subtasks.0.records_in_rate"), "0.0");
  EXPECT_EQ(reply.Text("vertices.0.busy_ratio"), "0.0");
  EXPECT_EQ(Get("/api/jobs/x").body, R"({"error":{"message":"Job x is not known here."}})");
  EXPECT_EQ(Get("/api/jobs/x").status, 404);
}

TEST_F(ConsoleJobs, LiveSendsReports) {
  Submit(kJob);
  AwaitEnd(kJob);
  http::Request request;
  request.method = "GET";
  request.path = "/api/jobs/" + kJob + "/live";
  const http::Response response = router_.Handle(request);
  EXPECT_EQ(response.content_type, "text/event-stream");
  Lines lines;
  response.stream(lines);
  EXPECT_TRUE(lines.text.starts_with("event: report\ndata: {\"id\":\"" + kJob)) << lines.text;
  EXPECT_TRUE(lines.text.ends_with("}\n\n"));
}

TEST_F(ConsoleJobs, HistoryHasAValueForEachLook) {
  Submit(kJob);
  AwaitEnd(kJob);
  history_.Add(jobs_.Jobs(), 1'000);
  history_.Add({}, 2'000);  // forgotten: no series any more
  EXPECT_EQ(Get("/api/jobs/" + kJob + "/history").body, R"({"step_millis":1000,"times":[1000,2000],"series":{}})");
  history_.Add(jobs_.Jobs(), 3'000);
  const Reply reply = Get("/api/jobs/" + kJob + "/history?range=15m");
  EXPECT_EQ(reply.Text("series.records_in_rate"), "[null,null,0.0]");
  EXPECT_EQ(Get("/api/jobs/" + kJob + "/history?range=6h").Text("step_millis"), "10000");
  EXPECT_EQ(Get("/api/jobs/" + kJob + "/history?range=1y").status, 400);
}

TEST_F(ConsoleJobs, RowsOfAnEdge) {
  tables_.held = true;
  Submit(kJob);
  const std::string path = "/api/jobs/" + kJob + "/edges/2/rows?limit=3";
  const Reply reply = Get(path);
  EXPECT_EQ(reply.Text("columns.0"), R"({"name":"k","type":"INT"})") << reply.body;
  EXPECT_LE(reply.At("rows").items().size(), 3u);
  EXPECT_EQ(Get("/api/jobs/" + kJob + "/edges/x/rows").status, 400);
  EXPECT_EQ(Get("/api/jobs/" + kJob + "/edges/77/rows").status, 404);
}

TEST_F(ConsoleJobs, StopAnswersWithThePath) {
  tables_.held = true;
  Submit(kJob);
  const std::string folder = ::testing::TempDir() + "/console-saves";
  const std::string body = R"({"directory":"file://)" + folder + R"("})";
  const Reply saved = Call("POST", "/api/jobs/" + kJob + "/savepoint", body);
  EXPECT_TRUE(saved.At("path").AsString().starts_with(folder)) << saved.body;
  const Reply stopped = Call("POST", "/api/jobs/" + kJob + "/stop", body);
  EXPECT_TRUE(stopped.At("path").AsString().starts_with(folder)) << stopped.body;
  AwaitEnd(kJob);
  EXPECT_EQ(Get("/api/jobs/" + kJob).Text("state"), "\"FINISHED\"");
  EXPECT_EQ(Call("POST", "/api/jobs/" + kJob + "/cancel").status, 409);
  EXPECT_EQ(Call("POST", "/api/jobs/nothing/cancel").status, 404);
}

// Its checkpoints go away with a job: whoever may submit one must not choose the folder that goes.
TEST_F(ConsoleJobs, FoldersOfOthersAreNotTheJobs) {
  for (const auto& [id, folder] : {std::pair{"../../../home", ""}, std::pair{"home", ""},
                                   std::pair{"0123456789abcdef0123456789abcdef", "/home"}}) {
    const engine::JobSpec spec{.id = id, .statement = "SELECT 1", .checkpoint_directory = folder};
    EXPECT_EQ(Call("POST", "/api/jobs", engine::ToJson(spec).ToString()).status, 400) << id;
  }
  EXPECT_TRUE(directory_.Jobs().empty());
}

int64_t ThreadCpuMillis() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
}

// The budget is 50 ms for each list; the bound leaves room for sanitizers.
TEST_F(ConsoleJobs, AThousandJobsAreListedAtOnce) {
  for (int i = 0; i < 1'000; ++i) Submit(fmt::format("{:032x}", i));
  for (const auto& job : directory_.Jobs()) job->Wait();
  for (const char* path : {"/api/jobs", "/jobs/overview"}) {
    list_.Forget();
    const int64_t start = ThreadCpuMillis();
    const Reply reply = Get(path);
    const int64_t millis = ThreadCpuMillis() - start;
    RecordProperty(path, std::to_string(millis));
    EXPECT_LT(millis, 1'000) << path;
    EXPECT_EQ(reply.At("jobs").items().size(), 1'000u);
  }
}

TEST_F(ConsoleJobs, TheProcessItself) {
  EXPECT_EQ(Get("/api/task-managers").Text("task_managers.0.slots"), "4");
  EXPECT_EQ(Get("/api/task-managers/local/secrets").status, 404);
  const Reply config = Get("/api/config");
  EXPECT_EQ(config.Text("entries.0"),
            R"({"key":"parallelism.default","value":null,"default":"1","doc":"Slots a job runs on."})");
  EXPECT_EQ(config.At("entries").items().back().ToString(),
            R"({"key":"rest.port","value":"18081","default":null,"doc":""})");
}

}  // namespace
}  // namespace millrace::server
