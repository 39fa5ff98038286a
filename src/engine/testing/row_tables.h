#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "connect/connector.h"
#include "engine/session.h"

namespace millrace::engine::testing {

// Rows k = i % 10, ts = i * 1 s for i in [0, rows), read by slot 0; then the end, or while `held` nothing more. Table
// columns: k INT, ts TIMESTAMP(3).
struct RowTables {
  static constexpr int64_t kRows = 1'000;
  int64_t rows = kRows;
  std::atomic<bool> held{false};               // the source stays open behind its last row
  std::atomic<int64_t> allowed{INT64_MAX};     // rows that may be read
  std::atomic<bool> full{false};               // the sink fails, in slot 0
  std::atomic<bool> stuck{false};              // the sink of slot 1 does not return; that of slot 0 fails behind it
  std::atomic<bool> inside{false};             // the sink of slot 1 is there
  std::function<Status(uint64_t)> on_barrier;  // in the sinks
  std::string password;                        // that the last sink was made with
  std::mutex mutex;
  std::vector<std::string> written;  // by the sinks
  std::vector<connect::ConnectorDef> connectors;
  std::vector<connect::FormatDef> formats;
  RowTables();

  SessionEnvironment Environment() const {
    SessionEnvironment environment;
    environment.connectors = &connectors;
    environment.formats = &formats;
    environment.connect.formats = &formats;
    environment.config = {{"table.local-time-zone", "UTC"}};
    return environment;
  }
};

class RowReader final : public connect::SourceReader {
 public:
  RowReader(RowTables* tables, bool first) : tables_(tables), first_(first) {}
  Result<connect::SourceEvent> Poll(int64_t) override {
    using Kind = connect::SourceEvent::Kind;
    connect::SourceEvent event;
    event.split_name = "ROWS-0";
    if (IsOver()) {
      event.kind = Kind::kEnd;
    } else if (!announced_) {
      announced_ = true;
      event.kind = Kind::kSplitAdded;
    } else if (next_ >= tables_->allowed.load()) {
      return event;
    } else if (next_ < tables_->rows) {
      event.kind = Kind::kRows;
      event.batch = Rows(next_, 100);
      event.bytes = 1'100;
      next_ += 100;
    }
    return event;
  }
  std::vector<SplitState> Snapshot() override {
    return first_ ? std::vector<SplitState>{{"ROWS-0", std::to_string(next_)}} : std::vector<SplitState>();
  }
  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) next_ = std::stoll(state.position);
    return Ok();
  }

 private:
  bool IsOver() const {
    if (!first_) return true;
    return announced_ && next_ >= tables_->rows && next_ < tables_->allowed.load() && !tables_->held.load();
  }
  static Batch Rows(int64_t begin, int64_t count) {
    ColumnBuilder keys(DataType::Of(TypeKind::kInt));
    ColumnBuilder times(DataType::TimestampOf(3));
    for (int64_t i = begin; i < begin + count; ++i) {
      keys.AppendValue(Value(i % 10));
      times.AppendValue(Value(i * 1'000));
    }
    return {.num_rows = static_cast<size_t>(count), .columns = {keys.Finish(), times.Finish()}};
  }

  RowTables* tables_;
  bool first_;
  bool announced_ = false;
  int64_t next_ = 0;
};

class RowSource final : public connect::Source {
 public:
  explicit RowSource(RowTables* tables) : tables_(tables) {}
  bool bounded() const override { return false; }
  ChangelogMode changelog() const override { return ChangelogMode::InsertOnly(); }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t) override {
    return std::unique_ptr<connect::SourceReader>(new RowReader(tables_, slot == 0));
  }

 private:
  RowTables* tables_;
};

class RowWriter final : public connect::SinkWriter {
 public:
  RowWriter(RowTables* tables, uint32_t slot) : tables_(tables), slot_(slot) {}
  Status Write(const Batch& batch) override {
    if (slot_ == 1) tables_->inside.store(true);
    while (tables_->stuck.load() && (slot_ == 1 || !tables_->inside.load())) std::this_thread::yield();
    if (slot_ == 0 && tables_->full.load()) return UserError("The sink is full.").WithCode("FULL");
    bytes_ += static_cast<int64_t>(batch.num_rows) * 7;
    const std::lock_guard lock(tables_->mutex);
    for (size_t row = 0; row < batch.num_rows; ++row) tables_->written.push_back(FormatRow(batch, row));
    return Ok();
  }
  Status Flush() override { return Ok(); }
  Status PrepareCommit(uint64_t checkpoint) override {
    return tables_->on_barrier ? tables_->on_barrier(checkpoint) : Ok();
  }
  int64_t BytesWritten() const override { return bytes_; }

 private:
  RowTables* tables_;
  uint32_t slot_;
  int64_t bytes_ = 0;
};

class RowSink final : public connect::Sink {
 public:
  explicit RowSink(RowTables* tables) : tables_(tables) {}
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t slot, uint32_t) override {
    return std::unique_ptr<connect::SinkWriter>(new RowWriter(tables_, slot));
  }

 private:
  RowTables* tables_;
};

inline RowTables::RowTables() {
  static const OptionTable options = {{"connector", OptionType::kString, "", "", true},
                                      {"password", OptionType::kString, "", ""},
                                      {"path", OptionType::kString, "", ""}};
  const auto accepts_all = [](const connect::TableContext&) -> Result<ChangelogMode> { return ChangelogMode::All(); };
  connectors = {{.name = "rows",
                 .options = &options,
                 .sink_changelog = accepts_all,
                 .make_source = [this](const connect::SourceContext&) -> Result<std::unique_ptr<connect::Source>> {
                   return std::unique_ptr<connect::Source>(new RowSource(this));
                 },
                 .make_sink = [this](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
                   const auto& given = context.table.options.given();
                   if (given.contains("password")) password = given.at("password");
                   return std::unique_ptr<connect::Sink>(new RowSink(this));
                 }}};
}

// Tables of it: a windowed count per key, 17 minutes of rows, 1 000 s = 16 full minutes and one of 40 s.
inline constexpr std::string_view kRowTablesSql =
    "CREATE TABLE SALES (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'rows');\n"
    "CREATE TABLE TOTALS (k INT, total BIGINT, window_end TIMESTAMP(3)) WITH ('connector' = 'rows');\n";
inline constexpr std::string_view kTotalsInsert =
    "INSERT INTO TOTALS\n"
    "SELECT k, COUNT(*), window_end\n"
    "FROM TABLE(TUMBLE(TABLE SALES, DESCRIPTOR(ts), INTERVAL '1' MINUTE))\n"
    "WHERE k <> 9\n"
    "GROUP BY k, window_start, window_end";

}  // namespace millrace::engine::testing
