#include "app/golden/runner.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "app/golden/killed_process.h"
#include "app/golden/test_connector.h"
#include "app/wiring.h"
#include "base/check.h"
#include "base/file.h"
#include "base/strings.h"
#include "codec/json.h"
#include "data/hash.h"
#include "engine/job.h"
#include "engine/session.h"
#include "sql/script.h"

namespace millrace::app::golden {
namespace {

using engine::StatementResult;

// A script may wait at most this long for its jobs.
constexpr int64_t kPatienceMillis = 20'000;

std::string Cell(const std::optional<std::string>& value) { return value.value_or("NULL"); }

std::string RowText(const TextRow& row, bool with_kind) {
  std::vector<std::string> cells;
  if (with_kind) cells.emplace_back(RowKindShortName(row.kind));
  for (const auto& value : row.values) cells.push_back(Cell(value));
  return Join(cells, " | ");
}

// Folds a changelog to the multiset of rows that are left; `problem` is set when a row is taken back that was not
// there.
std::map<std::string, int> Fold(const std::vector<std::string>& changes, std::string* problem) {
  std::map<std::string, int> left;
  for (const std::string& change : changes) {
    const std::string row = change.size() > 5 ? change.substr(5) : "";
    const bool removes = change.starts_with("-");
    int& count = left[row];
    count += removes ? -1 : 1;
    if (count < 0 && problem->empty()) *problem = fmt::format("takes back a row that was not there: {}", change);
    if (count == 0) left.erase(row);
  }
  return left;
}

std::string Indented(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "    " + line + "\n";
  return lines.empty() ? "    (nothing)\n" : out;
}

// Every row as often as it is left.
std::vector<std::string> Rows(const std::map<std::string, int>& folded) {
  std::vector<std::string> rows;
  for (const auto& [row, count] : folded) rows.insert(rows.end(), static_cast<size_t>(std::max(count, 0)), row);
  return rows;
}

// In any order.
std::string Difference(std::vector<std::string> expected, std::vector<std::string> got) {
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(), std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), expected.begin(), expected.end(), std::back_inserter(unexpected));
  std::string out;
  if (!missing.empty()) out += "  missing\n" + Indented(missing);
  if (!unexpected.empty()) out += "  not expected\n" + Indented(unexpected);
  return out;
}

class Run {
 public:
  Run(const Script& script, const Mode& mode, uint64_t seed)
      : script_(script),
        mode_(mode),
        stage_(std::make_shared<Stage>(script, mode.batch_rows)),
        connectors_(Connectors()),
        formats_(Formats()) {
    connectors_.push_back(TestConnector(stage_));
    const bool counts_late_rows = std::any_of(
        script.sections.begin(), script.sections.end(),
        [](const Section& section) { return section.kind == Section::Kind::kExpectLate && section.number > 0; });
    in_step_ = counts_late_rows && std::max(mode.parallelism, mode.restore_parallelism) > 1;
    const uint64_t random = HashBytes(fmt::format("{} {} {}", seed, mode.name, script.title));
    const size_t num_events = stage_->events().size();
    checkpoint_at_ = random % (num_events + 1);
    killed_at_ = checkpoint_at_ + HashInt(random) % (num_events - checkpoint_at_ + 1);
  }

  std::string Execute() {
    engine::Session session(Environment(mode_.parallelism));
    RunAllStatements(session);
    if (error_) return Check(session);
    const auto streaming = [](const PlannedJob& job) { return job.plan->streaming; };
    const bool killed = mode_.restore_parallelism > 0 && std::all_of(planned_.begin(), planned_.end(), streaming);
    if (killed || in_step_) {
      folder_ = (std::filesystem::temp_directory_path() /
                 ("millrace-golden-" + engine::StableJobId(fmt::format("{}-{}", script_.title, getpid()))))
                    .string();
    }
    if (!killed) RunJobs("", 0);
    std::string problems = killed ? KillAndRestore() : Check(session);
    if (!folder_.empty()) (void)RealFileSystem().RemoveTree(folder_).ok();
    return problems;
  }

