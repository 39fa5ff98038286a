#include "server/remote_jobs.h"

#include <fmt/format.h>

namespace millrace::server {

using codec::Json;
using engine::JobReport;

namespace {

constexpr size_t kMaxAnswerBytes = size_t{512} << 20;  // full reports of thousands of jobs
constexpr int64_t kConnectMillis = 2'000;
// A savepoint answers when it is there.
constexpr int64_t kRequestMillis = 600'000;

// {"error": {"message", "hint"}}, or whatever a proxy in between has written.
Error ErrorOf(const http::ClientResponse& answer, const std::string& url) {
  const auto json = codec::ParseJson(answer.body);
  const Json* error = json.ok() ? json->Find("error") : nullptr;
  const std::string* message = error == nullptr ? nullptr : error->FindString("message");
  const std::string* hint = error == nullptr ? nullptr : error->FindString("hint");
  const std::string text = message == nullptr ? fmt::format("{} answered {}.", url, answer.status) : *message;
  Error out = answer.status < 500 ? UserError(text) : ExternalError(text);
  if (answer.status == 404) out.code = "JOB_NOT_FOUND";
  if (answer.status == 409) out.code = "JOB_ENDED";
  return hint == nullptr ? out : std::move(out).WithHint(*hint);
}

std::string JobPath(std::string_view id, std::string_view rest = "") {
  return fmt::format("/api/jobs/{}{}", http::UrlEncode(id), rest);
}

int64_t Int(const Json& json, std::string_view name) {
  const Json* value = json.Find(name);
  return value != nullptr && value->is_int() ? value->AsInt() : 0;
}

std::string Text(const Json& json, std::string_view name) {
  const std::string* text = json.FindString(name);
  return text == nullptr ? "" : *text;
}

std::vector<std::string> Texts(const Json& json, std::string_view name) {
  std::vector<std::string> out;
  const Json* list = json.Find(name);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& one : list->items()) {
    if (one.is_string()) out.push_back(one.AsString());
  }
  return out;
}

engine::TaskManagerReport TaskManagerOf(const Json& json) {
  engine::TaskManagerReport out;
  out.id = Text(json, "id");
  out.address = Text(json, "address");
  out.slots = static_cast<uint32_t>(Int(json, "slots"));
  out.free_slots = static_cast<uint32_t>(Int(json, "free_slots"));
  out.last_heartbeat_millis = Int(json, "last_heartbeat_millis");
  out.start_millis = Int(json, "start_millis");
  out.process_id = Int(json, "process_id");
  out.cpu_cores = static_cast<uint32_t>(Int(json, "cpu_cores"));
  out.physical_memory = Int(json, "physical_memory");
  out.resident_memory = Int(json, "resident_memory");
  out.disk_free = Int(json, "disk_free");
  out.data_directory = Text(json, "data_directory");
  out.jobs = Texts(json, "jobs");
  return out;
}

// Columns are texts here: their types' names are all the pages need.
engine::EdgeSample SampleOf(const Json& json) {
  engine::EdgeSample out;
  const auto items = [&json](std::string_view name) {
    const Json* list = json.Find(name);
    return list != nullptr && list->is_array() ? list->items() : Json::Array();
  };
  for (const Json& column : items("columns")) {
    out.schema.fields.push_back({.name = Text(column, "name"), .type = DataType::Of(TypeKind::kVarChar)});
  }
  for (const Json& row : items("rows")) {
    engine::EdgeSample::Row one{.seen_millis = Int(row, "seen_millis"), .kind = Text(row, "kind"), .cells = {}};
    const Json* cells = row.Find("cells");
    if (cells != nullptr && cells->is_array()) {
      for (const Json& cell : cells->items())
        one.cells.push_back(cell.is_string() ? std::optional(cell.AsString()) : std::nullopt);
    }
    out.rows.push_back(std::move(one));
  }
  return out;
}

}  // namespace

RemoteJobs::RemoteJobs(std::string url, engine::JobService& queries)
    : url_(std::move(url)),
      queries_(queries),
      http_({.connect_timeout_millis = kConnectMillis,
             .request_timeout_millis = kRequestMillis,
             .max_response_bytes = kMaxAnswerBytes}) {}
RemoteJobs::~RemoteJobs() = default;

