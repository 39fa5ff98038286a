#include "cluster/protocol.h"

#include <cstring>
#include <numeric>

#include "data/row_encoding.h"
#include "engine/json_fields.h"

namespace millrace::engine {

template <typename F>
void Fields(F& field, TaskManagerReport& report) {
  field("id", report.id);
  field("address", report.address);
  field("slots", report.slots);
  field("free_slots", report.free_slots);
  field("last_heartbeat_millis", report.last_heartbeat_millis);
  field("start_millis", report.start_millis);
  field("process_id", report.process_id);
  field("cpu_cores", report.cpu_cores);
  field("physical_memory", report.physical_memory);
  field("resident_memory", report.resident_memory);
  field("disk_free", report.disk_free);
  field("data_directory", report.data_directory);
  field("jobs", report.jobs);
}

}  // namespace millrace::engine

namespace millrace::cluster {

using codec::Json;
using engine::FieldReader;
using engine::FieldWriter;

template <typename F>
void Fields(F& field, JobAttempt& job) {
  field("id", job.id);
  field("attempt", job.attempt);
}

template <typename F>
void Fields(F& field, HeartbeatAnswer& answer) {
  field("forget", answer.forget);
  field("leave", answer.leave);
  field("cancel", answer.cancel);
  field("describe", answer.describe);
}

namespace {

struct ErrorFields {
  uint32_t domain = 0;
  bool retry = false;
  std::string code;
  std::string message;
  std::string hint;
  bool has_span = false;
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 0;
  uint32_t column = 0;
};

template <typename F>
void Fields(F& field, ErrorFields& error) {
  field("domain", error.domain);
  field("retry", error.retry);
  field("code", error.code);
  field("message", error.message);
  field("hint", error.hint);
  field("has_span", error.has_span);
  field("offset", error.offset);
  field("length", error.length);
  field("line", error.line);
  field("column", error.column);
}

// The member, or null for one that is absent.
const Json& Member(const Json& json, std::string_view name) {
  static const Json null;
  const Json* member = json.Find(name);
  return member == nullptr ? null : *member;
}

Result<int64_t> Integer(const Json& json, std::string_view name) {
  const Json& member = Member(json, name);
  if (member.is_int()) return member.AsInt();
  return UserError(fmt::format("'{}' is no integer.", name));
}

bool Flag(const Json& json, std::string_view name) {
  const Json& member = Member(json, name);
  return member.is_bool() && member.AsBool();
}

Json FieldsToJson(const std::vector<Field>& fields) {
  Json out = Json::MakeArray();
  for (const Field& field : fields) {
    const DataType& type = field.type;
    Json one = Json::MakeObject();
    one.Set("name", field.name).Set("kind", static_cast<int>(type.kind)).Set("nullable", type.nullable);
    one.Set("precision", type.precision).Set("scale", type.scale);
    if (type.children != nullptr) one.Set("children", FieldsToJson(*type.children));
    out.Append(std::move(one));
  }
  return out;
}

Result<std::vector<Field>> FieldsFromJson(const Json& json) {
  if (!json.is_array()) return UserError("A schema is no list.");
  std::vector<Field> out;
  for (const Json& one : json.items()) {
    Field& field = out.emplace_back();
    if (const std::string* name = one.FindString("name")) field.name = *name;
    MR_ASSIGN(const int64_t kind, Integer(one, "kind"));
    MR_ASSIGN(const int64_t precision, Integer(one, "precision"));
    MR_ASSIGN(const int64_t scale, Integer(one, "scale"));
    if (kind < 0 || kind > static_cast<int64_t>(TypeKind::kRow)) return UserError("A schema has an unknown type.");
    field.type = {.kind = static_cast<TypeKind>(kind),
                  .nullable = Flag(one, "nullable"),
                  .precision = static_cast<int32_t>(precision),
                  .scale = static_cast<int32_t>(scale)};
    if (one.Find("children") == nullptr) continue;
    MR_ASSIGN(std::vector<Field> children, FieldsFromJson(Member(one, "children")));
    field.type.children = std::make_shared<const std::vector<Field>>(std::move(children));
  }
  return out;
}

void PutSize(size_t size, std::string& out) {
  const auto value = static_cast<uint32_t>(size);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

bool TakeSize(std::string_view& bytes, uint32_t* size) {
  if (bytes.size() < sizeof *size) return false;
  std::memcpy(size, bytes.data(), sizeof *size);
  bytes.remove_prefix(sizeof *size);
  return true;
}

// Writes the length of what `fill` appends before it.
template <typename F>
void Framed(std::string& out, FrameKind kind, F fill) {
  const size_t at = out.size();
  PutSize(0, out);
  out += static_cast<char>(kind);
  fill();
  const auto size = static_cast<uint32_t>(out.size() - at - sizeof(uint32_t));
  std::memcpy(out.data() + at, &size, sizeof size);
}

Error Malformed() { return InternalError("A frame of rows is malformed."); }

Result<Batch> DecodeRows(std::string_view bytes, const Schema& schema) {
  std::vector<ColumnBuilder> builders;
  for (const Field& field : schema.fields) builders.emplace_back(field.type);
  auto kinds = std::make_shared<std::vector<RowKind>>();
  bool insert_only = true;
  while (!bytes.empty()) {
    const auto kind = static_cast<RowKind>(bytes.front());
    bytes.remove_prefix(1);
    uint32_t size = 0;
    if (kind > RowKind::kDelete || !TakeSize(bytes, &size) || bytes.size() < size) return Malformed();
    MR_TRY(DecodeRow(bytes.substr(0, size), builders));
    bytes.remove_prefix(size);
    kinds->push_back(kind);
    insert_only = insert_only && kind == RowKind::kInsert;
  }
  Batch batch{.num_rows = kinds->size()};
  for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
  if (!insert_only) batch.kinds = std::move(kinds);
  return batch;
}

}  // namespace

Json ToJson(const engine::TaskManagerReport& report) { return FieldWriter::Write(report); }

Json ToJson(const engine::EdgeSample& sample) {
  Json rows = Json::MakeArray();
  for (const engine::EdgeSample::Row& row : sample.rows) {
    Json cells = Json::MakeArray();
    for (const auto& cell : row.cells) cells.Append(cell ? Json(*cell) : Json());
    Json one = Json::MakeObject();
    one.Set("seen_millis", row.seen_millis).Set("kind", row.kind).Set("cells", std::move(cells));
    rows.Append(std::move(one));
  }
  Json out = Json::MakeObject();
  out.Set("schema", FieldsToJson(sample.schema.fields)).Set("rows", std::move(rows));
  return out;
}

Result<engine::EdgeSample> EdgeSampleFromJson(const Json& json) {
  engine::EdgeSample out;
  MR_ASSIGN(out.schema.fields, FieldsFromJson(Member(json, "schema")));
  const Json& rows = Member(json, "rows");
  if (!rows.is_array()) return UserError("A sample has no 'rows'.");
  for (const Json& one : rows.items()) {
    engine::EdgeSample::Row& row = out.rows.emplace_back();
    MR_ASSIGN(row.seen_millis, Integer(one, "seen_millis"));
    if (const std::string* kind = one.FindString("kind")) row.kind = *kind;
    const Json& cells = Member(one, "cells");
    if (!cells.is_array()) return UserError("A sampled row has no 'cells'.");
    for (const Json& cell : cells.items()) {
      row.cells.push_back(cell.is_string() ? std::optional(cell.AsString()) : std::nullopt);
    }
  }
  return out;
}

Json ToJson(const Heartbeat& heartbeat) {
  Json jobs = Json::MakeArray();
  for (const RunningJob& job : heartbeat.jobs) {
    Json one = Json::MakeObject();
    one.Set("id", job.id).Set("attempt", int64_t{job.attempt}).Set("report", engine::ToJson(job.report));
    if (!job.spec.id.empty()) one.Set("spec", engine::ToJson(job.spec));
    jobs.Append(std::move(one));
  }
  Json out = Json::MakeObject();
  out.Set("task_manager", ToJson(heartbeat.task_manager)).Set("leaving", heartbeat.leaving);
  return std::move(out.Set("jobs", std::move(jobs)));
}

Result<Heartbeat> HeartbeatFromJson(const Json& json) {
  Heartbeat out;
  MR_ASSIGN(out.task_manager,
            FieldReader::Read<engine::TaskManagerReport>(Member(json, "task_manager"), "task manager report"));
  out.leaving = Flag(json, "leaving");
  const Json& jobs = Member(json, "jobs");
  if (!jobs.is_array()) return UserError("A heartbeat has no 'jobs'.");
  for (const Json& one : jobs.items()) {
    RunningJob& job = out.jobs.emplace_back();
    if (const std::string* id = one.FindString("id")) job.id = *id;
    MR_ASSIGN(const int64_t attempt, Integer(one, "attempt"));
    job.attempt = static_cast<uint32_t>(attempt);
    MR_ASSIGN(job.report, engine::JobReportFromJson(Member(one, "report")));
    if (one.Find("spec") != nullptr) {
      MR_ASSIGN(job.spec, engine::JobSpecFromJson(Member(one, "spec")));
    }
  }
  return out;
}

Json ToJson(const HeartbeatAnswer& answer) { return FieldWriter::Write(answer); }

Result<HeartbeatAnswer> HeartbeatAnswerFromJson(const Json& json) {
  return FieldReader::Read<HeartbeatAnswer>(json, "answer to a heartbeat");
}

Json ToJson(const Deployment& deployment) {
  Json out = Json::MakeObject();
  out.Set("spec", engine::ToJson(deployment.spec)).Set("attempt", int64_t{deployment.attempt});
  return std::move(out.Set("needs_checkpoints", deployment.needs_checkpoints));
}

Result<Deployment> DeploymentFromJson(const Json& json) {
  Deployment out;
  MR_ASSIGN(out.spec, engine::JobSpecFromJson(Member(json, "spec")));
  MR_ASSIGN(const int64_t attempt, Integer(json, "attempt"));
  out.attempt = static_cast<uint32_t>(attempt);
  out.needs_checkpoints = Flag(json, "needs_checkpoints");
  return out;
}

Json ErrorToJson(const Error& error) {
  ErrorFields fields{.domain = static_cast<uint32_t>(error.domain),
                     .retry = error.retry == Retry::kYes,
                     .code = error.code,
                     .message = error.message,
                     .hint = error.hint,
                     .has_span = error.span.has_value()};
  if (error.span) {
    fields.offset = error.span->offset;
    fields.length = error.span->length;
    fields.line = error.span->line;
    fields.column = error.span->column;
  }
  Json out = Json::MakeObject();
  return std::move(out.Set("error", FieldWriter::Write(fields)));
}

Error ErrorFromJson(const Json& json) {
  const auto fields = FieldReader::Read<ErrorFields>(Member(json, "error"), "error");
  if (!fields.ok()) return ExternalError("An error that cannot be read: " + json.ToString(), Retry::kNo);
  Error out;
  out.domain = fields->domain <= static_cast<uint32_t>(ErrorDomain::kInternal)
                   ? static_cast<ErrorDomain>(fields->domain)
                   : ErrorDomain::kInternal;
  out.retry = fields->retry ? Retry::kYes : Retry::kNo;
  out.code = fields->code;
  out.message = fields->message;
  out.hint = fields->hint;
  if (fields->has_span) {
    out.span =
        SourceSpan{.offset = fields->offset, .length = fields->length, .line = fields->line, .column = fields->column};
  }
  return out;
}

size_t AppendRows(const Batch& batch, size_t first, size_t max_bytes, std::string& out) {
  std::vector<size_t> columns(batch.columns.size());
  std::iota(columns.begin(), columns.end(), size_t{0});
  const size_t enough = out.size() + max_bytes;
  size_t row = first;
  Framed(out, FrameKind::kRows, [&] {
    for (; row < batch.num_rows && (row == first || out.size() < enough); ++row) {
      out += static_cast<char>(batch.kind(row));
      const size_t at = out.size();
      PutSize(0, out);
      EncodeRow(batch, columns, row, out);
      const auto size = static_cast<uint32_t>(out.size() - at - sizeof(uint32_t));
      std::memcpy(out.data() + at, &size, sizeof size);
    }
  });
  return row;
}

void AppendEnd(std::string& out) {
  Framed(out, FrameKind::kEnd, [] {});
}

void AppendError(const Error& error, std::string& out) {
  Framed(out, FrameKind::kError, [&] { ErrorToJson(error).AppendTo(out); });
}

Result<Frame> TakeFrame(std::string_view& bytes, const Schema& schema) {
  uint32_t size = 0;
  if (!TakeSize(bytes, &size) || size < 1 || bytes.size() < size) return Malformed();
  const std::string_view body = bytes.substr(1, size - 1);
  Frame frame{.kind = static_cast<FrameKind>(bytes.front())};
  bytes.remove_prefix(size);
  switch (frame.kind) {
    case FrameKind::kRows: {
      MR_ASSIGN(frame.rows, DecodeRows(body, schema));
      return frame;
    }
    case FrameKind::kEnd: return frame;
    case FrameKind::kError: {
      MR_ASSIGN(const Json json, codec::ParseJson(body));
      frame.error = ErrorFromJson(json);
      return frame;
    }
  }
  return Malformed();
}

}  // namespace millrace::cluster
