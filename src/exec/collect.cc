// Collect: hands rows to the client.
#include "exec/operators.h"

namespace millrace::exec {
namespace {

class Collect final : public Operator {
 public:
  explicit Collect(std::function<void(const Batch&)> on_rows) : on_rows_(std::move(on_rows)) {}
  Status Process(Batch batch, Output&) override {
    context_->metrics->records_out.Add(static_cast<int64_t>(batch.num_rows));
    if (on_rows_) on_rows_(batch);
    return Ok();
  }

 private:
  std::function<void(const Batch&)> on_rows_;
};

}  // namespace

OperatorPtr MakeCollect(std::function<void(const Batch&)> on_rows) {
  return std::make_unique<Collect>(std::move(on_rows));
}

}  // namespace millrace::exec
