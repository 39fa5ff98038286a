#include "exec/work_meter.h"

#include <gtest/gtest.h>

#include "data/value.h"

namespace millrace::exec {
namespace {

TEST(WorkMeter, WhatIsBehindABorderIsNotItsCallersTime) {
  ManualClock clock(0);
  WorkMeter meter(&clock);
  OperatorMetrics source;
  OperatorMetrics first;
  OperatorMetrics second;
  // Takes 3 ms behind the second border, 2 ms between the two.
  class Slow final : public Output {
   public:
    Slow(ManualClock* clock, int64_t millis, Output* next) : clock_(clock), millis_(millis), next_(next) {}
    Status Emit(Event event) override {
      clock_->Advance(millis_);
      return next_ == nullptr ? Ok() : next_->Emit(std::move(event));
    }

   private:
    ManualClock* clock_;
    int64_t millis_;
    Output* next_;
  };
  Slow last(&clock, 3, nullptr);
  VertexBorder inner(&second, &meter, &last);
  Slow middle(&clock, 2, &inner);
  VertexBorder outer(&first, &meter, &middle);
  for (int i = 0; i < 2; ++i) {
    const WorkMeter::Mark mark = meter.Begin();
    clock.Advance(5);
    ASSERT_TRUE(outer.Emit(Event::Watermark(1)).ok());
    clock.Advance(1);
    meter.Charge(source, mark);
  }
  EXPECT_EQ(source.busy_nanos.Get(), 12'000'000);
  EXPECT_EQ(first.busy_nanos.Get(), 4'000'000);
  EXPECT_EQ(second.busy_nanos.Get(), 6'000'000);
}

TEST(ByteEstimate, TakesTheSizeOfARowFromSomeBatches) {
  ByteEstimate estimate;
  const DataType type = DataType::Of(TypeKind::kBigInt).NotNull();
  const auto batch = [&](size_t rows) {
    return Batch{.num_rows = rows, .columns = {ConstantColumn(type, Value(int64_t{1}), rows)}};
  };
  EXPECT_EQ(estimate.Of(Batch{}), 0);
  EXPECT_EQ(estimate.Of(batch(10)), 80);
  EXPECT_EQ(estimate.Of(batch(3)), 24);
}

}  // namespace
}  // namespace millrace::exec
