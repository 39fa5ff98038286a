// Jobs handed over as SQL and what their reports say.
#include "engine/local_jobs.h"

#include <filesystem>
#include <thread>

#include <unistd.h>

#include <gtest/gtest.h>

#include "engine/testing/row_tables.h"

namespace millrace::engine {
namespace {

using testing::RowTables;

class LocalJobsTest : public ::testing::Test {
 protected:
  JobSpec Spec(std::string id, uint32_t slots = 1) const {
    JobSpec spec;
    spec.id = std::move(id);
    spec.name = "totals";
    spec.preparation =
        "SET 'parallelism.default' = '" + std::to_string(slots) + "';\n" + std::string(testing::kRowTablesSql);
    spec.statement = testing::kTotalsInsert;
    spec.slots = slots;
    return spec;
  }
  JobSpec QuerySpec(std::string statement) const {
    JobSpec spec = Spec("query");
    spec.statement = std::move(statement);
    spec.query = true;
    return spec;
  }
  JobReport EndOf(std::string_view id) {
    directory.Find(id)->Wait();
    return *jobs.Find(id);
  }
  template <typename Condition>
  static void WaitUntil(const Condition& condition) {
    const int64_t end = SystemClock().MonotonicNanos() + 30'000'000'000;
    while (!condition() && SystemClock().MonotonicNanos() < end) std::this_thread::yield();
    ASSERT_TRUE(condition());
  }
  void WaitForState(std::string_view state) {
    WaitUntil([&] { return jobs.Find("a")->state == state; });
  }
  void WaitUntilOpen() {
    WaitUntil([&] { return jobs.Find("a")->vertices[0].subtasks[0].state == "RUNNING"; });
  }
  static std::string CodeOf(const Error& error) { return error.code; }

