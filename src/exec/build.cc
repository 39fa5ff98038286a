// Task::Build: from the physical plan to the operators of one slot.
#include "exec/operators.h"
#include "exec/task.h"
#include "exec/values.h"

namespace millrace::exec {

using plan::PhysicalKind;
using plan::PhysicalNode;

void MakeChannels(TaskShared& shared) {
  const std::function<void(const PhysicalNode&)> visit = [&](const PhysicalNode& node) {
    if (node.kind == PhysicalKind::kExchange && shared.plan->parallelism > 1) {
      shared.channels[&node] = std::make_unique<ExchangeChannels>(shared.plan->parallelism, shared.ring_capacity);
    }
    for (const auto& input : node.inputs) visit(*input);
  };
  for (const auto& root : shared.plan->roots) {
    shared.full[root.get()].store(false);
    visit(*root);
  }
}

Task::Vertex& Task::AddVertex(const PhysicalNode& node) {
  auto& vertex = vertices_.emplace_back(std::make_unique<Vertex>());
  vertex->node = &node;
  return *vertex;
}

OperatorContext Task::ContextFor(Vertex& vertex) const {
  OperatorContext context;
  context.kernel = {.zone = shared_->plan->zone, .clock = shared_->clock, .streaming = shared_->plan->streaming};
  context.slot = slot_;
  context.parallelism = shared_->plan->parallelism;
  context.metrics = &vertex.metrics;
  context.backend = shared_->backend;
  return context;
}

Output* Task::Observed(Vertex& vertex, Output* output) {
  outputs_.push_back(
      std::make_unique<ObservedOutput>(&vertex.metrics, &vertex.sampler, ContextFor(vertex).kernel, output));
  return outputs_.back().get();
}

Output* Task::Border(const PhysicalNode& exchange, Output* output) {
  outputs_.push_back(std::make_unique<VertexBorder>(&AddVertex(exchange).metrics, &meter_, output));
  return outputs_.back().get();
}

Status Task::Build() {
  for (const auto& root : shared_->plan->roots) {
    outputs_.push_back(std::make_unique<NoOutput>());
    MR_TRY(BuildNode(*root, {root.get(), outputs_.back().get(), nullptr, true, {}}));
  }
  for (const auto& step : steps_) MR_TRY(step->Open());
  return RestoreState();
}

Status Task::BuildNode(const PhysicalNode& node, const Target& target) {
  if (node.kind == PhysicalKind::kSource) return BuildSource(node, target);
  if (node.kind == PhysicalKind::kValues) return BuildValues(node, target);
  if (node.kind == PhysicalKind::kExchange) return BuildExchange(node, target);
  // At one slot the exchange costs nothing, and a local aggregation in front of the global one would only do the work
  // twice: the global one takes the rows themselves.
  std::vector<const PhysicalNode*> inputs;
  for (const auto& input : node.inputs) inputs.push_back(input.get());
  const PhysicalNode* left_out = nullptr;
  OperatorPtr op;
  if (node.kind == PhysicalKind::kGlobalWindowAggregate) {
    const PhysicalNode* keyed = &node;
    bool from_local = node.has_local;
    if (node.has_local && shared_->plan->parallelism == 1) {
      keyed = inputs[0];
      while (keyed->kind == PhysicalKind::kExchange) keyed = keyed->inputs[0].get();
      left_out = inputs[0];
      inputs[0] = keyed->inputs[0].get();
      from_local = false;
    } else if (node.has_local) {
      keyed = inputs[0];
      while (keyed->kind == PhysicalKind::kExchange) keyed = keyed->inputs[0].get();
    }
    op = MakeGlobalWindowAggregate(node, *keyed, from_local);
  } else {
    MR_ASSIGN(op, MakeOperator(node));
  }
  Vertex& vertex = AddVertex(node);
  Step* step = steps_
                   .emplace_back(std::make_unique<Step>(std::move(op), node.uid, inputs.size(), ContextFor(vertex),
                                                        Observed(vertex, target.output)))
                   .get();
  std::vector<Step*> chain = target.chain;
  chain.push_back(step);
  if (node.kind == PhysicalKind::kLimit && target.whole) step->SignalWhenDone(&shared_->full.at(target.root));
  for (size_t i = 0; i < inputs.size(); ++i) {
    outputs_.push_back(std::make_unique<StepInput>(step, i));
    Output* output = outputs_.back().get();
    if (left_out != nullptr) output = Border(*left_out, output);
    MR_TRY(BuildNode(*inputs[i], {target.root, output, target.next, target.whole && inputs.size() == 1, chain}));
  }
  return Ok();
}

Result<OperatorPtr> Task::MakeOperator(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kWatermarkAssigner: return MakeWatermarkAssigner(node);
    case PhysicalKind::kCalc: return MakeCalc(node);
    case PhysicalKind::kWindowTableFunction: return MakeWindowTableFunction(node);
    case PhysicalKind::kLocalWindowAggregate: return MakeLocalWindowAggregate(node);
    case PhysicalKind::kUnion: return MakeUnion();
    case PhysicalKind::kLimit: return MakeLimit(node);
    case PhysicalKind::kSort: return MakeSort(node);
    case PhysicalKind::kSink: return MakeSink(node);
    case PhysicalKind::kCollect: return MakeCollect(shared_->on_rows);
    case PhysicalKind::kSource:
    case PhysicalKind::kValues:
    case PhysicalKind::kExchange:
    case PhysicalKind::kGlobalWindowAggregate: break;
  }
  return InternalError("the plan holds an operator in the wrong place");
}

