#include "engine/state_export.h"

#include <algorithm>
#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "base/local_path.h"
#include "data/hash.h"
#include "data/row_encoding.h"
#include "exec/fired_marks.h"
#include "exec/group_table.h"
#include "exec/window_state.h"
#include "planner/bind/bind_types.h"
#include "sql/parser.h"
#include "state/bytes.h"
#include "state/disk_backend.h"

namespace millrace::engine {
namespace {

constexpr state::KeyGroupRange kAllGroups{0, kDefaultKeyGroups};

Result<DataType> TypeOf(const std::string& text) {
  MR_ASSIGN(const sql::TypeName name, sql::ParseTypeName(text));
  return planner::BindType(name);
}

Result<exec::AggregateSet> MakeAggregates(const state::StateLayout& layout) {
  exec::AggregateSet set;
  for (const auto& aggregate : layout.aggregates) {
    const functions::AggregateFunction* function = functions::FindAggregateFunction(aggregate.function);
    if (function == nullptr) return UserError(fmt::format("This version has no aggregate {}.", aggregate.function));
    std::vector<DataType> arguments;
    for (const std::string& text : aggregate.arg_types) {
      MR_ASSIGN(arguments.emplace_back(), TypeOf(text));
    }
    MR_ASSIGN(const DataType type, TypeOf(aggregate.type));
    set.Add({.aggregator = function->make(arguments, type, aggregate.distinct), .type = type});
  }
  return set;
}

// Turns entries of a window aggregation into rows.
class WindowReader {
 public:
  WindowReader(exec::AggregateSet aggregates, const std::vector<DataType>& keys)
      : aggregates_(std::move(aggregates)), memory_(new char[std::max<size_t>(16, aggregates_.row_size())]) {
    for (const DataType& type : keys) builders_.emplace_back(type);
  }

  Result<StateRow> Read(const state::KeyedEntry& entry) {
    StateRow row{.key_group = entry.key_group};
    std::string_view key = entry.key;
    MR_TRY(state::TakeOrdered(key, &row.slice_end.emplace()));
    MR_TRY(DecodeRow(key, builders_));
    for (ColumnBuilder& builder : builders_) row.columns.push_back(ColumnValue(*builder.Finish(), 0));
    char* state = memory_.get();
    aggregates_.Init(state);
    const Status status = aggregates_.Deserialize(entry.value, state);
    if (status.ok()) {
      for (const auto& call : aggregates_.calls()) {
        const char* accumulator = state + call.offset;
        ColumnBuilder result(call.type);
        call.aggregator->Finish(std::span(&accumulator, 1), result);
        row.aggregates.push_back(ColumnValue(*result.Finish(), 0));
      }
    }
    aggregates_.Destroy(state);
    if (!status.ok()) return status.error();
    return row;
  }

 private:
  exec::AggregateSet aggregates_;
  std::unique_ptr<char[]> memory_;
  std::vector<ColumnBuilder> builders_;
};

// What the slots hold of each group of a window, brought together: native files may hold it in pieces. On disk where it
// is large.
Status MergeWindows(FileSystem& files, const state::OperatorState& stored, const std::vector<DataType>& keys,
                    exec::AggregateSet aggregates, state::KeyedWriter& writer) {
  std::random_device random;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("millrace-export-{:08x}", random());
  MR_ASSIGN(const auto backend, state::MakeDiskBackend(files, {.directory = folder.string()}));
  exec::WindowState windows(keys, std::move(aggregates), kAllGroups, backend.get());
  MR_TRY(windows.Restore(stored, [](int64_t) { return true; }));
  return windows.Snapshot()->Write(writer);
}

// Hands entries on.
class EntryTaker final : public state::KeyedWriter {
 public:
  explicit EntryTaker(std::function<Status(const state::KeyedEntry&)> take) : take_(std::move(take)) {}
  Status Add(const state::KeyedEntry& entry) override { return take_(entry); }