 private:
  struct PlannedJob {
    std::shared_ptr<plan::PhysicalPlan> plan;
    engine::JobSettings settings;
  };

  engine::SessionEnvironment Environment(uint32_t parallelism) const {
    engine::SessionEnvironment environment;
    environment.connectors = &connectors_;
    environment.formats = &formats_;
    environment.connect.formats = &formats_;
    if (parallelism > 1) environment.config["parallelism.default"] = std::to_string(parallelism);
    environment.optimize = mode_.optimize;
    return environment;
  }

  void RunAllStatements(engine::Session& session) {
    for (const Section& section : script_.sections) {
      if (section.kind == Section::Kind::kSql && !error_) RunStatements(session, section);
    }
  }

  // `backend`: "" = the script's.
  Result<std::unique_ptr<engine::Job>> StartJob(size_t index, const std::string& backend) {
    const PlannedJob& planned = planned_[index];
    engine::JobOptions options;
    options.job_id = fmt::format("golden-{}", index);
    options.settings = planned.settings;
    if (!folder_.empty()) {
      // Taken when asked for, and at the end.
      options.settings.checkpoints = {.interval = INT32_MAX};
      options.checkpoint_directory = fmt::format("{}/{}", folder_, index);
      options.resumable = true;
      // What a SELECT has shown cannot be taken back: here its rows wait for a commit too.
      for (const plan::PhysicalPtr& root : planned.plan->roots) {
        if (root->kind != plan::PhysicalKind::kCollect) continue;
        root->kind = plan::PhysicalKind::kSink;
        root->sink = MakeTestSink(stage_, "");
      }
    }
    if (!backend.empty()) options.settings.backend = backend;
    options.settings.state.memory_bytes = 1'000;  // on disk after a few rows
    options.on_rows = [this](const Batch& batch) { stage_->Collect("", batch); };
    return engine::Job::Start(planned.plan, std::move(options));
  }

  void StartJobs(const std::string& backend) {
    for (size_t i = 0; i < planned_.size() && !error_; ++i) {
      auto job = StartJob(i, backend);
      if (!job.ok()) {
        error_ = job.error();
      } else {
        jobs_.push_back(std::move(*job));
      }
    }
  }

  std::string KillAndRestore() {
    RunFirstHalf();
    planned_.clear();
    engine::Session session(Environment(mode_.restore_parallelism));
    if (!error_) RunAllStatements(session);
    if (!error_) RunJobs(mode_.restore_backend, checkpoint_at_);
    const std::string problems = Check(session);
    if (problems.empty()) return "";
    return problems + fmt::format("  checkpoint at event {}, killed at event {}\n", checkpoint_at_, killed_at_);
  }

  // In a process that is killed some events behind a checkpoint. What stays is what it stored and committed.
  void RunFirstHalf() {
    const auto told = RunAndKill([this](const Tell& tell) {
      stage_->OnCommit(tell);
      RunToKill();
      auto last = codec::Json::MakeObject();
      if (error_) last.Set("error", error_->ToString());
      tell(last.Set("late rows", late_rows_).ToString());
    });
    if (!told.ok()) error_ = told.error();
    bool reached = false;
    for (size_t i = 0; told.ok() && i < told->size(); ++i) {
      const auto line = codec::ParseJson((*told)[i]);
      CHECK(line.ok());
      if (line->Find("job") != nullptr) {
        stage_->TakeOver(*line);
        continue;
      }
      reached = true;
      late_rows_ = line->Find("late rows")->AsInt();
      if (const std::string* error = line->FindString("error")) error_ = UserError(*error);
    }
    if (!reached && !error_) error_ = InternalError("The process was killed from outside.");
  }

