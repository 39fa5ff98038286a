#include "exec/values.h"

#include "data/column_builder.h"

namespace millrace::exec {
namespace {

using connect::SourceEvent;

class ValuesReader final : public connect::SourceReader {
 public:
  ValuesReader(const plan::PhysicalNode& node, bool active)
      : node_(node), state_(active ? State::kStart : State::kDone) {}

  Result<SourceEvent> Poll(int64_t) override {
    SourceEvent event;
    event.split_name = "values";
    switch (state_) {
      case State::kStart:
        event.kind = SourceEvent::Kind::kSplitAdded;
        state_ = State::kRows;
        break;
      case State::kRows:
        event.kind = SourceEvent::Kind::kRows;
        event.batch = Rows();
        state_ = State::kFinished;
        break;
      case State::kFinished:
        event.kind = SourceEvent::Kind::kSplitFinished;
        state_ = State::kDone;
        break;
      case State::kDone: event.kind = SourceEvent::Kind::kEnd; break;
    }
    return event;
  }

  std::vector<SplitState> Snapshot() override {
    return {{.split_name = "values", .position = state_ == State::kStart || state_ == State::kRows ? "0" : "1"}};
  }

  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) {
      if (state.position == "1" && state_ == State::kStart) state_ = State::kFinished;
    }
    return Ok();
  }

 private:
  enum class State { kStart, kRows, kFinished, kDone };

  Batch Rows() const {
    Batch batch{.num_rows = node_.rows.size()};
    for (size_t i = 0; i < node_.schema.fields.size(); ++i) {
      ColumnBuilder builder(node_.schema.fields[i].type);
      for (const ValueList& row : node_.rows) builder.AppendValue(row[i]);
      batch.columns.push_back(builder.Finish());
    }
    return batch;
  }

  const plan::PhysicalNode& node_;
  State state_;
};

}  // namespace

std::unique_ptr<connect::SourceReader> MakeValuesReader(const plan::PhysicalNode& node, bool active) {
  return std::make_unique<ValuesReader>(node, active);
}

}  // namespace millrace::exec