  RowTables tables;
  JobDirectory directory;
  LocalJobs jobs{{.environment = tables.Environment(), .slots = 4}, &directory};
};

TEST_F(LocalJobsTest, TheGraphIsCutAtTheExchange) {
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  const JobReport report = EndOf("a");
  ASSERT_EQ(report.vertices.size(), 2u);
  EXPECT_EQ(report.vertices[0].name, "Source: SALES[1] -> Calc[2] -> LocalWindowAggregate[3]");
  EXPECT_EQ(report.vertices[1].name, "GlobalWindowAggregate[5] -> Calc[6] -> TOTALS[7]: Writer");
  EXPECT_TRUE(report.vertices[0].inputs.empty());
  ASSERT_EQ(report.vertices[1].inputs.size(), 1u);
  EXPECT_EQ(report.vertices[1].inputs[0].vertex, report.vertices[0].id);
  EXPECT_EQ(report.vertices[1].inputs[0].ship_strategy, "HASH");
  EXPECT_EQ(report.vertices[0].id.size(), 32u);
  EXPECT_EQ(report.vertices[0].operators[0].table, "default_catalog.default_database.SALES");
  EXPECT_EQ(report.vertices[0].operators[1].description.substr(0, 12), "Calc(select=");
}

// 1 000 rows of 10 keys, of which 9 pass; 17 windows of 9 keys.
void ExpectCounts(const JobReport& report) {
  const auto& source = report.vertices[0].operators;
  const auto& sink = report.vertices[1].operators;
  EXPECT_EQ(source[0].records_in, 1000);
  EXPECT_EQ(source[0].records_out, 1000);
  EXPECT_EQ(source[1].records_in, 1000);
  EXPECT_EQ(source[1].records_out, 900);
  EXPECT_EQ(source[2].records_in, 900);
  EXPECT_EQ(source[2].records_out, sink[0].records_in);
  EXPECT_EQ(sink[0].records_out, 153);
  EXPECT_EQ(sink[0].windows_fired, 153);
  EXPECT_EQ(sink[1].records_in, 153);
  EXPECT_EQ(sink[1].records_out, 153);
  EXPECT_EQ(sink[2].records_in, 153);
  EXPECT_EQ(sink[2].records_out, 153);
  for (const VertexReport& vertex : report.vertices) {
    int64_t in = 0;
    int64_t out = 0;
    for (const SubtaskReport& subtask : vertex.subtasks) {
      in += subtask.records_in;
      out += subtask.records_out;
    }
    EXPECT_EQ(in, vertex.operators.front().records_in) << vertex.name;
    EXPECT_EQ(out, vertex.operators.back().records_out) << vertex.name;
  }
}

TEST_F(LocalJobsTest, CountsOfOneSlotAddUp) {
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  const JobReport report = EndOf("a");
  ExpectCounts(report);
  EXPECT_EQ(tables.written.size(), 153u);
  // The local aggregation is left out at one slot: its rows pass as they are.
  EXPECT_EQ(report.vertices[0].operators[2].records_out, 900);
}

TEST_F(LocalJobsTest, CountsOfThreeSlotsAddUp) {
  ASSERT_TRUE(jobs.Submit(Spec("a", 3)).ok());
  const JobReport report = EndOf("a");
  ASSERT_EQ(report.vertices[0].subtasks.size(), 3u);
  ExpectCounts(report);
  EXPECT_EQ(report.vertices[0].subtasks[0].records_in, 1000);
  EXPECT_EQ(report.vertices[0].subtasks[1].records_in, 0);
}

TEST_F(LocalJobsTest, AReportIsTheSameBehindJson) {
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  JobReport report = EndOf("a");
  EXPECT_EQ(report.state, "FINISHED");
  EXPECT_EQ(report.vertices[1].subtasks[1].state, "FINISHED");
  EXPECT_EQ(report.settings.at("parallelism.default"), "2");
  EXPECT_EQ(report.script, Spec("a", 2).preparation + Spec("a", 2).statement + ";\n");
  report.failures.push_back({.time_millis = 5, .code = "c", .message = "m", .text = "t\n\"", .task = "x", .line = 3});
  CheckpointReport& checkpoint = report.checkpoints.emplace_back();
  checkpoint = {.id = 7, .savepoint = true, .path = "/p"};
  checkpoint.operators = {{.name = "A[1]", .slots = {{9, 4}}}};
  checkpoint.slots = {{.start_delay_millis = 1, .alignment_millis = 2, .sync_millis = 3}};
  report.in_progress.id = 8;
  report.splits.push_back({.name = "none yet", .table = "T", .slot = 1});
  report.vertices[0].operators[0].use = {"kafka", "k:9092", {"a", "b"}, "", "g"};
  const codec::Json json = ToJson(report);
  const auto parsed = codec::ParseJson(json.ToString());
  ASSERT_TRUE(parsed.ok());
  const auto back = JobReportFromJson(*parsed);
  ASSERT_TRUE(back.ok()) << back.error().ToString();
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(back->splits.back().watermark, INT64_MIN);
  EXPECT_EQ(back->failures[0].text, "t\n\"");
  EXPECT_EQ(back->in_progress.id, 8u);
  EXPECT_EQ(back->vertices[0].operators[0].use->topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(back->vertices[1].operators[0].use.has_value());
  EXPECT_EQ(back->checkpoints.back().operators[0].slots[0].added_bytes, 4);
  EXPECT_EQ(back->checkpoints.back().slots[0].sync_millis, 3);
  EXPECT_TRUE(json.Find("splits")->items().back().Find("watermark")->is_null());
}

TEST(JobReportJson, ReadsOperatorsOfBeforeTheirUseWasTold) {
  const auto json = codec::ParseJson(R"({"id": "a", "vertices": [{"operators": [{"id": 1, "table": "c.d.S"}]}]})");
  const auto report = JobReportFromJson(*json);
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->vertices[0].operators[0].table, "c.d.S");
  EXPECT_FALSE(report->vertices[0].operators[0].use.has_value());
}

TEST(JobReportJson, NamesTheMemberThatIsWrong) {
  const auto json = codec::ParseJson(R"({"id": "a", "restarts": "many"})");
  const auto report = JobReportFromJson(*json);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "No job report: 'restarts' has the wrong kind.");
  EXPECT_FALSE(JobReportFromJson(codec::Json(1)).ok());
}

TEST(JobSpecJson, GoesThereAndBack) {
  const JobSpec spec{.id = "1",
                     .name = "n#2",
                     .preparation = "SET 'a' = 'b';\n",
                     .statement = "SELECT 1",
                     .query = true,
                     .slots = 3,
                     .checkpoint_directory = "/c"};
  const auto back = JobSpecFromJson(ToJson(spec));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(ToJson(*back), ToJson(spec));
  EXPECT_EQ(back->slots, 3u);
  EXPECT_TRUE(back->query);
}

TEST(JobSpecJson, AnIdIsNoPath) {
  for (const char* id : {"", "../a", "a/b", "/home", "."}) {
    const auto spec = JobSpecFromJson(ToJson(JobSpec{.id = id, .statement = "SELECT 1"}));
    ASSERT_FALSE(spec.ok()) << id;
    EXPECT_EQ(spec.error().message, "No job: its 'id' is 1 to 64 letters, digits, '-' and '_'.");
  }
}

TEST_F(LocalJobsTest, MistakesInTheSqlComeBackWithTheirPlaceInTheScript) {
  JobSpec spec = Spec("a");
  spec.statement = "INSERT INTO TOTALS SELECT k, nothing, ts FROM SALES";
  const Status status = jobs.Submit(spec);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().span->line, 4u);
  EXPECT_TRUE(jobs.Jobs().empty());
  spec.statement = "SHOW TABLES";
  EXPECT_FALSE(jobs.Submit(spec).ok());
}

