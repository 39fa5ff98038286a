#include "exec/values.h"

#include "data/column_builder.h"

namespace millrace::exec {
namespace {

using connect::SourceEvent;

class ValuesReader final : public connect::SourceReader {
 public:
  ValuesReader(const plan::PhysicalNode& node, bool active)
      : node_(node), active_(active), state_(active ? State::kStart : State::kDone) {}

  Result<SourceEvent> Poll(int64_t) override {
    SourceEvent event;
    event.split_name = "values";
    switch (state_) {
      case State::kStart:
        event.kind = SourceEvent::Kind::kSplitAdded;
        state_ = rows_given_ ? State::kFinished : State::kRows;
        break;
      case State::kRows:
        event.kind = SourceEvent::Kind::kRows;
        event.batch = Rows();
        rows_given_ = true;
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
    if (!active_) return {};
    return {{.split_name = "values", .position = rows_given_ ? "1" : "0"}};
  }

  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) rows_given_ = state.position == "1";
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
  bool active_;
  bool rows_given_ = false;
  State state_;
};

}  // namespace

std::unique_ptr<connect::SourceReader> MakeValuesReader(const plan::PhysicalNode& node, bool active) {
  return std::make_unique<ValuesReader>(node, active);
}

}  // namespace millrace::exec