  void RunToKill() {
    stage_->HoldAt(0);
    StartJobs(mode_.backend);
    const std::vector<int64_t> late_rows = ReadUntil(0, checkpoint_at_);
    stage_->HoldAt(killed_at_);
    AwaitEvent(killed_at_);
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const bool ended = jobs_[i]->WaitFor(0);  // VALUES, or a LIMIT that is full: behind its last checkpoint
      late_rows_ += ended ? jobs_[i]->metrics().late_rows : late_rows[i];
      if (jobs_[i]->state() == engine::JobState::kFailed && !error_) error_ = jobs_[i]->error();
    }
  }

  // Lets the jobs read up to event `last` and take a checkpoint. Each one's late rows until then.
  std::vector<int64_t> ReadUntil(size_t first, size_t last) {
    std::vector<int64_t> late_rows;
    for (size_t event = in_step_ ? first : last; event <= last; ++event) {
      stage_->HoldAt(event);
      AwaitEvent(event);
      late_rows.clear();
      for (const auto& job : jobs_) {
        const auto path = job->TakeCheckpoint();
        if (!path.ok() && path.error().code != "JOB_ENDED" && !error_) error_ = path.error();
        late_rows.push_back(job->metrics().late_rows);
      }
    }
    return late_rows;
  }

  void AwaitEvent(size_t event) {
    const auto running = [](const auto& job) { return !job->WaitFor(0); };
    const auto waits = [&] {
      return !error_ && stage_->next() < event && std::any_of(jobs_.begin(), jobs_.end(), running);
    };
    for (int64_t i = 0; i < kPatienceMillis && waits(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (waits()) error_ = InternalError(fmt::format("No job reads event {}.", event));
  }

  void RunStatements(engine::Session& session, const Section& section) {
    for (const sql::ScriptPiece& piece : sql::SplitScript(section.text)) {
      last_statement_ = piece.text;
      auto result = session.ExecuteText(piece.text);
      if (!result.ok()) {
        error_ = std::move(result).error();
        return;
      }
      last_ = std::move(*result);
      if (last_.kind == StatementResult::Kind::kInsert || last_.kind == StatementResult::Kind::kQuery)
        planned_.push_back({last_.plan, last_.settings});
    }
  }

  void RunJobs(const std::string& backend, size_t first) {
    stage_->HoldAt(in_step_ ? first : SIZE_MAX);
    StartJobs(backend);
    if (in_step_) ReadUntil(first, stage_->events().size());
    stage_->HoldAt(SIZE_MAX);
    for (const auto& job : jobs_) {
      if (!job->WaitFor(kPatienceMillis)) {
        error_ = InternalError(fmt::format("the job {} did not end within {} s", job->name(), kPatienceMillis / 1000));
        job->Cancel();
      }
      job->Wait();
      if (job->state() == engine::JobState::kFailed && !error_) error_ = job->error();
      late_rows_ += job->metrics().late_rows;
    }
  }

  std::string Check(engine::Session& session) {
    std::string problems;
    bool expects_error = false;
    for (const Section& section : script_.sections) {
      const auto fail = [&](std::string_view what) { problems += fmt::format("  line {}: {}\n", section.line, what); };
      switch (section.kind) {
        case Section::Kind::kExpectError: {
          expects_error = true;
          const std::string text = error_ ? error_->ToString() + " " + RenderError(*error_, "") : "";
          if (!error_)
            fail("an error was expected, but there was none");
          else if (text.find(section.text) == std::string::npos)
            fail(fmt::format("the error is\n{}  expected\n{}", Indented({error_->ToString()}),
                             Indented({section.text})));
          break;
        }
        case Section::Kind::kExpect: CheckChanges(section, problems); break;
        case Section::Kind::kExpectText:
          if (Trim(last_.text) != section.text)
            fail(fmt::format("the text is\n{}  expected\n{}", Indented(Split(last_.text, '\n')),
                             Indented(Split(section.text, '\n'))));
          break;
        case Section::Kind::kExpectTable: CheckTable(section, problems); break;
        case Section::Kind::kExpectLate:
          // Without rules a row is late once per window.
          if (late_rows_ < section.number || (mode_.optimize && late_rows_ > section.number))
            fail(fmt::format("{} late rows, expected {}", late_rows_, section.number));
          break;
        case Section::Kind::kExplain: {
          const auto stage = engine::ParseStage(section.name);
          auto text = stage.ok() ? session.ExplainStage(last_statement_, *stage) : Result<std::string>(stage.error());
          if (!text.ok())
            fail(text.error().ToString());
          else if (Trim(*text) != section.text)
            fail(fmt::format("the plan is\n{}  expected\n{}", Indented(Split(*text, '\n')),
                             Indented(Split(section.text, '\n'))));
          break;
        }
        case Section::Kind::kSkip:
        case Section::Kind::kSql:
        case Section::Kind::kInput:
        case Section::Kind::kWatermark: break;
      }
    }
    if (error_ && !expects_error) problems = fmt::format("  failed: {}\n", error_->ToString()) + problems;
    return problems;
  }

  void CheckChanges(const Section& section, std::string& problems) const {
    std::vector<std::string> expected;
    for (const TextRow& row : section.rows) expected.push_back(RowText(row, true));
    std::vector<std::string> got = stage_->Collected(section.name);
    std::string problem;
    const auto folded = Fold(got, &problem);
    std::string ignored;
    const std::string difference =
        mode_.exact ? Difference(expected, got) : Difference(Rows(Fold(expected, &ignored)), Rows(folded));
    if (problem.empty() && difference.empty()) return;
    problems += fmt::format("  line {}: {}{} wrote\n{}{}", section.line, problem.empty() ? "" : problem + "; ",
                            section.name.empty() ? "the SELECT" : section.name, Indented(got), difference);
  }

  void CheckTable(const Section& section, std::string& problems) const {
    std::vector<std::string> expected;
    for (const TextRow& row : section.rows) expected.push_back(RowText(row, false));
    std::vector<std::string> got;
    for (const ValueList& values : last_.rows) {
      std::vector<std::string> cells;
      for (size_t i = 0; i < values.size(); ++i) cells.push_back(ValueToString(values[i], last_.schema.fields[i].type));
      got.push_back(Join(cells, " | "));
    }
    if (got == expected) return;
    problems +=
        fmt::format("  line {}: the rows are\n{}  expected\n{}", section.line, Indented(got), Indented(expected));
  }

  const Script& script_;
  const Mode& mode_;
  std::shared_ptr<Stage> stage_;
  std::vector<connect::ConnectorDef> connectors_;
  std::vector<connect::FormatDef> formats_;
  std::vector<PlannedJob> planned_;
  std::string folder_;        // of the jobs' checkpoints; "" = none are taken
  size_t checkpoint_at_ = 0;  // index of the first event behind it
  size_t killed_at_ = 0;      // events from here on are handed out behind the restore only
  StatementResult last_;
  std::string last_statement_;
  std::optional<Error> error_;
  // Each event waits until a checkpoint proves that those before it are through all operators: which rows are late is
  // no race of the slots then.
  bool in_step_ = false;
  int64_t late_rows_ = 0;
  std::vector<std::unique_ptr<engine::Job>> jobs_;
};

}  // namespace

