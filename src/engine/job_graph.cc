#include "engine/job_graph.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/hash.h"

namespace millrace::engine {
namespace {

using plan::PhysicalKind;
using plan::PhysicalNode;
using TaskVertex = exec::Task::Vertex;

std::string_view ShipStrategy(const plan::Exchange& exchange) {
  switch (exchange.kind) {
    case plan::Exchange::Kind::kForward: return "FORWARD";
    case plan::Exchange::Kind::kHash: return "HASH";
    case plan::Exchange::Kind::kSingle: return "GLOBAL";
  }
  return "";
}

std::string VertexId(const std::string& uid) {
  return fmt::format("{:016x}{:016x}", HashBytes(uid), HashBytes(uid + "#"));
}

class Cutter {
 public:
  // Adds the vertex that ends in `last`, behind those it reads; returns its id.
  std::string Add(const PhysicalNode& last, const PhysicalNode* exit) {
    JobVertex vertex;
    vertex.exit = exit;
    Collect(last, vertex);
    for (const PhysicalNode* node : vertex.nodes) {
      vertex.name += (vertex.name.empty() ? "" : " -> ") + plan::ChainName(*node);
    }
    vertex.id = VertexId(vertex.nodes.front()->uid);
    vertices_.push_back(std::move(vertex));
    return vertices_.back().id;
  }
  std::vector<JobVertex> Take() { return std::move(vertices_); }

 private:
  void Collect(const PhysicalNode& node, JobVertex& vertex) {
    for (const plan::PhysicalPtr& input : node.inputs) {
      if (input->kind == PhysicalKind::kExchange) {
        vertex.entries.push_back(input.get());
        vertex.inputs.push_back({Add(*input->inputs[0], input.get()), std::string(ShipStrategy(input->exchange))});
      } else if (node.inputs.size() > 1) {
        vertex.inputs.push_back({Add(*input, nullptr), "FORWARD"});
      } else {
        Collect(*input, vertex);
      }
    }
    vertex.nodes.push_back(&node);
  }