TEST_F(LocalJobsTest, JobsThatAreNotThere) {
  EXPECT_EQ(CodeOf(jobs.Cancel("x").error()), "JOB_NOT_FOUND");
  EXPECT_EQ(CodeOf(jobs.TakeSavepoint("x", "").error()), "JOB_NOT_FOUND");
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  EXPECT_EQ(CodeOf(jobs.Submit(Spec("a")).error()), "JOB_EXISTS");
  EndOf("a");
  EXPECT_EQ(CodeOf(jobs.Cancel("a").error()), "JOB_ENDED");
  EXPECT_EQ(CodeOf(jobs.SampleEdge("a", 1, 10).error()), "JOB_ENDED");
}

TEST_F(LocalJobsTest, ARunningJobCanBeSeenAndCancelled) {
  tables.held = true;
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  const auto managers = jobs.TaskManagers();
  ASSERT_EQ(managers.size(), 1u);
  EXPECT_EQ(managers[0].slots, 4u);
  EXPECT_EQ(managers[0].free_slots, 2u);
  EXPECT_EQ(managers[0].jobs, std::vector<std::string>{"a"});
  EXPECT_GT(managers[0].resident_memory, 0);
  ASSERT_TRUE(jobs.Cancel("a").ok());
  EXPECT_EQ(EndOf("a").state, "CANCELED");
  EXPECT_EQ(jobs.TaskManagers()[0].free_slots, 4u);
}

TEST_F(LocalJobsTest, AFailureIsReported) {
  tables.full = true;
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  const JobReport report = EndOf("a");
  EXPECT_EQ(report.state, "FAILED");
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].code, "FULL");
  EXPECT_EQ(report.failures[0].task, "GlobalWindowAggregate[5] -> Calc[6] -> TOTALS[7]: Writer (1/1)");
  EXPECT_EQ(report.failures[0].operator_id, 7u);
  EXPECT_EQ(report.failures[0].line, 4u);
  EXPECT_NE(report.failures[0].message.find("The sink is full."), std::string::npos);
}