std::vector<Mode> AllModes() {
  return {{.name = "exact", .batch_rows = 1, .parallelism = 1, .exact = true},
          {.name = "batch-3", .batch_rows = 3},
          {.name = "batch-1024", .batch_rows = 1024},
          {.name = "slots-3", .batch_rows = 1, .parallelism = 3},
          {.name = "slots-3-batch-1024", .batch_rows = 1024, .parallelism = 3},
          {.name = "no-rules", .batch_rows = 3, .optimize = false},
          {.name = "restore", .batch_rows = 1, .restore_parallelism = 1, .restore_backend = "rocksdb"},
          {.name = "restore-up", .batch_rows = 1, .restore_parallelism = 3, .restore_backend = "rocksdb"},
          {.name = "restore-down",
           .batch_rows = 2,
           .parallelism = 3,
           .restore_parallelism = 1,
           .backend = "rocksdb",
           .restore_backend = "hashmap"}};
}

std::optional<std::string> ReasonToSkip(const Script& script, const Mode& mode) {
  for (const Section& section : script.sections) {
    if (section.kind == Section::Kind::kSkip && section.name == mode.name) return section.text;
  }
  return std::nullopt;
}

std::string RunScript(const Script& script, const Mode& mode, uint64_t seed) {
  return Run(script, mode, seed).Execute();
}

}  // namespace millrace::app::golden