  std::vector<JobVertex> vertices_;
};

// Null for a node that the slot does without: a local aggregation at parallelism 1 hands its rows on as they are.
const TaskVertex* Find(const exec::Task& task, const PhysicalNode& node) {
  for (const auto& vertex : task.vertices()) {
    if (vertex->node == &node) return vertex.get();
  }
  return nullptr;
}

int64_t RecordsOut(const exec::Task& task, const PhysicalNode& node) {
  const TaskVertex* vertex = Find(task, node);
  return vertex == nullptr ? RecordsOut(task, *node.inputs[0]) : vertex->metrics.records_out.Get();
}

void AddCounts(const exec::Task& task, const PhysicalNode& node, OperatorReport& report) {
  const TaskVertex* vertex = Find(task, node);
  report.records_out += RecordsOut(task, node);
  if (vertex == nullptr) {
    report.records_in += RecordsOut(task, node);
    return;
  }
  const exec::OperatorMetrics& metrics = vertex->metrics;
  report.records_in += metrics.records_in.Get();
  if (node.kind == PhysicalKind::kSink) report.bytes_out += metrics.bytes_out.Get();
  report.late_rows += metrics.late_rows.Get();
  report.bad_records += metrics.bad_records.Get();
  report.windows_fired += metrics.windows_fired.Get();
  report.state_rows += metrics.state_rows.Get();
  report.state_bytes += metrics.state_bytes.Get();
}

OperatorReport ReportOperator(const PhysicalNode& node) {
  OperatorReport report;
  report.id = node.id;
  report.name = plan::OperatorName(node);
  report.description = plan::Description(node);
  report.table = Join(node.table_path, ".");
  if (node.source != nullptr) report.use = node.source->use();
  if (node.sink != nullptr) report.use = node.sink->use();
  report.line = node.line;
  return report;
}

// Sources and exchanges know the time and the bytes of the vertex behind them, its operators those of their timers.
void AddTimesAndBytes(const exec::Task& task, const JobVertex& vertex, int64_t run_millis, SubtaskReport& report) {
  int64_t busy_nanos = 0;
  int64_t backpressured_nanos = 0;
  std::vector<const PhysicalNode*> nodes = vertex.nodes;
  nodes.insert(nodes.end(), vertex.entries.begin(), vertex.entries.end());
  for (const PhysicalNode* node : nodes) {
    const TaskVertex* found = Find(task, *node);
    if (found == nullptr) continue;
    const exec::OperatorMetrics& metrics = found->metrics;
    busy_nanos += metrics.busy_nanos.Get();
    backpressured_nanos += metrics.backpressured_nanos.Get();
    report.bytes_in += metrics.bytes_in.Get();
    if (node->kind == PhysicalKind::kSink) report.bytes_out += metrics.bytes_out.Get();
  }
  const TaskVertex* exit = vertex.exit == nullptr ? nullptr : Find(task, *vertex.exit);
  if (exit != nullptr) report.bytes_out += exit->metrics.bytes_out.Get();
  report.busy_millis = std::min(run_millis, busy_nanos / 1'000'000);
  report.backpressured_millis = std::min(run_millis - report.busy_millis, backpressured_nanos / 1'000'000);
  report.idle_millis = run_millis - report.busy_millis - report.backpressured_millis;
}

SubtaskReport ReportSubtask(const exec::Task& task, const JobVertex& vertex, SubtaskReport report) {
  if (task.finished() && report.state == "RUNNING") report.state = "FINISHED";
  const TaskVertex* first = Find(task, *vertex.nodes.front());
  if (first == nullptr) {
    report.records_in = RecordsOut(task, *vertex.nodes.front());
  } else {
    report.records_in = first->metrics.records_in.Get();
    report.watermark = first->metrics.watermark.Get();
  }
  report.records_out = RecordsOut(task, *vertex.nodes.back());
  return report;
}

const PhysicalNode* FindNode(const PhysicalNode& node, uint32_t id) {
  if (node.id == id) return &node;
  for (const plan::PhysicalPtr& input : node.inputs) {
    if (const PhysicalNode* found = FindNode(*input, id)) return found;
  }
  return nullptr;
}

bool EmitsNothing(PhysicalKind kind) {
  return kind == PhysicalKind::kSink || kind == PhysicalKind::kCollect || kind == PhysicalKind::kExchange;
}

// The operator whose output flows over the edge behind `node` in this slot.
TaskVertex* Emitter(const exec::Task& task, const PhysicalNode& node) {
  if (!EmitsNothing(node.kind)) {
    for (const auto& vertex : task.vertices()) {
      if (vertex->node == &node) return vertex.get();
    }
  }
  return node.inputs.empty() ? nullptr : Emitter(task, *node.inputs[0]);
}

}  // namespace

// An exchange belongs to the vertex behind it, which takes rows from it.
const JobVertex& VertexOf(const std::vector<JobVertex>& graph, const PhysicalNode& node) {
  for (const JobVertex& vertex : graph) {
    for (const auto* list : {&vertex.nodes, &vertex.entries}) {
      if (std::find(list->begin(), list->end(), &node) != list->end()) return vertex;
    }
  }
  return graph.back();
}

std::vector<JobVertex> CutIntoVertices(const plan::PhysicalPlan& plan) {
  Cutter cutter;
  for (const plan::PhysicalPtr& root : plan.roots) cutter.Add(*root, nullptr);
  return cutter.Take();
}

std::vector<VertexReport> ReportVertices(const std::vector<JobVertex>& graph, const JobRun* run, uint32_t parallelism,
                                         const SubtaskReport& subtask) {
  std::vector<VertexReport> out;
  for (const JobVertex& vertex : graph) {
    VertexReport& report = out.emplace_back();
    report.id = vertex.id;
    report.name = vertex.name;
    report.inputs = vertex.inputs;
    for (const PhysicalNode* node : vertex.nodes) report.operators.push_back(ReportOperator(*node));
    for (uint32_t slot = 0; slot < parallelism; ++slot) {
      SubtaskReport one = subtask;
      // The operators of a slot appear while it is built.
      if (run != nullptr && run->open()) {
        const exec::Task& task = *run->tasks()[slot];
        for (size_t i = 0; i < vertex.nodes.size(); ++i) AddCounts(task, *vertex.nodes[i], report.operators[i]);
        one = ReportSubtask(task, vertex, std::move(one));
        AddTimesAndBytes(task, vertex, run->lasted_millis(), one);
      }
      one.index = slot;
      report.subtasks.push_back(std::move(one));
    }
  }
  return out;
}

std::vector<SplitReport> ReportSplits(const JobRun& run) {
  std::vector<SplitReport> out;
  if (!run.open()) return out;
  for (uint32_t slot = 0; slot < run.tasks().size(); ++slot) {
    for (exec::Task::SourceSplit& split : run.tasks()[slot]->splits()) {
      out.push_back({.name = std::move(split.status.name),
                     .table = Join(split.source->table_path, "."),
                     .slot = slot,
                     .watermark = split.status.watermark,
                     .idle = split.status.idle});
    }
  }
  return out;
}

void AddTrouble(const JobRun& run, JobReport& report) {
  if (!run.open()) return;
  for (const auto& task : run.tasks()) {
    connect::Trouble one = task->trouble();
    if (one.text.empty()) continue;
    report.trouble = std::move(one.text);
    report.trouble_millis = one.since_millis;
    return;
  }
}

JobMetrics CountsOf(const JobRun& run) {
  JobMetrics out;
  if (!run.open()) return out;
  bool any_split = false;
  int64_t lowest = INT64_MAX;
  for (const auto& task : run.tasks()) {
    for (const auto& vertex : task->vertices()) {
      const PhysicalKind kind = vertex->node->kind;
      const exec::OperatorMetrics& metrics = vertex->metrics;
      if (kind == PhysicalKind::kSource || kind == PhysicalKind::kValues) out.records_in += metrics.records_out.Get();
      if (kind == PhysicalKind::kSink || kind == PhysicalKind::kCollect) out.records_out += metrics.records_out.Get();
      out.late_rows += metrics.late_rows.Get();
      out.windows_fired += metrics.windows_fired.Get();
      out.bad_records += metrics.bad_records.Get();
      out.snapshot_micros = std::max(out.snapshot_micros, metrics.snapshot_micros.Get());
    }
    for (exec::Task::SourceSplit& split : task->splits()) {
      any_split = true;
      if (!split.status.idle) lowest = std::min(lowest, split.status.watermark);
      out.splits.push_back({std::move(split.status.name), split.status.watermark, split.status.idle});
    }
  }
  if (any_split) out.watermark = lowest;
  return out;
}

Result<EdgeSample> LookAtEdge(const plan::PhysicalPlan& plan, const JobRun* run, uint32_t operator_id,
                              int64_t now_millis) {
  const PhysicalNode* node = nullptr;
  for (const plan::PhysicalPtr& root : plan.roots) {
    if (node == nullptr) node = FindNode(*root, operator_id);
  }
  if (node == nullptr) {
    return UserError(fmt::format("The job has no operator {}.", operator_id)).WithCode("OPERATOR_NOT_FOUND");
  }
  EdgeSample sample;
  while (EmitsNothing(node->kind)) node = node->inputs[0].get();
  sample.schema = node->schema;
  if (run == nullptr || !run->open()) return sample;
  for (const auto& task : run->tasks()) {
    TaskVertex* emitter = Emitter(*task, *node);
    if (emitter == nullptr) continue;
    sample.schema = emitter->node->schema;
    for (exec::SampledRow& row : emitter->sampler.Look(now_millis)) {
      sample.rows.push_back({row.seen_millis, std::string(RowKindShortName(row.kind)), std::move(row.cells)});
    }
  }
  std::stable_sort(sample.rows.begin(), sample.rows.end(),
                   [](const auto& a, const auto& b) { return a.seen_millis < b.seen_millis; });
  return sample;
}

}  // namespace millrace::engine
