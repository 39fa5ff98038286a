#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "exec/operators.h"
#include "functions/aggregate_function.h"

namespace millrace::exec::testing {

// One aggregate call of a test job: function, input column (or none) and DISTINCT.
struct Call {
  std::string function;
  std::optional<size_t> column;
  bool distinct = false;
};

// A window aggregation without a planner: rows of `input` columns, of which one is the event time.
struct WindowJob {
  std::vector<DataType> input;
  std::vector<size_t> keys;
  std::vector<Call> calls;
  plan::WindowSpec window;
  bool retracts = false;

  std::unique_ptr<plan::PhysicalNode> Node() const {
    auto node = std::make_unique<plan::PhysicalNode>();
    node->kind = plan::PhysicalKind::kGlobalWindowAggregate;
    node->id = 3;
    node->window = window;
    node->keys = keys;
    auto rows = std::make_unique<plan::PhysicalNode>();
    for (const DataType& type : input) rows->schema.fields.push_back({"c", type, ""});
    rows->changelog = retracts ? ChangelogMode::All() : ChangelogMode::InsertOnly();
    node->inputs.push_back(std::move(rows));
    for (const size_t key : keys) node->schema.fields.push_back({"k", input[key], ""});
    for (const Call& call : calls) {
      plan::AggregateCall out{.function = functions::FindAggregateFunction(call.function), .distinct = call.distinct};
      CHECK(out.function != nullptr);
      std::vector<functions::Argument> arguments;
      if (call.column) {
        out.args = {*call.column};
        arguments.push_back({input[*call.column], {}});
      }
      auto typing = out.function->infer(call.function, arguments);
      CHECK(typing.ok());
      out.arg_types = typing->argument_types;
      out.type = typing->result;
      node->schema.fields.push_back({"a", out.type, ""});
      node->aggregates.push_back(std::move(out));
    }
    node->window_properties = {plan::WindowProperty::kStart, plan::WindowProperty::kEnd};
    const DataType time = DataType::TimestampOf(3).NotNull();
    node->schema.fields.push_back({"window_start", time, ""});
    node->schema.fields.push_back({"window_end", time, ""});
    return node;
  }
};

// Keeps what an operator emits as lines of text.
class Lines final : public Output {
 public:
  using Output::Emit;
  Status Emit(Event event) override {
    if (event.kind != Event::Kind::kBatch) return Ok();
    for (size_t row = 0; row < event.batch.num_rows; ++row) lines.push_back(FormatRow(event.batch, row));
    return Ok();
  }
  std::vector<std::string> lines;
};

// What a checkpoint keeps of one slot.
struct StoredPart {
  struct Entry {
    uint32_t key_group;
    std::string key;
    std::string value;
  };
  state::KeyGroupRange range;
  std::string values;
  std::vector<Entry> entries;
  std::vector<state::KeyedSnapshot::NativeFile> native_files;

  state::OperatorPart Part() const {
    state::OperatorPart part{.values = values, .read_keyed = {}, .native_files = native_files};
    if (!native_files.empty()) return part;
    part.read_keyed = [this](state::KeyGroupRange wanted,
                             const std::function<Status(const state::KeyedEntry&)>& take) -> Status {
      for (const Entry& entry : entries) {
        if (wanted.Contains(entry.key_group)) {
          MR_TRY(take({.key_group = entry.key_group, .key = entry.key, .value = entry.value}));
        }
      }
      return Ok();
    };
    return part;
  }
};

// Takes the entries of a snapshot; their order and distinctness are checked.
class EntryWriter final : public state::KeyedWriter {
 public:
  explicit EntryWriter(std::vector<StoredPart::Entry>* entries) : entries_(entries) {}
  Status Add(const state::KeyedEntry& entry) override {
    if (!entries_->empty() && entries_->back().key_group > entry.key_group) return InternalError("out of order");
    entries_->push_back({entry.key_group, std::string(entry.key), std::string(entry.value)});
    return Ok();
  }

 private:
  std::vector<StoredPart::Entry>* entries_;
};

// One operator with what it needs around it.
struct Slot {
  Slot(const WindowJob& job, uint32_t slot, uint32_t parallelism, state::Backend* backend) : node(job.Node()) {
    context.slot = slot;
    context.parallelism = parallelism;
    context.metrics = &metrics;
    context.backend = backend;
    op = MakeGlobalWindowAggregate(*node, *node, false);
  }
  std::unique_ptr<plan::PhysicalNode> node;
  OperatorMetrics metrics;
  OperatorContext context;
  OperatorPtr op;
};

}  // namespace millrace::exec::testing
