// Limit and offset over rows in order of arrival (insert-only input). All rows come to slot 0. Its state: how many rows
// are still to skip and to pass.
#include "exec/operators.h"
#include "state/bytes.h"

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

  Status Snapshot(state::OperatorSnapshot& snapshot) override {
    state::PutNumber(skip_, snapshot.values);
    state::PutNumber(left_, snapshot.values);
    return Ok();
  }

  Status Restore(const state::OperatorState& state) override {
    if (state.parts.empty() || context_->slot != 0) return Ok();
    std::string_view bytes = state.parts.front().values;
    int64_t skip = 0;
    int64_t left = 0;
    MR_TRY(state::TakeNumber(bytes, &skip));
    MR_TRY(state::TakeNumber(bytes, &left));
    // A LIMIT that the query did not have, or more than it ever had.
    if (!bytes.empty() || skip < 0 || skip > skip_ || left > left_ || (left < 0) != (left_ < 0)) {
      return InternalError("The state of a LIMIT is damaged.");
    }
    skip_ = skip;
    left_ = left;
    return Ok();
  }

  bool Done() const override { return left_ == 0; }

 private:
  int64_t skip_;
  int64_t left_;  // -1 = no limit
};

}  // namespace

OperatorPtr MakeLimit(const plan::PhysicalNode& node) { return std::make_unique<Limit>(node); }

}  // namespace millrace::exec
