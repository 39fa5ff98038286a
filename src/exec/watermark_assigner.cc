// WatermarkAssigner: watermarks for rows that do not come straight from a source (flink-sql.md 3.1). Ignores the
// watermarks of its input except the end of time. Its state: the last watermark; a restored one goes on from the lowest
// of the earlier slots, so that no row is late that was not.
#include "exec/operators.h"
#include "exec/watermark_generator.h"
#include "state/bytes.h"

namespace millrace::exec {
namespace {

class WatermarkAssigner final : public Operator {
 public:
  explicit WatermarkAssigner(const plan::PhysicalNode& node) : node_(node), generator_(*node.watermark) {}

  Status Process(Batch batch, Output& output) override {
    MR_ASSIGN(const int64_t highest, generator_.Highest(batch, context_->kernel));
    MR_TRY(output.Emit(std::move(batch)));
    if (highest <= watermark_) return Ok();
    watermark_ = highest;
    return output.Emit(Event::Watermark(watermark_));
  }

  Status Snapshot(state::OperatorSnapshot& snapshot) override {
    state::PutNumber(watermark_, snapshot.values);
    return Ok();
  }

  Status Restore(const state::OperatorState& state) override {
    int64_t lowest = state.parts.empty() ? kNoWatermark : kEndOfTime;
    for (const state::OperatorPart& part : state.parts) {
      std::string_view bytes = part.values;
      int64_t watermark = 0;
      MR_TRY(state::TakeNumber(bytes, &watermark));
      if (!bytes.empty()) return InternalError("The state of a watermark assigner is damaged.");
      lowest = std::min(lowest, watermark);
    }
    watermark_ = lowest;
    return Ok();
  }

  int64_t OutputWatermark(int64_t watermark) const override { return watermark == kEndOfTime ? watermark : watermark_; }

 private:
  const plan::PhysicalNode& node_;
  WatermarkGenerator generator_;
  int64_t watermark_ = kNoWatermark;
};

}  // namespace

OperatorPtr MakeWatermarkAssigner(const plan::PhysicalNode& node) { return std::make_unique<WatermarkAssigner>(node); }

}  // namespace millrace::exec