TEST_F(LocalJobsTest, RowsOfAQueryComeInOrder) {
  auto stream = jobs.Query(QuerySpec("SELECT k FROM SALES"));
  ASSERT_TRUE(stream.ok()) << stream.error().ToString();
  EXPECT_EQ((*stream)->schema().fields[0].name, "k");
  int64_t rows = 0;
  while (true) {
    auto batch = (*stream)->Next(10'000);
    ASSERT_TRUE(batch.ok());
    if (!*batch) break;
    for (size_t row = 0; row < (*batch)->num_rows; ++row, ++rows) {
      EXPECT_EQ(std::get<int64_t>(ColumnValue(*(*batch)->columns[0], row)), rows % 10);
    }
  }
  EXPECT_EQ(rows, RowTables::kRows);
  EXPECT_TRUE(jobs.Find("query")->query);
}

TEST_F(LocalJobsTest, AQueryEndsWithItsReader) {
  tables.held = true;
  {
    auto stream = jobs.Query(QuerySpec("SELECT k FROM SALES"));
    ASSERT_TRUE(stream.ok());
    auto batch = (*stream)->Next(10'000);
    ASSERT_TRUE(batch.ok() && *batch);
    EXPECT_EQ(jobs.Find("query")->state, "RUNNING");
  }
  EXPECT_EQ(EndOf("query").state, "CANCELED");
}

TEST_F(LocalJobsTest, TheErrorOfAQueryReachesItsReader) {
  auto stream = jobs.Query(QuerySpec("SELECT 1 / (k - k) FROM SALES"));
  ASSERT_TRUE(stream.ok());
  Result<std::optional<Batch>> next = (*stream)->Next(10'000);
  while (next.ok() && *next) next = (*stream)->Next(10'000);
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(jobs.Find("query")->state, "FAILED");
}

TEST_F(LocalJobsTest, OperatorsKnowTheirLinesInTheScript) {
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  const JobReport report = EndOf("a");
  std::string lines;
  for (const VertexReport& vertex : report.vertices) {
    for (const OperatorReport& op : vertex.operators) lines += op.name + ":" + std::to_string(op.line) + " ";
  }
  // 4 INSERT, 5 SELECT, 6 FROM, 7 WHERE, 8 GROUP BY
  EXPECT_EQ(lines,
            "Source: SALES[1]:6 Calc[2]:7 LocalWindowAggregate[3]:8 GlobalWindowAggregate[5]:8 Calc[6]:5 "
            "TOTALS[7]: Writer:4 ");
}

TEST_F(LocalJobsTest, AnErrorNamesTheSlotAndTheOperatorItCameFrom) {
  tables.full = true;
  ASSERT_TRUE(jobs.Submit(Spec("a", 3)).ok());
  const JobReport report = EndOf("a");
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].task, "GlobalWindowAggregate[5] -> Calc[6] -> TOTALS[7]: Writer (1/3)");
  auto stream = jobs.Query(QuerySpec("SELECT k,\n1 / (k - k)\nFROM SALES"));
  ASSERT_TRUE(stream.ok());
  EndOf("query");
  const FailureReport failure = jobs.Find("query")->failures.at(0);
  EXPECT_EQ(failure.task, "Source: SALES[1] -> Calc[2] -> Sink: Collect table sink (1/1)");
  EXPECT_EQ(failure.operator_id, 2u);
  EXPECT_EQ(failure.line, 5u);
}

TEST_F(LocalJobsTest, RowsOfAnEdgeCanBeSeen) {
  tables.allowed = 0;
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  WaitUntilOpen();
  EXPECT_TRUE(jobs.SampleEdge("a", 1, 50)->rows.empty());
  EXPECT_TRUE(jobs.SampleEdge("a", 3, 50)->rows.empty());
  EXPECT_TRUE(jobs.SampleEdge("a", 7, 50)->rows.empty());
  EXPECT_EQ(CodeOf(jobs.SampleEdge("a", 99, 50).error()), "OPERATOR_NOT_FOUND");
  tables.allowed = 100;
  WaitUntil([&] { return jobs.SampleEdge("a", 7, 50)->rows.size() == 9; });
  const EdgeSample source = *jobs.SampleEdge("a", 1, 50);
  ASSERT_EQ(source.rows.size(), 10u);
  EXPECT_EQ(source.schema.fields[0].name, "k");
  EXPECT_EQ(source.rows[3].kind, "+I");
  EXPECT_EQ(source.rows[3].cells[0], "3");
  EXPECT_EQ(source.rows[3].cells[1], "1970-01-01 00:00:03.000");
  EXPECT_GT(source.rows[3].seen_millis, 0);
  EXPECT_EQ(jobs.SampleEdge("a", 1, 4)->rows.size(), 4u);
  EXPECT_EQ(jobs.SampleEdge("a", 1, 4)->rows.back().cells[0], "9");
  // What a sink takes is what leaves its input; a local aggregation that is left out hands on its input.
  EXPECT_EQ(jobs.SampleEdge("a", 7, 50)->rows[0].cells, jobs.SampleEdge("a", 6, 50)->rows[0].cells);
  EXPECT_EQ(jobs.SampleEdge("a", 7, 50)->rows[0].cells[1], "6");
  EXPECT_EQ(jobs.SampleEdge("a", 3, 50)->rows.size(), 10u);
}

TEST_F(LocalJobsTest, BytesAndTimesOfSubtasks) {
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  const JobReport report = EndOf("a");
  const auto& source = report.vertices[0].subtasks;
  const auto& sink = report.vertices[1].subtasks;
  EXPECT_EQ(source[0].bytes_in, 11'000);
  EXPECT_EQ(source[1].bytes_in, 0);
  EXPECT_GT(source[0].bytes_out, 0);
  EXPECT_GT(sink[0].bytes_in + sink[1].bytes_in, 0);
  EXPECT_EQ(sink[0].bytes_out + sink[1].bytes_out, 153 * 7);
  for (const SubtaskReport* subtask : {&source[0], &source[1], &sink[0], &sink[1]}) {
    EXPECT_GE(subtask->idle_millis, 0);
    EXPECT_EQ(subtask->busy_millis + subtask->backpressured_millis + subtask->idle_millis,
              source[0].busy_millis + source[0].backpressured_millis + source[0].idle_millis);
  }
}

TEST_F(LocalJobsTest, ASinkThatDoesNotReturnHoldsTheSourceBack) {
  tables.rows = 100'000;
  tables.stuck = true;
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  WaitUntil([&] { return jobs.Find("a")->vertices[0].subtasks[0].backpressured_millis > 0; });
  const JobReport held = *jobs.Find("a");
  EXPECT_LT(held.vertices[0].operators[0].records_out, 100'000);
  EXPECT_EQ(held.vertices[1].subtasks[0].backpressured_millis, 0);
  tables.stuck = false;
  EXPECT_EQ(EndOf("a").vertices[0].operators[0].records_out, 100'000);
}

TEST_F(LocalJobsTest, StatesOnTheWayToTheEnd) {
  tables.stuck = true;
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  WaitForState("RUNNING");
  WaitUntil([&] { return jobs.Find("a")->vertices[1].operators[0].windows_fired > 0; });
  ASSERT_TRUE(jobs.Cancel("a").ok());
  EXPECT_EQ(jobs.Find("a")->state, "CANCELLING");
  EXPECT_EQ(jobs.Find("a")->vertices[1].subtasks[0].state, "CANCELING");
  EXPECT_EQ(jobs.Find("a")->end_millis, -1);
  tables.stuck = false;
  EXPECT_EQ(EndOf("a").state, "CANCELED");
}

TEST_F(LocalJobsTest, AJobThatFailsWaitsForItsSlots) {
  tables.stuck = true;
  tables.full = true;
  ASSERT_TRUE(jobs.Submit(Spec("a", 2)).ok());
  WaitForState("FAILING");
  tables.stuck = false;
  EXPECT_EQ(EndOf("a").state, "FAILED");
}

TEST_F(LocalJobsTest, CheckpointsAndWhatAJobBeganFrom) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("millrace-local-jobs-" + std::to_string(getpid()))).string();
  tables.allowed = 500;
  ASSERT_TRUE(jobs.Submit(Spec("a")).ok());
  WaitUntil([&] { return jobs.Find("a")->vertices[1].operators[0].records_in == 450; });
  const auto path = jobs.TakeSavepoint("a", folder);
  ASSERT_TRUE(path.ok()) << path.error().ToString();
  JobReport report = *jobs.Find("a");
  EXPECT_EQ(report.restored.id, 0u);
  EXPECT_EQ(report.checkpoints_completed, 1);
  ASSERT_EQ(report.checkpoints.size(), 1u);
  EXPECT_TRUE(report.checkpoints[0].savepoint);
  ASSERT_EQ(report.checkpoints[0].operators.size(), 2u);
  EXPECT_EQ(report.checkpoints[0].operators[0].name, "Source: SALES[1]");
  EXPECT_EQ(report.checkpoints[0].operators[1].name, "GlobalWindowAggregate[5]");
  EXPECT_EQ(report.checkpoints[0].operators[1].rows, 9);
  ASSERT_EQ(report.checkpoints[0].operators[0].slots.size(), 1u);
  ASSERT_EQ(report.checkpoints[0].operators[1].slots.size(), 1u);
  EXPECT_GT(report.checkpoints[0].operators[1].slots[0].bytes, 0);
  EXPECT_EQ(report.checkpoints[0].state_bytes,
            report.checkpoints[0].operators[0].slots[0].bytes + report.checkpoints[0].operators[1].slots[0].bytes);
  EXPECT_EQ(report.checkpoints[0].added_bytes, report.checkpoints[0].state_bytes);
  EXPECT_EQ(report.checkpoints[0].slots.size(), 1u);
  ASSERT_TRUE(jobs.Cancel("a").ok());
  EndOf("a");
  tables.allowed = INT64_MAX;
  JobSpec spec = Spec("b");
  spec.preparation += "SET 'execution.state-recovery.path' = '" + *path + "';\n";
  ASSERT_TRUE(jobs.Submit(spec).ok());
  report = EndOf("b");
  EXPECT_EQ(report.times_restored, 1);
  EXPECT_EQ(report.restored.path, *path);
  EXPECT_TRUE(report.restored.savepoint);
  EXPECT_GT(report.restored.restored_millis, 0);
  EXPECT_EQ(report.vertices[0].operators[0].records_out, 500);
  ASSERT_TRUE(RealFileSystem().RemoveTree(folder).ok());
}

// Checkpoints each 10 ms in `folder`, of which two are kept; a failure is followed by a restart at once.
std::string OftenSaved(const std::string& folder) {
  return "SET 'execution.checkpointing.interval' = '10 ms';\n"
         "SET 'execution.checkpointing.num-retained' = '2';\n"
         "SET 'execution.checkpointing.dir' = '" +
         folder +
         "';\n"
         "SET 'restart-strategy.type' = 'fixed-delay';\n"
         "SET 'restart-strategy.fixed-delay.attempts' = '5';\n"
         "SET 'restart-strategy.fixed-delay.delay' = '1 ms';\n";
}

// What this process wrote is not read before it is restored, yet damage that came later leads to the one before.
TEST_F(LocalJobsTest, AnOwnCheckpointThatWasDamagedIsLeftForTheOneBefore) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("millrace-own-" + std::to_string(getpid()))).string();
  tables.allowed = 500;
  std::atomic<bool> damaged{false};
  tables.on_barrier = [&](uint64_t checkpoint) -> Status {
    if (checkpoint != 3 || damaged.exchange(true)) return Ok();
    MR_TRY(WriteFileAtomically(RealFileSystem(), folder + "/a/chk-2/slot-0.data", "nonsense"));
    return ExternalError("The sink is away.", Retry::kNo);
  };
  JobSpec spec = Spec("a");
  spec.preparation += OftenSaved(folder);
  ASSERT_TRUE(jobs.Submit(spec).ok());
  WaitUntil([&] { return jobs.Find("a")->restored.id == 1; });
  ASSERT_EQ(jobs.Find("a")->failures.size(), 2u);
  EXPECT_EQ(jobs.Find("a")->failures[1].code, "CHECKPOINT_DAMAGED");
  ASSERT_TRUE(jobs.Cancel("a").ok());
  EndOf("a");
  ASSERT_TRUE(RealFileSystem().RemoveTree(folder).ok());
}

// Restoring only links native files: damage is seen before, or each restart would meet it again.
TEST_F(LocalJobsTest, DamagedNativeFilesLeadToTheCheckpointBefore) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("millrace-native-" + std::to_string(getpid()))).string();
  FileSystem& files = RealFileSystem();
  tables.allowed = 100;
  std::vector<std::string> before;
  std::atomic<uint64_t> damaged{0};
  tables.on_barrier = [&](uint64_t checkpoint) -> Status {
    if (damaged != 0) return Ok();
    tables.allowed += 20;
    MR_ASSIGN(const auto names, files.List(folder + "/a/shared"));
    std::vector<std::string> added;  // by the last checkpoint that is complete
    std::ranges::set_difference(names, before, std::back_inserter(added));
    const bool first = std::exchange(before, names).empty();
    if (first || added.empty()) return Ok();
    for (const std::string& name : added) MR_TRY(WriteFileAtomically(files, folder + "/a/shared/" + name, "nonsense"));
    damaged = checkpoint - 1;
    return ExternalError("The sink is away.", Retry::kNo);
  };
  JobSpec spec = Spec("a");
  spec.preparation += OftenSaved(folder) +
                      "SET 'state.backend.type' = 'rocksdb';\n"
                      "SET 'execution.checkpointing.incremental' = 'true';\n"
                      "SET 'taskmanager.memory.managed.size' = '1 kb';\n";
  ASSERT_TRUE(jobs.Submit(spec).ok());
  WaitUntil([&] { return jobs.Find("a")->restored.id != 0; });
  const JobReport report = *jobs.Find("a");
  EXPECT_EQ(report.restored.id, damaged - 1);
  EXPECT_EQ(report.failures.size(), 1u);
  ASSERT_TRUE(jobs.Cancel("a").ok());
  EndOf("a");
  ASSERT_TRUE(files.RemoveTree(folder).ok());
}

