// WindowTableFunction: appends window_start, window_end and window_time; HOP and CUMULATE repeat a row for each of its
// windows.
#include "data/column_builder.h"
#include "exec/operators.h"
#include "exec/window_times.h"

namespace millrace::exec {
namespace {

class WindowTableFunction final : public Operator {
 public:
  explicit WindowTableFunction(const plan::PhysicalNode& node) : node_(node) {}

  Status Open(OperatorContext& context) override {
    times_.emplace(node_.window, context.kernel.zone);
    return Operator::Open(context);
  }

  Status Process(Batch batch, Output& output) override {
    const Column& time = *batch.columns[node_.window.time_column];
    std::vector<uint32_t> rows;
    std::vector<int64_t> ends;
    for (uint32_t row = 0; row < batch.num_rows; ++row) {
      if (node_.window.event_time && time.IsNull(row)) {
        context_->metrics->late_rows.Add(1);  // as in Flink: a row without time is dropped and counted
        continue;
      }
      const int64_t millis =
          node_.window.event_time ? time.values<int64_t>()[row] : context_->kernel.clock->WallMillis();
      times_->WindowEndsOf(times_->ToWindowClock(millis), &ends);
      rows.resize(ends.size(), row);
    }
    if (rows.empty()) return Ok();
    Batch out = batch.Gather(rows);
    const size_t width = batch.columns.size();
    std::vector<ColumnBuilder> builders;
    for (size_t i = width; i < width + 3; ++i) builders.emplace_back(node_.schema.fields[i].type);
    for (const int64_t end : ends) {
      builders[0].Append(times_->WindowStart(end));
      builders[1].Append(end);
      builders[2].Append(times_->WindowTime(end));
    }
    for (ColumnBuilder& builder : builders) out.columns.push_back(builder.Finish());
    return output.Emit(std::move(out));
  }

 private:
  const plan::PhysicalNode& node_;
  std::optional<WindowTimes> times_;
};

}  // namespace

OperatorPtr MakeWindowTableFunction(const plan::PhysicalNode& node) {
  return std::make_unique<WindowTableFunction>(node);
}

}  // namespace millrace::exec
