// Flink's REST API over jobs of this process. The field sets as a whole are held against Flink's own classes by
// test/interop/test_flink_rest.py.
#include <algorithm>
#include <atomic>
#include <thread>

#include "server/testing/job_server.h"

namespace millrace::server {
namespace {

using codec::Json;
using testing::kJob;
using Rest = testing::JobServer;

TEST_F(Rest, ListsJobsBareAndUnderV1) {
  Submit(kJob);
  AwaitEnd(kJob);
  for (const char* path : {"/jobs", "/v1/jobs"}) {
    EXPECT_EQ(Get(path).body, R"({"jobs":[{"id":")" + kJob + R"(","status":"FINISHED"}]})");
  }
  const Reply overview = Get("/jobs/overview");
  EXPECT_EQ(overview.Text("jobs.0.name"), "\"totals\"");
  EXPECT_EQ(overview.Text("jobs.0.tasks"),
            R"({"created":0,"scheduled":0,"deploying":0,"running":0,"finished":2,"canceling":0,"canceled":0,)"
            R"("failed":0,"reconciling":0,"initializing":0,"total":2})");
  EXPECT_EQ(Get("/overview").Text("jobs-finished"), "1");
  EXPECT_EQ(Get("/overview").Text("slots-available"), "4");
}

TEST_F(Rest, MaxParallelismIsTheNumberOfKeyGroupsWhateverIsSet) {
  Submit(kJob, 1, "SET 'pipeline.max-parallelism' = '256';\n");
  AwaitEnd(kJob);
  const Reply job = Get("/jobs/" + kJob);
  EXPECT_EQ(job.Text("maxParallelism"), "128");
  EXPECT_EQ(job.Text("vertices.0.maxParallelism"), "128");
  EXPECT_EQ(Get("/jobs/" + kJob + "/vertices/" + job.At("vertices.0.id").AsString()).Text("maxParallelism"), "128");
}

TEST_F(Rest, DetailsHaveVerticesAndPlan) {
  Submit(kJob, 2);
  AwaitEnd(kJob);
  const Reply job = Get("/jobs/" + kJob);
  EXPECT_EQ(job.Text("vertices.0.name"), "\"Source: SALES[1] -> Calc[2] -> LocalWindowAggregate[3]\"");
  EXPECT_EQ(job.Text("vertices.0.parallelism"), "2");
  EXPECT_EQ(job.Text("vertices.0.status"), "\"FINISHED\"");
  EXPECT_EQ(job.Text("vertices.0.tasks.FINISHED"), "2");
  EXPECT_EQ(job.Text("vertices.0.metrics.read-records"), "1000");
  EXPECT_EQ(job.Text("vertices.1.metrics.write-records"), "153");
  EXPECT_EQ(job.Text("status-counts.FINISHED"), "2");
  EXPECT_EQ(job.Text("timestamps.FINISHED"), job.Text("end-time"));
  EXPECT_EQ(job.Text("timestamps.FAILED"), "0");
  EXPECT_EQ(job.Text("plan.nodes.1.inputs"), R"([{"num":0,"id":)" + job.Text("vertices.0.id") +
                                                 R"(,"ship_strategy":"HASH","exchange":"pipelined_bounded"}])");
  EXPECT_TRUE(job.At("plan.nodes.0.description").AsString().starts_with("[1]:TableSourceScan("));
  EXPECT_NE(job.At("plan.nodes.0.description").AsString().find("<br/>+- [2]:Calc("), std::string::npos);
  EXPECT_NE(job.At("plan.nodes.0.description").AsString().find("k &lt;&gt; 9"), std::string::npos);
  EXPECT_EQ(Get("/jobs/" + kJob + "/plan").Text("plan"), job.Text("plan"));
  const Json config = Get("/jobs/" + kJob + "/config").At("execution-config.user-config");
  EXPECT_EQ(*config.FindString("parallelism.default"), "2");
  EXPECT_EQ(Get("/jobs/" + kJob + "/execution-result").Text("job-execution-result.application-status"),
            "\"SUCCEEDED\"");
}

TEST_F(Rest, WhatIsNotThere) {
  EXPECT_EQ(Get("/jobs/xyz").body,
            R"({"errors":["Cannot resolve path parameter (jobid) from value \"xyz\": an id has 32 hex digits."]})");
  EXPECT_EQ(Get("/jobs/xyz").status, 400);
  EXPECT_EQ(Get("/v1/jobs/" + kJob + "/exceptions").status, 404);
  EXPECT_EQ(Get("/jobs/" + kJob).body, R"({"errors":["Job )" + kJob + R"( not found"]})");
  Submit(kJob);
  const std::string vertices = "/jobs/" + kJob + "/vertices/";
  EXPECT_EQ(Get(vertices + kJob).status, 404);
  EXPECT_EQ(Get("/jobs/" + kJob + "/checkpoints/details/7").status, 404);
  EXPECT_EQ(Get("/jobs/" + kJob + "/savepoints/" + kJob).status, 404);
  EXPECT_EQ(Get("/taskmanagers/other").status, 404);
  EXPECT_EQ(Get("/taskmanagers/other/log").status, 404);
  EXPECT_EQ(Get("/taskmanagers/other/thread-dump").status, 404);
  EXPECT_EQ(Get("/jobmanager/logs/..%2F..%2Fetc%2Fpasswd").status, 404);
  const std::string vertex = vertices + Get("/jobs/" + kJob).At("vertices.0.id").AsString();
  EXPECT_EQ(Get(vertex + "/subtasks/1").status, 404);
  EXPECT_EQ(Get(vertex + "/subtasks/0").status, 200);
  EXPECT_EQ(Get(vertex + "/subtasks/0/attempts/5").status, 404);
}