Result<std::string> RemoteJobs::Call(std::string_view method, const std::string& path, std::string_view body) const {
  http::Headers headers;
  if (!body.empty()) headers.Add("Content-Type", "application/json");
  MR_ASSIGN(http::ClientResponse answer, http_.Send(method, url_ + path, body, headers));
  if (answer.status >= 400) return ErrorOf(answer, url_ + path);
  return std::move(answer.body);
}

Result<Json> RemoteJobs::CallJson(std::string_view method, const std::string& path, std::string_view body) const {
  MR_ASSIGN(const std::string text, Call(method, path, body));
  return codec::ParseJson(text, {.max_bytes = kMaxAnswerBytes});
}

Status RemoteJobs::Submit(const engine::JobSpec& spec) {
  MR_TRY(Call("POST", "/api/jobs", engine::ToJson(spec).ToString()));
  return Ok();
}

Result<std::unique_ptr<engine::RowStream>> RemoteJobs::Query(const engine::JobSpec& spec) {
  return queries_.Query(spec);
}

std::optional<JobReport> RemoteJobs::Find(std::string_view id) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = ended_.find(std::string(id)); known != ended_.end()) return known->second;
  }
  const auto json = CallJson("GET", JobPath(id));
  if (!json.ok()) return std::nullopt;
  auto report = engine::JobReportFromJson(*json);
  if (!report.ok()) return std::nullopt;
  if (report->ended()) {
    const std::lock_guard lock(mutex_);
    ended_[report->id] = *report;
  }
  return std::move(*report);
}

std::vector<JobReport> RemoteJobs::Jobs() const {
  const auto list = CallJson("GET", "/api/jobs?reports=live");
  const Json* jobs = list.ok() ? list->Find("jobs") : nullptr;
  if (jobs == nullptr || !jobs->is_array()) {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  std::vector<JobReport> out;
  for (const Json& job : jobs->items()) {
    const std::string id = Text(job, "id");
    if (JobReport{.state = Text(job, "state")}.ended()) {
      if (auto report = Find(id)) out.push_back(std::move(*report));
    } else if (auto report = engine::JobReportFromJson(job); report.ok()) {
      out.push_back(std::move(*report));
      const std::lock_guard lock(mutex_);
      ended_.erase(id);  // it may run again
    }
  }
  const std::lock_guard lock(mutex_);
  last_ = out;
  std::erase_if(ended_, [&out](const auto& known) {
    return std::none_of(out.begin(), out.end(), [&known](const JobReport& job) { return job.id == known.first; });
  });
  return out;
}

Status RemoteJobs::Cancel(std::string_view id) {
  MR_TRY(Call("POST", JobPath(id, "/cancel"), "{}"));
  return Ok();
}

Result<std::string> RemoteJobs::StopWithSavepoint(std::string_view id, std::string directory, bool drain) {
  Json body = Json::MakeObject();
  body.Set("drain", drain).Set("directory", std::move(directory));
  MR_ASSIGN(const Json answer, CallJson("POST", JobPath(id, "/stop"), body.ToString()));
  return Text(answer, "path");
}

Result<std::string> RemoteJobs::TakeSavepoint(std::string_view id, std::string directory) {
  Json body = Json::MakeObject();
  body.Set("directory", std::move(directory));
  MR_ASSIGN(const Json answer, CallJson("POST", JobPath(id, "/savepoint"), body.ToString()));
  return Text(answer, "path");
}

Result<std::string> RemoteJobs::TakeCheckpoint(std::string_view id) {
  MR_ASSIGN(const Json answer, CallJson("POST", JobPath(id, "/checkpoint"), "{}"));
  return Text(answer, "path");
}

Result<engine::EdgeSample> RemoteJobs::SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) {
  MR_ASSIGN(const Json answer,
            CallJson("GET", JobPath(id, fmt::format("/edges/{}/rows?limit={}", operator_id, limit))));
  return SampleOf(answer);
}

std::vector<engine::TaskManagerReport> RemoteJobs::TaskManagers() const {
  std::vector<engine::TaskManagerReport> out;
  const auto answer = CallJson("GET", "/api/task-managers");
  const Json* list = answer.ok() ? answer->Find("task_managers") : nullptr;
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& one : list->items()) out.push_back(TaskManagerOf(one));
  return out;
}

Result<std::string> RemoteJobs::TaskManagerText(std::string_view task_manager, std::string_view what) {
  if (task_manager.empty()) return queries_.TaskManagerText("", what);
  return Call("GET", fmt::format("/api/task-managers/{}/{}", http::UrlEncode(task_manager), what));
}

}  // namespace millrace::server
