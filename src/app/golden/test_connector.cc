#include "app/golden/test_connector.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "data/column_builder.h"

namespace millrace::app::golden {
namespace {

ChangelogMode ModeOf(const Options& options) {
  const std::string mode = options.GetEnum("changelog");
  return mode == "insert"   ? ChangelogMode::InsertOnly()
         : mode == "upsert" ? ChangelogMode::Upsert()
                            : ChangelogMode::All();
}

const OptionTable& TestOptions() {
  static const OptionTable table = {
      {.name = "connector", .doc = "test", .required = true},
      {.name = "changelog",
       .type = OptionType::kEnum,
       .default_value = "insert",
       .doc = "kinds of change of the rows",
       .choices = {"insert", "upsert", "all"}},
  };
  return table;
}

class TestReader final : public connect::SourceReader {
 public:
  TestReader(std::shared_ptr<Stage> stage, connect::SourceContext context, bool active)
      : stage_(std::move(stage)), context_(std::move(context)), active_(active) {}

  Result<connect::SourceEvent> Poll(int64_t max_wait_millis) override {
    using Kind = connect::SourceEvent::Kind;
    connect::SourceEvent event;
    event.split_name = context_.table.table_name;
    if (!active_) {
      event.kind = Kind::kEnd;
      return event;
    }
    if (!announced_) {
      announced_ = true;
      event.kind = Kind::kSplitAdded;
      return event;
    }
    const auto& events = stage_->events();
    size_t index = position_;
    while (index < events.size() && events[index].table != context_.table.table_name) ++index;
    // All tables end together, after the last section.
    if (stage_->Holds(index) || stage_->next() < index) {
      std::this_thread::sleep_for(std::chrono::microseconds(max_wait_millis > 0 ? 100 : 0));
      return event;
    }
    if (index == events.size()) {
      event.kind = finished_ ? Kind::kEnd : Kind::kSplitFinished;
      finished_ = true;
      return event;
    }
    const Stage::Event& due = events[index];
    if (due.is_watermark) {
      event.kind = Kind::kWatermark;
      event.watermark_millis = due.watermark_millis;
    } else {
      event.kind = Kind::kRows;
      MR_TRY(BuildBatch(due.rows, event.batch));
    }
    position_ = index + 1;
    stage_->AdvanceTo(position_);
    return event;
  }

  std::vector<SplitState> Snapshot() override {
    return active_ ? std::vector<SplitState>{{context_.table.table_name, std::to_string(position_)}}
                   : std::vector<SplitState>();
  }

  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) position_ = std::stoul(state.position);
    stage_->AdvanceTo(position_);
    return Ok();
  }

 private:
  Status BuildBatch(const std::vector<TextRow>& rows, Batch& batch) {
    batch.num_rows = rows.size();
    for (const size_t field : context_.projected_fields) {
      const DataType& type = context_.table.physical_fields[field].type;
      ColumnBuilder builder(type);
      for (const TextRow& row : rows) {
        if (row.values.size() != context_.table.physical_fields.size()) {
          return UserError(fmt::format("line {}: {} values for the {} columns of table {}.", row.line,
                                       row.values.size(), context_.table.physical_fields.size(),
                                       context_.table.table_name));
        }
        auto value = ParseValue(row.values[field], type);
        if (!value.ok()) return std::move(value).error().InContext(fmt::format("line {}", row.line));
        builder.AppendValue(*value);
      }
      batch.columns.push_back(builder.Finish());
    }
    std::vector<RowKind> kinds;
    bool insert_only = true;
    for (const TextRow& row : rows) {
      kinds.push_back(row.kind);
      insert_only &= row.kind == RowKind::kInsert;
    }
    if (!insert_only) batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
    return Ok();
  }

  std::shared_ptr<Stage> stage_;
  connect::SourceContext context_;
  bool active_;
  bool announced_ = false;
  bool finished_ = false;
  size_t position_ = 0;  // behind its last event
};

