// GET …/metrics: lists of names, values of names, and aggregates; and all of it for Prometheus.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/rest/metric_values.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;
using engine::VertexReport;

// A query parameter that holds a list; absent = everything.
class Names {
 public:
  Names(const http::Request& request, std::string_view parameter) {
    const auto text = request.Query(parameter);
    if (text) names_ = Split(*text, ',');
  }
  bool all() const { return names_.empty(); }
  bool Has(std::string_view name) const {
    return all() || std::find(names_.begin(), names_.end(), name) != names_.end();
  }

 private:
  std::vector<std::string> names_;
};

// Without ?get= the names alone, as Flink answers.
http::Response Collection(const std::vector<MetricValue>& metrics, const http::Request& request) {
  const Names wanted(request, "get");
  Json out = Json::MakeArray();
  for (const MetricValue& metric : metrics) {
    if (!wanted.Has(metric.id)) continue;
    Json one = Json::MakeObject();
    one.Set("id", metric.id);
    if (!wanted.all()) one.Set("value", metric.ToText());
    out.Append(std::move(one));
  }
  return Answer(out);
}

Json Aggregate(const std::string& id, const std::vector<double>& values, const Names& kinds) {
  double sum = 0;
  for (const double value : values) sum += value;
  const auto count = static_cast<double>(values.size());
  const double mean = sum / count;
  double distance = 0;
  for (const double value : values) distance += std::abs(value - mean);
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  // Flink 1.20: the mean distance from the mean, in percent of it; 0 for a single value.
  const double skew = mean == 0 || values.size() < 2 ? 0 : std::min(100.0, distance / count / mean * 100.0);
  Json out = Json::MakeObject();
  out.Set("id", id);
  if (kinds.Has("min")) out.Set("min", *min);
  if (kinds.Has("max")) out.Set("max", *max);
  if (kinds.Has("avg")) out.Set("avg", mean);
  if (kinds.Has("sum")) out.Set("sum", sum);
  if (kinds.Has("skew")) out.Set("skew", skew);
  return out;
}

// Over what there are several of: the same names of all of them.
http::Response Aggregates(const std::vector<std::vector<MetricValue>>& metrics, const http::Request& request) {
  const Names wanted(request, "get");
  const Names kinds(request, "agg");
  std::vector<std::string> order;
  std::map<std::string, std::vector<double>> values;
  for (const auto& of_one : metrics) {
    for (const MetricValue& metric : of_one) {
      if (metric.is_text() || !wanted.Has(metric.id)) continue;
      auto& list = values[metric.id];
      if (list.empty()) order.push_back(metric.id);
      list.push_back(metric.number);
    }
  }
  Json out = Json::MakeArray();
  for (const std::string& id : order) {
    Json name = Json::MakeObject();
    out.Append(wanted.all() ? std::move(name.Set("id", id)) : Aggregate(id, values[id], kinds));
  }
  return Answer(out);
}

std::vector<MetricValue> Prefixed(std::vector<MetricValue> metrics, const std::string& prefix) {
  for (MetricValue& metric : metrics) metric.id = prefix + metric.id;
  return metrics;
}

// As Flink's MetricQueryService: '.' separates, ':' and ',' would have to be escaped in a URL.
std::string NameInMetrics(std::string name) {
  std::replace_if(name.begin(), name.end(), [](char c) { return c == ' ' || c == '.' || c == ':' || c == ','; }, '_');
  return name;
}

// "0.numRecordsIn" of each subtask; operators, counted over all of them, as "0.<operator>.numRecordsIn".
std::vector<MetricValue> VertexMetrics(const VertexReport& vertex, const JobRates& rates) {
  std::vector<MetricValue> out;
  const auto add = [&](std::vector<MetricValue> more) { out.insert(out.end(), more.begin(), more.end()); };
  for (const auto& subtask : vertex.subtasks) {
    add(Prefixed(SubtaskMetrics(vertex, subtask, rates.Of(vertex.id, subtask.index)),
                 fmt::format("{}.", subtask.index)));
  }
  for (const auto& op : vertex.operators) {
    add(Prefixed(OperatorMetrics(op, rates.OfOperator(op.id)), fmt::format("0.{}.", NameInMetrics(op.name))));
  }
  return out;
}

// The names of jobs or task managers that ?jobs= and ?taskmanagers= choose.
std::vector<std::vector<MetricValue>> OfJobs(const RestContext& context, const http::Request& request) {
  const Names wanted(request, "jobs");
  std::vector<std::vector<MetricValue>> out;
  for (const JobReport& job : context.jobs.Jobs()) {
    if (wanted.Has(job.id)) out.push_back(JobMetrics(job));
  }
  return out;
}

