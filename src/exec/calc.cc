// Calc: filter, then projection.
#include "exec/expression.h"
#include "exec/operators.h"

namespace millrace::exec {
namespace {

class Calc final : public Operator {
 public:
  explicit Calc(const plan::PhysicalNode& node) : node_(node) {}

  Status Process(Batch batch, Output& output) override {
    if (node_.condition != nullptr) {
      MR_ASSIGN(const auto rows, EvaluateFilter(*node_.condition, batch, context_->kernel));
      if (rows.empty()) return Ok();
      if (rows.size() < batch.num_rows) batch = batch.Gather(rows);
    }
    Batch out{.num_rows = batch.num_rows, .kinds = batch.kinds};
    out.columns.reserve(node_.projections.size());
    for (const auto& projection : node_.projections) {
      MR_ASSIGN(out.columns.emplace_back(), Evaluate(*projection, batch, context_->kernel));
    }
    return output.Emit(std::move(out));
  }

  Status OnWatermark(int64_t watermark, Output&) override {
    context_->kernel.watermark = watermark;
    return Ok();
  }

 private:
  const plan::PhysicalNode& node_;
};

}  // namespace

OperatorPtr MakeCalc(const plan::PhysicalNode& node) { return std::make_unique<Calc>(node); }

}  // namespace millrace::exec