class TestSource final : public connect::Source {
 public:
  TestSource(std::shared_ptr<Stage> stage, connect::SourceContext context)
      : stage_(std::move(stage)), context_(std::move(context)) {}
  bool bounded() const override { return true; }
  ChangelogMode changelog() const override { return ModeOf(context_.table.options); }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t) override {
    return std::unique_ptr<connect::SourceReader>(std::make_unique<TestReader>(stage_, context_, slot == 0));
  }

 private:
  std::shared_ptr<Stage> stage_;
  connect::SourceContext context_;
};

// What one job writes between two checkpoints is collected when the second one is committed.
class TestCommitter final : public connect::Committer {
 public:
  TestCommitter(std::shared_ptr<Stage> stage, std::string job) : stage_(std::move(stage)), job_(std::move(job)) {}
  std::string name() const override { return "the test's stage"; }
  Result<std::optional<connect::CheckpointName>> Recover() override {
    stage_->Abort(job_);
    return stage_->Committed(job_);
  }
  Result<std::optional<connect::CheckpointName>> CommittedBy(const std::string& job) override {
    return stage_->Committed(job);
  }
  Status Begin(uint64_t checkpoint) override {
    open_ = checkpoint;
    return Ok();
  }
  Status Commit(const connect::CheckpointName& checkpoint) override {
    stage_->Commit(job_, checkpoint);
    return Ok();
  }
  void Cancel() override {}
  void Abort() override { stage_->Abort(job_); }

  const std::string& job() const { return job_; }
  uint64_t open() const { return open_; }  // the last checkpoint that was begun

 private:
  std::shared_ptr<Stage> stage_;
  std::string job_;
  uint64_t open_ = 0;
};

class TestWriter final : public connect::SinkWriter {
 public:
  // `committer`: null = every row counts at once.
  TestWriter(std::shared_ptr<Stage> stage, std::string table, const TestCommitter* committer)
      : stage_(std::move(stage)), table_(std::move(table)) {
    if (committer == nullptr) return;
    job_ = committer->job();
    unit_ = committer->open();
  }
  Status Write(const Batch& batch) override {
    unit_ ? stage_->Write(job_, *unit_, table_, batch) : stage_->Collect(table_, batch);
    return Ok();
  }
  Status Flush() override { return Ok(); }
  Status PrepareCommit(uint64_t checkpoint) override {
    if (unit_) unit_ = checkpoint + 1;
    return Ok();
  }

 private:
  std::shared_ptr<Stage> stage_;
  std::string table_;
  std::string job_;
  std::optional<uint64_t> unit_;  // the checkpoint that rows belong to
};

class TestSink final : public connect::Sink {
 public:
  TestSink(std::shared_ptr<Stage> stage, std::string table) : stage_(std::move(stage)), table_(std::move(table)) {}
  Status Join(connect::JobContext& job) override {
    committer_.reset();
    if (!job.exactly_once) return Ok();
    auto& shared = job.committers["test"];
    if (shared == nullptr) shared = std::make_shared<TestCommitter>(stage_, job.job_id);
    committer_ = std::static_pointer_cast<TestCommitter>(shared);
    return Ok();
  }
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SinkWriter>(std::make_unique<TestWriter>(stage_, table_, committer_.get()));
  }

 private:
  std::shared_ptr<Stage> stage_;
  std::string table_;
  std::shared_ptr<TestCommitter> committer_;
};

}  // namespace

Stage::Stage(const Script& script, size_t batch_rows) {
  for (const Section& section : script.sections) {
    if (section.kind == Section::Kind::kWatermark) {
      events_.push_back({.table = section.name, .rows = {}, .is_watermark = true, .watermark_millis = section.number});
    }
    if (section.kind != Section::Kind::kInput) continue;
    for (size_t begin = 0; begin < section.rows.size(); begin += batch_rows) {
      const size_t end = std::min(section.rows.size(), begin + batch_rows);
      events_.push_back(
          {.table = section.name,
           .rows = {section.rows.begin() + static_cast<long>(begin), section.rows.begin() + static_cast<long>(end)}});
    }
  }
}