std::vector<std::vector<MetricValue>> OfTaskManagers(const RestContext& context, const http::Request& request) {
  const Names wanted(request, "taskmanagers");
  std::vector<std::vector<MetricValue>> out;
  for (const auto& one : context.jobs.TaskManagers()) {
    if (wanted.Has(one.id)) out.push_back(TaskManagerMetrics(one));
  }
  return out;
}

http::Response Watermarks(const VertexReport& vertex) {
  Json out = Json::MakeArray();
  for (const auto& subtask : vertex.subtasks) {
    Json one = Json::MakeObject();
    one.Set("id", fmt::format("{}.currentInputWatermark", subtask.index));
    out.Append(std::move(one.Set("value", std::to_string(subtask.watermark))));
  }
  return Answer(out);
}

void AddVertexMetricRoutes(http::Router& router, const RestContext& context) {
  const std::string vertex_path = "/jobs/{jobid}/vertices/{vertexid}";
  AddRoute(router, "GET", vertex_path + "/metrics",
           WithVertex(context, [&context](const JobReport& job, const VertexReport& vertex, http::Request& request) {
             return Collection(VertexMetrics(vertex, *context.history.RatesOf(job.id)), request);
           }));
  AddRoute(router, "GET", vertex_path + "/watermarks",
           WithVertex(context,
                      [](const JobReport&, const VertexReport& vertex, http::Request&) { return Watermarks(vertex); }));
  AddRoute(router, "GET", vertex_path + "/jm-operator-metrics",
           WithVertex(context, [](const JobReport&, const VertexReport&, http::Request& request) {
             return Collection({}, request);
           }));
  AddRoute(router, "GET", vertex_path + "/subtasks/metrics",
           WithVertex(context, [&context](const JobReport& job, const VertexReport& vertex, http::Request& request) {
             const auto rates = context.history.RatesOf(job.id);
             const Names wanted(request, "subtasks");
             std::vector<std::vector<MetricValue>> metrics;
             for (const auto& one : vertex.subtasks) {
               if (!wanted.Has(std::to_string(one.index))) continue;
               metrics.push_back(SubtaskMetrics(vertex, one, rates->Of(vertex.id, one.index)));
             }
             return Aggregates(metrics, request);
           }));
  AddRoute(router, "GET", vertex_path + "/subtasks/{subtask}/metrics",
           WithVertex(context, [&context](const JobReport& job, const VertexReport& vertex, http::Request& request) {
             const auto index = ParseInt64(request.Parameter("subtask")).value_or(-1);
             if (index < 0 || index >= static_cast<int64_t>(vertex.subtasks.size())) {
               return AnswerError(404, fmt::format("Invalid subtask index {}", request.Parameter("subtask")));
             }
             const auto at = static_cast<size_t>(index);
             const SubtaskRates rates = context.history.RatesOf(job.id)->Of(vertex.id, at);
             return Collection(SubtaskMetrics(vertex, vertex.subtasks[at], rates), request);
           }));
}

}  // namespace

void AddMetricRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "GET", "/jobs/metrics",
           [&context](http::Request& request) { return Aggregates(OfJobs(context, request), request); });
  AddRoute(router, "GET", "/taskmanagers/metrics",
           [&context](http::Request& request) { return Aggregates(OfTaskManagers(context, request), request); });
  AddRoute(router, "GET", "/jobmanager/metrics",
           [&context](http::Request& request) { return Collection(ClusterMetrics(context.jobs), request); });
  AddRoute(router, "GET", "/taskmanagers/{taskmanagerid}/metrics", [&context](http::Request& request) {
    const std::string& id = request.Parameter("taskmanagerid");
    for (const auto& one : context.jobs.TaskManagers()) {
      if (one.id == id) return Collection(TaskManagerMetrics(one), request);
    }
    return AnswerError(404, fmt::format("TaskExecutor {} not found", id));
  });
  AddRoute(router, "GET", "/jobs/{jobid}/metrics", WithJob(context, [](const JobReport& job, http::Request& request) {
             return Collection(JobMetrics(job), request);
           }));
  AddVertexMetricRoutes(router, context);
  router.Add("GET", "/metrics", [&context](http::Request&) {
    return http::Response::Of(200, PrometheusText(context.jobs, context.history, Role::kJobManager),
                              "text/plain; version=0.0.4; charset=utf-8");
  });
}

}  // namespace millrace::server