TEST_F(LocalJobsTest, SecretsStayOutOfReports) {
  JobSpec spec = Spec("a");
  spec.preparation += "ALTER TABLE TOTALS SET ('password' = 'hunter2');\nSET 'some.token' = 'hunter3';\n";
  ASSERT_TRUE(jobs.Submit(spec).ok());
  const JobReport report = EndOf("a");
  EXPECT_EQ(ToJson(report).ToString().find("hunter"), std::string::npos);
  EXPECT_EQ(report.settings.at("some.token"), "******");
  EXPECT_NE(report.script.find("'password' = '******'"), std::string::npos);
  EXPECT_EQ(tables.password, "hunter2");
  EXPECT_NE(ToJson(spec).ToString().find("hunter2"), std::string::npos);
}

TEST_F(LocalJobsTest, ReferencesAreFollowedWhereTheTableIsUsed) {
  JobSpec spec = Spec("a");
  spec.preparation += "ALTER TABLE TOTALS SET ('password' = '${env:TOTALS_PASSWORD}');\n";
  const Status unknown = jobs.Submit(spec);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message,
            "Option 'password' of table default_catalog.default_database.TOTALS: the environment variable "
            "TOTALS_PASSWORD is not set");
  SessionEnvironment environment = tables.Environment();
  environment.connect.variable = [](const std::string& name) { return std::optional<std::string>("of " + name); };
  LocalJobs others({.environment = environment}, &directory);
  ASSERT_TRUE(others.Submit(spec).ok());
  EXPECT_NE(EndOf("a").script.find("${env:TOTALS_PASSWORD}"), std::string::npos);
  EXPECT_EQ(tables.password, "of TOTALS_PASSWORD");
}

}  // namespace
}  // namespace millrace::engine