size_t Stage::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

void Stage::AdvanceTo(size_t index) {
  const std::lock_guard lock(mutex_);
  next_ = std::max(next_, index);
}

void Stage::Write(const std::string& job, uint64_t unit, const std::string& table, const Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (size_t row = 0; row < batch.num_rows; ++row) uncommitted_.push_back({job, unit, table, FormatRow(batch, row)});
}

void Stage::Commit(const std::string& job, const connect::CheckpointName& checkpoint) {
  const std::lock_guard lock(mutex_);
  auto rows = codec::Json::MakeArray();
  std::erase_if(uncommitted_, [&](Uncommitted& one) {
    const bool commits = one.job == job && one.unit == checkpoint.number;
    if (commits && tell_) rows.Append(codec::Json::Array{one.table, one.row});
    if (commits) collected_[one.table].push_back(std::move(one.row));
    return commits;
  });
  committed_[job] = checkpoint;
  if (!tell_) return;
  auto commit = codec::Json::MakeObject();
  commit.Set("job", job).Set("checkpoint", static_cast<int64_t>(checkpoint.number));
  tell_(commit.Set("taken by", checkpoint.taken_by).Set("rows", std::move(rows)).ToString());
}

void Stage::TakeOver(const codec::Json& commit) {
  const std::lock_guard lock(mutex_);
  for (const codec::Json& row : commit.Find("rows")->items())
    collected_[row.items()[0].AsString()].push_back(row.items()[1].AsString());
  committed_[*commit.FindString("job")] = {static_cast<uint64_t>(commit.Find("checkpoint")->AsInt()),
                                           *commit.FindString("taken by")};
}

void Stage::Abort(const std::string& job) {
  const std::lock_guard lock(mutex_);
  std::erase_if(uncommitted_, [&](const Uncommitted& one) { return one.job == job; });
}

std::optional<connect::CheckpointName> Stage::Committed(const std::string& job) const {
  const std::lock_guard lock(mutex_);
  const auto it = committed_.find(job);
  return it == committed_.end() ? std::nullopt : std::optional(it->second);
}

void Stage::Collect(const std::string& table, const Batch& batch) {
  const std::lock_guard lock(mutex_);
  auto& rows = collected_[table];
  for (size_t row = 0; row < batch.num_rows; ++row) rows.push_back(FormatRow(batch, row));
}

std::vector<std::string> Stage::Collected(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  const auto it = collected_.find(table);
  return it == collected_.end() ? std::vector<std::string>() : it->second;
}

bool Stage::HasTable(const std::string& table) const {
  for (const Event& event : events_) {
    if (event.table == table) return true;
  }
  return false;
}

connect::ConnectorDef TestConnector(std::shared_ptr<Stage> stage) {
  connect::ConnectorDef def;
  def.name = "test";
  def.options = &TestOptions();
  def.doc = "Rows of a golden script.";
  def.sink_changelog = [](const connect::TableContext& table) -> Result<ChangelogMode> {
    return table.options.Has("changelog") ? ModeOf(table.options) : ChangelogMode::All();
  };
  def.make_source = [stage](const connect::SourceContext& context) -> Result<std::unique_ptr<connect::Source>> {
    return std::unique_ptr<connect::Source>(std::make_unique<TestSource>(stage, context));
  };
  def.make_sink = [stage](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
    return std::unique_ptr<connect::Sink>(std::make_unique<TestSink>(stage, context.table.table_name));
  };
  return def;
}

std::shared_ptr<connect::Sink> MakeTestSink(std::shared_ptr<Stage> stage, std::string table) {
  return std::make_shared<TestSink>(std::move(stage), std::move(table));
}

}  // namespace millrace::app::golden
