#include "server/history/job_rates.h"

#include <algorithm>

namespace millrace::server {
namespace {

constexpr size_t kLooks = 6;  // five seconds at one look a second

// A counter starts again at 0 with each run of the job.
double PerSecond(int64_t before, int64_t now, int64_t millis) {
  return now <= before ? 0 : static_cast<double>(now - before) * 1000.0 / static_cast<double>(millis);
}

double Share(int64_t before, int64_t now, int64_t millis) {
  return std::min(1.0, PerSecond(before, now, millis) / 1000.0);
}

SubtaskRates Between(const engine::SubtaskReport& before, const engine::SubtaskReport& now, int64_t millis) {
  return {.records_in = PerSecond(before.records_in, now.records_in, millis),
          .records_out = PerSecond(before.records_out, now.records_out, millis),
          .bytes_in = PerSecond(before.bytes_in, now.bytes_in, millis),
          .bytes_out = PerSecond(before.bytes_out, now.bytes_out, millis),
          .busy = Share(before.busy_millis, now.busy_millis, millis),
          .backpressured = Share(before.backpressured_millis, now.backpressured_millis, millis),
          .idle = Share(before.idle_millis, now.idle_millis, millis)};
}

}  // namespace

bool IsSource(const engine::VertexReport& vertex, const engine::OperatorReport& op) {
  return vertex.inputs.empty() && &op == &vertex.operators.front();
}

bool IsSink(const engine::VertexReport& vertex, const engine::OperatorReport& op) {
  return &op == &vertex.operators.back() && (op.name.starts_with("Sink") || op.name.ends_with("Writer"));
}

SubtaskRates JobRates::Of(const std::string& vertex, size_t subtask) const {
  const auto it = vertices.find(vertex);
  return it == vertices.end() || subtask >= it->second.size() ? SubtaskRates() : it->second[subtask];
}

SubtaskRates JobRates::OfVertex(const std::string& vertex) const {
  SubtaskRates out;
  const auto it = vertices.find(vertex);
  if (it == vertices.end()) return out;
  out.idle = it->second.empty() ? 0 : 1;
  for (const SubtaskRates& one : it->second) {
    out.records_in += one.records_in;
    out.records_out += one.records_out;
    out.bytes_in += one.bytes_in;
    out.bytes_out += one.bytes_out;
    out.busy = std::max(out.busy, one.busy);
    out.backpressured = std::max(out.backpressured, one.backpressured);
    out.idle = std::min(out.idle, one.idle);
  }
  return out;
}

OperatorRates JobRates::OfOperator(uint32_t id) const {
  const auto it = operators.find(id);
  return it == operators.end() ? OperatorRates() : it->second;
}

JobCounts CountsOfJob(const engine::JobReport& report) {
  JobCounts out;
  for (const engine::VertexReport& vertex : report.vertices) {
    for (const engine::OperatorReport& op : vertex.operators) {
      if (IsSource(vertex, op)) out.records_in += op.records_out;
      if (IsSink(vertex, op)) out.records_out += op.records_in;
      out.late_rows += op.late_rows;
      out.state_bytes += op.state_bytes;
    }
  }
  return out;
}

int64_t WatermarkOfJob(const engine::JobReport& report) {
  int64_t lowest = INT64_MAX;
  for (const engine::SplitReport& split : report.splits) {
    if (!split.idle) lowest = std::min(lowest, split.watermark);
  }
  return lowest == INT64_MAX ? INT64_MIN : lowest;
}

RateMeter::Counts RateMeter::CountsOf(const engine::JobReport& report) {
  Counts out{.millis = report.now_millis};
  const JobCounts sums = CountsOfJob(report);
  out.records_in = sums.records_in;
  out.records_out = sums.records_out;
  out.late_rows = sums.late_rows;
  for (const engine::VertexReport& vertex : report.vertices) {
    out.subtasks.insert(out.subtasks.end(), vertex.subtasks.begin(), vertex.subtasks.end());
    for (const engine::OperatorReport& op : vertex.operators) out.operators.emplace_back(op.records_in, op.records_out);
  }
  return out;
}

void RateMeter::Add(const engine::JobReport& report) {
  recent_.push_back(CountsOf(report));
  if (recent_.size() > kLooks) recent_.pop_front();
  const Counts& now = recent_.back();
  const auto rates = std::make_shared<JobRates>();
  rates_ = rates;
  // Another plan, or a clock that went back.
  while (recent_.size() > 1 &&
         (recent_.front().subtasks.size() != now.subtasks.size() ||
          recent_.front().operators.size() != now.operators.size() || recent_.front().millis >= now.millis)) {
    recent_.pop_front();
  }
  if (recent_.size() < 2) return;
  const Counts& before = recent_.front();
  const int64_t millis = now.millis - before.millis;
  rates->records_in = PerSecond(before.records_in, now.records_in, millis);
  rates->records_out = PerSecond(before.records_out, now.records_out, millis);
  rates->late_rows = PerSecond(before.late_rows, now.late_rows, millis);
  size_t subtask = 0;
  size_t op = 0;
  for (const engine::VertexReport& vertex : report.vertices) {
    auto& subtasks = rates->vertices[vertex.id];
    for (size_t i = 0; i < vertex.subtasks.size(); ++i, ++subtask) {
      subtasks.push_back(Between(before.subtasks[subtask], now.subtasks[subtask], millis));
    }
    for (const engine::OperatorReport& one : vertex.operators) {
      rates->operators[one.id] = {PerSecond(before.operators[op].first, now.operators[op].first, millis),
                                  PerSecond(before.operators[op].second, now.operators[op].second, millis)};
      ++op;
    }
  }
}

}  // namespace millrace::server
