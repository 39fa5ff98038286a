// WatermarkAssigner: watermarks for rows that do not come straight from a source (flink-sql.md 3.1). Ignores the
// watermarks of its input except the end of time.
#include "exec/operators.h"
#include "exec/watermark_generator.h"

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

  int64_t OutputWatermark(int64_t watermark) const override { return watermark == kEndOfTime ? watermark : watermark_; }

 private:
  const plan::PhysicalNode& node_;
  WatermarkGenerator generator_;
  int64_t watermark_ = kNoWatermark;
};

}  // namespace

OperatorPtr MakeWatermarkAssigner(const plan::PhysicalNode& node) { return std::make_unique<WatermarkAssigner>(node); }

}  // namespace millrace::exec
