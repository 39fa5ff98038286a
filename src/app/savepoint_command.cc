// millrace savepoint take | inspect
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/jobs_client.h"
#include "base/file.h"
#include "base/local_path.h"
#include "codec/json.h"
#include "data/hash.h"
#include "engine/state_export.h"

namespace millrace::app {
namespace {

using codec::Json;
using state::CheckpointMetadata;

// What all slots wrote of one operator.
struct Total {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint32_t slots = 0;
  std::vector<state::StoredOperator::Split> splits;
};

Total TotalOf(const CheckpointMetadata& metadata, const std::string& uid) {
  Total total;
  for (const state::StoredOperator& part : metadata.parts) {
    if (part.uid != uid) continue;
    ++total.slots;
    total.entries += part.num_entries;
    total.bytes += part.size + part.values.size();
    for (const state::StoredFile& file : part.native_files) total.bytes += file.size;
    total.splits.insert(total.splits.end(), part.splits.begin(), part.splits.end());
  }
  std::sort(total.splits.begin(), total.splits.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return total;
}

std::string TimeText(int64_t millis) {
  if (millis == INT64_MIN) return "none yet";
  if (millis == INT64_MAX) return "end of input";
  return FormatTimestamp(millis, 0, 3) + " UTC";
}

Json TimeJson(int64_t millis) { return millis == INT64_MIN || millis == INT64_MAX ? Json() : Json(millis); }

std::string LayoutText(const state::StateLayout& layout) {
  std::string out = layout.definition;
  for (const auto& column : layout.columns)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", column.name, column.type);
  for (const auto& aggregate : layout.aggregates)
    out += fmt::format(", {} = {}({})", aggregate.name, aggregate.function,
                       aggregate.arg_types.empty() ? "*" : aggregate.arg_types[0]);
  return out;
}

void PrintText(const std::string& folder, const CheckpointMetadata& metadata) {
  fmt::print("{} {} of job {} ({})\n", metadata.savepoint ? "Savepoint" : "Checkpoint", metadata.id, metadata.job_name,
             metadata.job_id);
  fmt::print("taken {}, {} slots, {} key groups, backend {}\n", TimeText(metadata.time_millis), metadata.parallelism,
             metadata.key_groups, metadata.backend);
  for (const auto& op : metadata.operators) {
    const Total total = TotalOf(metadata, op.uid);
    if (total.slots == 0) continue;
    fmt::print("\n{}\n  id         {}\n", op.name, op.uid);
    if (!op.layout.kind.empty()) fmt::print("  state      {}\n", LayoutText(op.layout));
    if (!op.layout.kind.empty()) fmt::print("  entries    {}\n", total.entries);
    fmt::print("  bytes      {}\n", total.bytes);
    if (const auto watermark = engine::StoredWatermark(RealFileSystem(), folder, metadata, op))
      fmt::print("  watermark  {}\n", TimeText(*watermark));
    for (const auto& split : total.splits)
      fmt::print("  {:<24} position {:<12} watermark {}\n", split.name, split.position, TimeText(split.watermark));
  }
}

void PrintJson(const std::string& folder, const CheckpointMetadata& metadata) {
  Json out = Json::MakeObject();
  out.Set("id", static_cast<int64_t>(metadata.id)).Set("savepoint", metadata.savepoint);
  out.Set("job_id", metadata.job_id).Set("job_name", metadata.job_name).Set("time", metadata.time_millis);
  out.Set("parallelism", static_cast<int64_t>(metadata.parallelism));
  out.Set("key_groups", static_cast<int64_t>(metadata.key_groups)).Set("backend", metadata.backend);
  Json operators = Json::MakeArray();
  for (const auto& op : metadata.operators) {
    const Total total = TotalOf(metadata, op.uid);
    if (total.slots == 0) continue;
    Json row = Json::MakeObject();
    row.Set("id", op.uid).Set("name", op.name).Set("state", LayoutText(op.layout));
    row.Set("entries", static_cast<int64_t>(total.entries)).Set("bytes", static_cast<int64_t>(total.bytes));
    const auto watermark = engine::StoredWatermark(RealFileSystem(), folder, metadata, op);
    row.Set("watermark", watermark ? TimeJson(*watermark) : Json());
    Json splits = Json::MakeArray();
    for (const auto& split : total.splits) {
      Json one = Json::MakeObject();
      one.Set("name", split.name).Set("position", split.position).Set("watermark", TimeJson(split.watermark));
      splits.Append(std::move(one));
    }
    row.Set("splits", std::move(splits));
    operators.Append(std::move(row));
  }
  out.Set("operators", std::move(operators));
  fmt::print("{}\n", out.ToString());
}

Json ValueJson(const Value& value, const DataType& type) {
  if (value.is_null()) return {};
  if (type.kind == TypeKind::kBoolean) return std::get<bool>(value);
  if (type.IsInteger()) return std::get<int64_t>(value);
  if (type.kind == TypeKind::kDouble || type.kind == TypeKind::kFloat) return std::get<double>(value);
  return ValueToString(value, type);
}

Status ExportOperator(const std::string& folder, const CheckpointMetadata& metadata,
                      const CheckpointMetadata::Operator& op) {
  MR_ASSIGN(const engine::StateExport state, engine::StateExport::Of(op));
  return state.Run(RealFileSystem(), folder, metadata, [&](const engine::StateRow& row) -> Status {
    Json line = Json::MakeObject();
    line.Set("operator", op.uid).Set("key_group", static_cast<int64_t>(row.key_group));
    if (row.slice_end) line.Set("slice_end", *row.slice_end);
    for (size_t i = 0; i < row.columns.size(); ++i)
      line.Set(op.layout.columns[i].name, ValueJson(row.columns[i], state.columns()[i]));
    for (size_t i = 0; i < row.aggregates.size(); ++i)
      line.Set(op.layout.aggregates[i].name, ValueJson(row.aggregates[i], state.aggregates()[i]));
    fmt::print("{}\n", line.ToString());
    return Ok();
  });
}

// `wanted`: a uid or a name; "all" = every operator that keeps something by key.
Status Export(const std::string& folder, const CheckpointMetadata& metadata, const std::string& wanted) {
  bool any = false;
  std::string names;
  for (const auto& op : metadata.operators) {
    if (op.layout.kind.empty()) continue;
    names += (names.empty() ? "" : ", ") + op.uid;
    if (wanted != "all" && wanted != op.uid && wanted != op.name) continue;
    any = true;
    MR_TRY(ExportOperator(folder, metadata, op));
  }
  if (any) return Ok();
  return UserError(fmt::format("No operator '{}' in {} keeps anything by key.", wanted, folder))
      .WithHint(names.empty() ? "No operator of this job does." : "There are: " + names);
}

Result<int> Take(const Arguments& arguments) {
  JobsClient client(arguments.Get("jobmanager"));
  const auto& words = arguments.positional();
  Json body = Json::MakeObject();
  body.Set("cancel-job", false);
  if (words.size() > 2) body.Set("target-directory", AbsolutePath(words[2]));  // a Flink cluster knows other schemes
  MR_ASSIGN(const std::string path, client.Savepoint(words[1], "savepoints", body));
  PrintSavepoint(arguments, words[1], path);
  return kExitOk;
}

Result<int> Inspect(const Arguments& arguments) {
  MR_ASSIGN(const std::string folder, LocalPath(arguments.positional()[1]));
  MR_ASSIGN(const CheckpointMetadata metadata, state::ReadMetadata(RealFileSystem(), folder));
  if (arguments.Has("verify")) MR_TRY(state::VerifyCheckpoint(RealFileSystem(), folder, metadata));
  if (arguments.Has("export")) {
    MR_TRY(Export(folder, metadata, arguments.Get("export")));
  } else if (arguments.Has("json")) {
    PrintJson(folder, metadata);
  } else {
    PrintText(folder, metadata);
    if (arguments.Has("verify")) fmt::print("\nAll checksums are right.\n");
  }
  return kExitOk;
}

Result<int> Run(const Arguments& arguments) {
  return arguments.positional()[0] == "take" ? Take(arguments) : Inspect(arguments);
}

}  // namespace

Command SavepointCommand() {
  ArgumentSpec spec{
      .command = "millrace savepoint",
      .summary = "Takes a savepoint of a running job; shows what a savepoint or checkpoint holds.",
      .flags = {{"--jobmanager", "URL", "take: the REST address of the job's process", kDefaultJobManager},
                {"--export", "OPERATOR", "keyed state as JSON lines, of one operator (id or name) or of 'all'", ""},
                {"--verify", "", "read everything and check every checksum", ""},
                {"--json", "", "one JSON object", ""}},
      .positional = "take JOB_ID [DIR] | inspect PATH",
      .positional_doc =
          "DIR: where it goes (default: execution.checkpointing.savepoint-dir); PATH: the folder with _metadata",
      .min_positional = 2,
      .max_positional = 3,
      .epilog =
          "`millrace stop` and, in the SQL client, STOP JOB '<id>' WITH SAVEPOINT stop a job behind a savepoint. SET "
          "'execution.state-recovery.path' = "
          "'PATH' before an INSERT starts a job from one."};
  return {std::move(spec), Run};
}

}  // namespace millrace::app