 private:
  std::function<Status(const state::KeyedEntry&)> take_;
};

Result<StateRow> ReadPlainRow(const state::KeyedEntry& entry, const std::vector<DataType>& types) {
  std::vector<ColumnBuilder> builders;
  for (const DataType& type : types) builders.emplace_back(type);
  if (entry.value.empty()) return InternalError("State is cut short.");
  MR_TRY(DecodeRow(entry.value.substr(1), builders));  // behind the row kind
  StateRow row{.key_group = entry.key_group};
  for (ColumnBuilder& builder : builders) row.columns.push_back(ColumnValue(*builder.Finish(), 0));
  return row;
}

}  // namespace

Status DisposeSavepoint(FileSystem& files, const std::string& path) {
  MR_ASSIGN(const std::string folder, LocalPath(path));
  MR_ASSIGN(const state::CheckpointMetadata metadata, state::ReadMetadata(files, folder));
  if (metadata.savepoint) return files.RemoveTree(folder);
  return UserError(
      fmt::format("{} is a checkpoint of job {}, not a savepoint; its job removes it.", folder, metadata.job_id));
}

std::optional<int64_t> StoredWatermark(FileSystem& files, const std::string& folder,
                                       const state::CheckpointMetadata& metadata,
                                       const state::CheckpointMetadata::Operator& op) {
  const state::OperatorState stored = StateOf(files, folder, metadata, op.uid, kAllGroups);
  if (stored.parts.empty()) return std::nullopt;
  if (op.layout.kind == "window") {
    exec::FiredMarks marks;
    return marks.Decode(stored).ok() ? std::optional(marks.lowest()) : std::nullopt;
  }
  if (!op.name.starts_with("WatermarkAssigner")) return std::nullopt;
  int64_t lowest = exec::kEndOfTime;
  for (const state::OperatorPart& part : stored.parts) {
    std::string_view bytes = part.values;
    int64_t watermark = 0;
    if (!state::TakeNumber(bytes, &watermark).ok()) return std::nullopt;
    lowest = std::min(lowest, watermark);
  }
  return lowest;
}

Result<StateExport> StateExport::Of(const state::CheckpointMetadata::Operator& op) {
  if (op.layout.kind.empty()) return UserError(fmt::format("{} ({}) keeps nothing by key.", op.name, op.uid));
  StateExport out;
  out.op_ = op;
  for (const auto& column : op.layout.columns) {
    MR_ASSIGN(out.columns_.emplace_back(), TypeOf(column.type));
  }
  for (const auto& aggregate : op.layout.aggregates) {
    MR_ASSIGN(out.aggregates_.emplace_back(), TypeOf(aggregate.type));
  }
  return out;
}

Status StateExport::Run(FileSystem& files, const std::string& folder, const state::CheckpointMetadata& metadata,
                        const std::function<Status(const StateRow&)>& take) const {
  MR_ASSIGN(exec::AggregateSet aggregates, MakeAggregates(op_.layout));
  WindowReader windows(std::move(aggregates), columns_);
  const state::OperatorState stored = StateOf(files, folder, metadata, op_.uid, kAllGroups);
  EntryTaker taker([&](const state::KeyedEntry& entry) -> Status {
    MR_ASSIGN(const StateRow row, op_.layout.kind == "window" ? windows.Read(entry) : ReadPlainRow(entry, columns_));
    return take(row);
  });
  const auto native = [](const state::OperatorPart& part) { return !part.native_files.empty(); };
  if (std::any_of(stored.parts.begin(), stored.parts.end(), native)) {
    MR_ASSIGN(exec::AggregateSet again, MakeAggregates(op_.layout));
    return MergeWindows(files, stored, columns_, std::move(again), taker);
  }
  for (const state::OperatorPart& part : stored.parts) {
    if (!part.read_keyed) continue;
    MR_TRY(part.read_keyed(kAllGroups, [&](const state::KeyedEntry& entry) { return taker.Add(entry); }));
  }
  return Ok();
}

}  // namespace millrace::engine
