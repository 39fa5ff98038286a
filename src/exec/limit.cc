// Limit and offset over rows in order of arrival (insert-only input).
#include "exec/operators.h"

namespace millrace::exec {
namespace {

class Limit final : public Operator {
 public:
  explicit Limit(const plan::PhysicalNode& node) : skip_(node.offset), left_(node.limit) {}

  Status Process(Batch batch, Output& output) override {
    const auto rows = static_cast<int64_t>(batch.num_rows);
    const int64_t skipped = std::min(skip_, rows);
    skip_ -= skipped;
    const int64_t taken = left_ < 0 ? rows - skipped : std::min(left_, rows - skipped);
    if (left_ >= 0) left_ -= taken;
    if (taken == 0) return Ok();
    return output.Emit(batch.Slice(static_cast<size_t>(skipped), static_cast<size_t>(taken)));
  }

  bool Done() const override { return left_ == 0; }

 private:
  int64_t skip_;
  int64_t left_;  // -1 = no limit
};

}  // namespace

OperatorPtr MakeLimit(const plan::PhysicalNode& node) { return std::make_unique<Limit>(node); }

}  // namespace millrace::exec