TEST_F(Rest, CancelsOnceAndSaysWhenItIsTooLate) {
  tables_.held = true;
  Submit(kJob);
  EXPECT_EQ(Call("PATCH", "/jobs/" + kJob + "?mode=stop").status, 400);
  EXPECT_EQ(Call("PATCH", "/jobs/" + kJob + "?mode=cancel", "{}").status, 202);
  AwaitEnd(kJob);
  EXPECT_EQ(Get("/jobs/" + kJob + "/status").body, R"({"status":"CANCELED"})");
  EXPECT_EQ(Get("/jobs/" + kJob + "/yarn-cancel").status, 202);  // as Flink: it is what was asked for
  const std::string other(32, 'f');
  tables_.held = false;
  Submit(other);
  AwaitEnd(other);
  const Reply late = Call("PATCH", "/jobs/" + other);
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.Text("errors.0"),
            "\"Job cancellation failed because the job has already reached another terminal state (FINISHED).\"");
}

TEST_F(Rest, ACheckpointIsTakenWhenAskedFor) {
  tables_.held = true;
  std::atomic<bool> barrier_held{true};
  tables_.on_barrier = [&](uint64_t) {
    while (barrier_held) std::this_thread::yield();
    return Ok();
  };
  Submit(kJob, 2, "SET 'execution.checkpointing.interval' = '1 h';\n");
  const std::string path = "/jobs/" + kJob + "/checkpoints";
  const std::string trigger(32, 'c');
  EXPECT_EQ(Call("POST", path, R"({"triggerId":")" + trigger + R"("})").status, 202);
  while (Get(path).Text("counts.in_progress") != "1") std::this_thread::yield();
  const Reply held = Get(path);
  EXPECT_EQ(held.Text("counts.total"), "1");
  EXPECT_EQ(held.Text("history.0.className"), "\"in_progress\"");
  EXPECT_EQ(held.Text("history.0.status"), "\"IN_PROGRESS\"");
  EXPECT_EQ(held.Text("latest.completed"), "null");
  EXPECT_EQ(Get(path + "/details/" + held.Text("history.0.id")).Text("status"), "\"IN_PROGRESS\"");
  barrier_held = false;
  Reply reply = Get(path + "/" + trigger);
  while (reply.Text("status.id") == "\"IN_PROGRESS\"") reply = Get(path + "/" + trigger);
  const std::string id = reply.Text("operation.checkpointId");
  EXPECT_EQ(Get(path + "/details/" + id).Text("is_savepoint"), "false") << reply.body;

  const Reply all = Get(path);
  EXPECT_EQ(all.Text("counts.completed"), "1");
  EXPECT_EQ(all.Text("counts.in_progress"), "0");
  const std::string size = all.Text("history.0.state_size");
  EXPECT_GT(all.At("history.0.state_size").AsInt(), 0);
  EXPECT_EQ(all.Text("history.0.checkpointed_size"), size);  // all of it is in files of its own
  EXPECT_EQ(all.Text("summary.state_size.max"), size);
  EXPECT_EQ(all.Text("summary.checkpointed_size.max"), size);
  EXPECT_EQ(all.Text("latest.completed.state_size"), size);
}