Status Task::BuildExchange(const PhysicalNode& node, const Target& target) {
  const auto found = shared_->channels.find(&node);
  if (found == shared_->channels.end()) {
    Target within = target;
    within.output = Border(node, target.output);
    return BuildNode(*node.inputs[0], within);
  }
  ExchangeChannels* channels = found->second.get();
  Vertex& vertex = AddVertex(node);
  Step* step = steps_
                   .emplace_back(std::make_unique<Step>(MakeUnion(), "", channels->parallelism(), ContextFor(vertex),
                                                        target.output))
                   .get();
  Receiver receiver{.root = target.root, .channels = channels, .next = target.next, .step = step, .vertex = &vertex};
  receiver.chain = target.chain;
  receiver.chain.push_back(step);
  receiver.barriers.resize(channels->parallelism());
  for (uint32_t from = 0; from < channels->parallelism(); ++from) {
    receiver.inputs.push_back(std::make_unique<StepInput>(step, from));
  }
  receivers_.push_back(std::move(receiver));
  auto sender = std::make_unique<ExchangeSender>(node, slot_, channels, &vertex.metrics);
  senders_.push_back(sender.get());
  outputs_.push_back(std::move(sender));
  return BuildNode(*node.inputs[0], {target.root, outputs_.back().get(), senders_.back(), target.whole, {}});
}

Status Task::BuildSource(const PhysicalNode& node, const Target& target) {
  return AddSource(node, target, AddVertex(node), node.source->CreateReader(slot_, shared_->plan->parallelism));
}

Status Task::BuildValues(const PhysicalNode& node, const Target& target) {
  return AddSource(node, target, AddVertex(node), MakeValuesReader(node, slot_ == 0));
}

Status Task::AddSource(const PhysicalNode& node, const Target& target, Vertex& vertex,
                       Result<std::unique_ptr<connect::SourceReader>> reader) {
  vertex.metrics.failed = !reader.ok();
  if (!reader.ok()) return std::move(reader).error();
  auto driver = std::make_unique<SourceDriver>(node, std::move(*reader), ContextFor(vertex), shared_->bad_records,
                                               shared_->external_retry_millis, Observed(vertex, target.output));
  sources_.push_back({target.root, std::move(driver), &vertex, target.next, target.chain, {}});
  return Ok();
}

}  // namespace millrace::exec
