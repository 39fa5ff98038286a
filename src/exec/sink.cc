// Sink: enforces NOT NULL columns (flink-sql.md 2.4) and writes rows through the connector.
#include <fmt/format.h>

#include "exec/operators.h"

namespace millrace::exec {
namespace {

class Sink final : public Operator {
 public:
  explicit Sink(const plan::PhysicalNode& node) : node_(node) {}

  Status Open(OperatorContext& context) override {
    MR_TRY(Operator::Open(context));
    MR_ASSIGN(writer_, node_.sink->CreateWriter(context.slot, context.parallelism));
    return Ok();
  }

  Status Process(Batch batch, Output&) override {
    MR_TRY(EnforceNotNull(batch));
    if (batch.num_rows == 0) return Ok();
    context_->metrics->records_out.Add(static_cast<int64_t>(batch.num_rows));
    return Counted(writer_->Write(batch));
  }

  Status OnTimer(int64_t now_millis, Output&) override { return Counted(writer_->OnTimer(now_millis)); }
  Status OnBarrier(int64_t checkpoint, Output&) override {
    return Counted(writer_->PrepareCommit(static_cast<uint64_t>(checkpoint)));
  }
  Status Finish(Output&) override { return Counted(writer_->Flush()); }
  Status Close() override { return writer_->Close(); }
  connect::Trouble trouble() const override {
    connect::Trouble out = writer_->trouble();
    if (!out.text.empty()) out.text = fmt::format("Sink {}: {}", node_.table_name, out.text);
    return out;
  }

 private:
  Status Counted(Status status) {
    context_->metrics->bytes_out.Set(writer_->BytesWritten());
    return status;
  }

  Status EnforceNotNull(Batch& batch) {
    std::vector<uint8_t> dropped;
    for (const size_t index : node_.not_null_columns) {
      const Column& column = *batch.columns[index];
      if (!column.has_nulls()) continue;
      for (size_t row = 0; row < batch.num_rows; ++row) {
        if (!column.IsNull(row)) continue;
        if (!node_.drop_nulls) {
          return UserError(fmt::format("Column '{}' is NOT NULL, however, a null value is being written into it. You "
                                       "can set job configuration "
                                       "'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop "
                                       "such records silently.",
                                       node_.schema.fields[index].name))
              .WithCode(std::string(kTableException));
        }
        dropped.resize(batch.num_rows);
        dropped[row] = 1;
      }
    }
    if (dropped.empty()) return Ok();
    std::vector<uint32_t> kept;
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (dropped[row] == 0) kept.push_back(static_cast<uint32_t>(row));
    }
    batch = batch.Gather(kept);
    return Ok();
  }

  const plan::PhysicalNode& node_;
  std::unique_ptr<connect::SinkWriter> writer_;
};

}  // namespace

OperatorPtr MakeSink(const plan::PhysicalNode& node) { return std::make_unique<Sink>(node); }

}  // namespace millrace::exec