// Slot 0 has the only split; both have groups of the window.
TEST_F(Rest, ACheckpointsSizesAndTimesByVertexAndSubtask) {
  tables_.held = true;
  Submit(kJob, 2, "SET 'execution.checkpointing.interval' = '1 h';\n");
  while (CountsOfJob(*jobs_.Find(kJob)).records_in < 1000) std::this_thread::yield();
  ASSERT_TRUE(jobs_.TakeCheckpoint(kJob).ok());
  const std::string path = "/jobs/" + kJob + "/checkpoints";
  const Reply details = Get(path + "/details/" + Get(path).Text("history.0.id"));
  const auto vertices = jobs_.Find(kJob)->vertices;
  int64_t sum = 0;
  for (const auto& vertex : vertices) {
    const std::string task = "tasks." + vertex.id;
    sum += details.At(task + ".state_size").AsInt();
    const Reply subtasks = Get(path + "/details/" + details.Text("id") + "/subtasks/" + vertex.id);
    const int64_t first = subtasks.At("subtasks.0.state_size").AsInt();
    const int64_t second = subtasks.At("subtasks.1.state_size").AsInt();
    EXPECT_GT(first, 0);
    EXPECT_EQ(second > 0, !vertex.inputs.empty()) << vertex.name;
    EXPECT_EQ(first + second, details.At(task + ".state_size").AsInt());
    EXPECT_EQ(subtasks.Text("state_size"), details.Text(task + ".state_size"));
    EXPECT_EQ(subtasks.At("summary.state_size.max").AsInt(), std::max(first, second));
    EXPECT_EQ(subtasks.At("summary.start_delay.min").AsInt(),
              std::min(subtasks.At("subtasks.0.start_delay").AsInt(), subtasks.At("subtasks.1.start_delay").AsInt()));
  }
  EXPECT_EQ(details.At("state_size").AsInt(), sum);
}

TEST_F(Rest, SavepointsAreAskedAfterByTheirTrigger) {
  tables_.held = true;
  Submit(kJob);
  const std::string folder = ::testing::TempDir() + "/rest-saves";
  const std::string trigger(32, 'a');
  const std::string body = R"({"target-directory":"file://)" + folder + R"(","triggerId":")" + trigger + R"("})";
  const std::string path = "/jobs/" + kJob + "/savepoints";
  EXPECT_EQ(Call("POST", path, body).body, R"({"request-id":")" + trigger + R"("})");
  EXPECT_EQ(Call("POST", path, body).status, 202);  // asked again: the same one
  Reply reply = Get(path + "/" + trigger);
  while (reply.Text("status.id") == "\"IN_PROGRESS\"") reply = Get(path + "/" + trigger);
  const std::string location = reply.At("operation.location").AsString();
  EXPECT_TRUE(location.starts_with(folder)) << reply.body;
  EXPECT_EQ(Get("/jobs/" + kJob + "/checkpoints").At("history").items().size(), 1u);
  EXPECT_EQ(Get("/jobs/" + kJob + "/checkpoints").Text("latest.savepoint.external_path"), Json(location).ToString());

  EXPECT_EQ(Call("POST", "/savepoint-disposal", "{}").status, 400);
  EXPECT_EQ(Call("POST", path, "[1]").status, 400);
  const auto dispose = [&](const std::string& what) {
    Json given = Json::MakeObject();
    const Reply asked = Call("POST", "/savepoint-disposal", given.Set("savepoint-path", what).ToString());
    const std::string status = "/savepoint-disposal/" + asked.At("request-id").AsString();
    Reply done = Get(status);
    while (done.Text("status.id") == "\"IN_PROGRESS\"") done = Get(status);
    return done;
  };
  EXPECT_EQ(dispose(location).Text("operation"), "{}");
  EXPECT_FALSE(RealFileSystem().Exists(location));
  const Reply no_savepoint = dispose(::testing::TempDir());
  EXPECT_EQ(no_savepoint.Text("operation.failure-cause.class"), "\"org.apache.flink.util.FlinkException\"");
  EXPECT_TRUE(RealFileSystem().Exists(::testing::TempDir()));
}

