// Union: passes the rows of all inputs on; their watermarks are merged by the driver.
#include "exec/operators.h"

namespace millrace::exec {
namespace {

class Union final : public Operator {
 public:
  Status Process(Batch batch, Output& output) override { return output.Emit(std::move(batch)); }
};

}  // namespace

OperatorPtr MakeUnion() { return std::make_unique<Union>(); }

}  // namespace millrace::exec