TEST_F(Rest, FailuresAreTheExceptions) {
  tables_.full = true;
  Submit(kJob);
  AwaitEnd(kJob);
  const Reply reply = Get("/jobs/" + kJob + "/exceptions?maxExceptions=1");
  EXPECT_NE(reply.At("root-exception").AsString().find("The sink is full."), std::string::npos);
  EXPECT_EQ(reply.At("exceptionHistory.entries").items().size(), 1u);
  EXPECT_EQ(reply.Text("exceptionHistory.truncated"), "false");
  const Reply result = Get("/jobs/" + kJob + "/execution-result");
  EXPECT_EQ(result.Text("job-execution-result.application-status"), "\"FAILED\"");
  EXPECT_TRUE(result.At("job-execution-result.failure-cause.serialized-throwable").AsString().starts_with("rO0ABXNy"));
}

TEST_F(Rest, MetricsHaveNamesThenValuesThenAggregates) {
  tables_.held = true;
  Submit(kJob, 2);
  engine::JobReport report = *jobs_.Find(kJob);
  while (CountsOfJob(report).records_in < 1000) report = *jobs_.Find(kJob);
  const std::string vertex = "/jobs/" + kJob + "/vertices/" + report.vertices[0].id;
  EXPECT_EQ(Get(vertex + "/metrics").Text("0"), R"({"id":"0.numRecordsIn"})");
  EXPECT_NE(Get(vertex + "/metrics").body.find(R"({"id":"0.Source__SALES[1].numRecordsIn"})"), std::string::npos);
  const std::string last = "/jobs/" + kJob + "/vertices/" + report.vertices[1].id;
  for (const std::string name : {"numRecordsSend", "numBytesSend"}) {
    EXPECT_NE(Get(last + "/metrics").body.find(R"({"id":"0.TOTALS[7]__Writer.)" + name + "\""), std::string::npos);
  }
  EXPECT_EQ(Get(vertex + "/metrics?get=0.numRecordsIn,1.numRecordsIn,nothing").body,
            R"([{"id":"0.numRecordsIn","value":"1000"},{"id":"1.numRecordsIn","value":"0"}])");
  EXPECT_EQ(Get(vertex + "/subtasks/metrics?get=numRecordsIn&agg=min,max,avg,sum").body,
            R"([{"id":"numRecordsIn","min":0.0,"max":1000.0,"avg":500.0,"sum":1000.0}])");
  EXPECT_EQ(Get(vertex + "/subtasks/metrics?get=numRecordsIn&agg=skew").body,
            R"([{"id":"numRecordsIn","skew":100.0}])");
  EXPECT_EQ(Get(vertex + "/subtasks/1/metrics?get=numRecordsIn").body, R"([{"id":"numRecordsIn","value":"0"}])");
  EXPECT_EQ(Get("/jobs/" + kJob + "/metrics?get=numRestarts").body, R"([{"id":"numRestarts","value":"0"}])");
  EXPECT_EQ(Get("/jobs/metrics?get=numRestarts&agg=max").body, R"([{"id":"numRestarts","max":0.0}])");
  EXPECT_EQ(Get("/taskmanagers/metrics?get=taskSlotsAvailable&agg=sum").body,
            R"([{"id":"taskSlotsAvailable","sum":2.0}])");
  EXPECT_EQ(Get("/taskmanagers/local/metrics?get=taskSlotsTotal").body, R"([{"id":"taskSlotsTotal","value":"4"}])");
  const std::string text = Get("/metrics").body;
  EXPECT_NE(text.find("# TYPE flink_jobmanager_numRunningJobs gauge\nflink_jobmanager_numRunningJobs 1\n"),
            std::string::npos);
  EXPECT_NE(
      text.find("flink_taskmanager_job_task_numRecordsIn{job_id=\"" + kJob + "\",job_name=\"totals\",tm_id=\"local\""),
      std::string::npos);
  EXPECT_NE(text.find("operator_name=\"LocalWindowAggregate[3]\"} "), std::string::npos);
}

TEST_F(Rest, JarsAndJobGraphsAreRefused) {
  for (const char* path : {"/jobs", "/v1/jobs", "/jars/upload", "/jars/x.jar/run"}) {
    const Reply reply = Call("POST", path, "{}");
    EXPECT_EQ(reply.status, 400) << path;
    EXPECT_NE(reply.At("errors.0").AsString().find("millrace sql -f job.sql"), std::string::npos);
  }
  EXPECT_EQ(Get("/jars").Text("files"), "[]");
}

}  // namespace
}  // namespace millrace::server
