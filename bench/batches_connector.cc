#include "bench/batches_connector.h"

#include "kafka/protocol/record_batch.h"

namespace millrace::bench {
namespace {

using connect::SourceEvent;

constexpr size_t kRowsPerPoll = 4096;

const OptionTable& BatchesOptions() {
  static const OptionTable table = {{.name = "connector", .doc = "batches", .required = true},
                                    {.name = "format", .doc = "How values are decoded."}};
  return table;
}

class BatchesReader final : public connect::SourceReader {
 public:
  BatchesReader(std::string_view input, std::vector<Field> fields, std::unique_ptr<connect::Decoder> decoder)
      : rest_(input), fields_(std::move(fields)), decoder_(std::move(decoder)) {
    for (const Field& field : fields_) builders_.emplace_back(field.type);
  }

  Result<SourceEvent> Poll(int64_t) override {
    SourceEvent event;
    event.split_name = "memory";
    if (!announced_) {
      announced_ = true;
      event.kind = SourceEvent::Kind::kSplitAdded;
      return event;
    }
    if (rest_.empty()) {
      event.kind = finished_ ? SourceEvent::Kind::kEnd : SourceEvent::Kind::kSplitFinished;
      finished_ = true;
      return event;
    }
    MR_TRY(TakeBatches());
    for (ColumnBuilder& builder : builders_) builder.Reserve(views_.size());
    MR_ASSIGN(const connect::DecodeResult decoded, decoder_->Decode(views_, builders_));
    if (!decoded.errors.empty()) return decoded.errors.front().error;
    event.kind = SourceEvent::Kind::kRows;
    event.batch.num_rows = views_.size();
    for (ColumnBuilder& builder : builders_) event.batch.columns.push_back(builder.Finish());
    return event;
  }
  std::vector<SplitState> Snapshot() override { return {}; }
  Status Restore(const std::vector<SplitState>&) override { return Ok(); }

 private:
  Status TakeBatches() {
    views_.clear();
    while (!rest_.empty() && views_.size() < kRowsPerPoll) {
      MR_ASSIGN(const kafka::BatchHeader header, kafka::ParseBatchHeader(rest_));
      MR_ASSIGN(const std::string_view bytes,
                kafka::DecompressRecords(header, rest_.substr(0, header.size()), &scratch_));
      values_.clear();
      MR_TRY(kafka::ReadValues(header, bytes, &values_));
      for (const std::string_view value : values_) views_.push_back({value.data(), value.size()});
      rest_.remove_prefix(header.size());
    }
    return Ok();
  }

  std::string_view rest_;
  std::vector<Field> fields_;
  std::unique_ptr<connect::Decoder> decoder_;
  std::vector<ColumnBuilder> builders_;
  std::vector<connect::ByteView> views_;
  std::vector<std::string_view> values_;
  std::string scratch_;
  bool announced_ = false;
  bool finished_ = false;
};

class BatchesSource final : public connect::Source {
 public:
  BatchesSource(BatchesTables* tables, connect::SourceContext context)
      : tables_(tables), context_(std::move(context)) {}
  bool bounded() const override { return true; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t) override {
    MR_ASSIGN(const connect::FormatDef* format, connect::FindFormat(context_.table, "format"));
    connect::FormatContext format_context;
    for (const size_t field : context_.projected_fields)
      format_context.fields.push_back(context_.table.physical_fields[field]);
    MR_ASSIGN(format_context.options, connect::FormatOptions(context_.table, "format"));
    format_context.environment = context_.table.environment;
    MR_ASSIGN(auto decoder, format->make_decoder(format_context));
    return std::unique_ptr<connect::SourceReader>(std::make_unique<BatchesReader>(
        slot == 0 ? tables_->input : std::string_view(), format_context.fields, std::move(decoder)));
  }

 private:
  BatchesTables* tables_;
  connect::SourceContext context_;
};

class RowsWriter final : public connect::SinkWriter {
 public:
  explicit RowsWriter(BatchesTables* tables) : tables_(tables) {}
  Status Write(const Batch& batch) override {
    tables_->count += static_cast<int64_t>(batch.num_rows);
    if (tables_->rows == nullptr) return Ok();
    for (size_t row = 0; row < batch.num_rows; ++row) {
      tables_->rows->push_back({std::string(batch.columns[0]->values<StringRef>()[row].view()),
                                batch.columns[1]->values<int64_t>()[row], batch.columns[2]->values<int32_t>()[row]});
    }
    return Ok();
  }
  Status Flush() override { return Ok(); }

 private:
  BatchesTables* tables_;
};

class RowsSink final : public connect::Sink {
 public:
  explicit RowsSink(BatchesTables* tables) : tables_(tables) {}
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SinkWriter>(std::make_unique<RowsWriter>(tables_));
  }

 private:
  BatchesTables* tables_;
};

}  // namespace

connect::ConnectorDef BatchesConnector(BatchesTables* tables) {
  connect::ConnectorDef def;
  def.name = "batches";
  def.options = &BatchesOptions();
  def.doc = "Record batches in memory.";
  def.make_source = [tables](const connect::SourceContext& context) -> Result<std::unique_ptr<connect::Source>> {
    return std::unique_ptr<connect::Source>(std::make_unique<BatchesSource>(tables, context));
  };
  def.sink_changelog = [](const connect::TableContext&) -> Result<ChangelogMode> { return ChangelogMode::All(); };
  def.make_sink = [tables](const connect::SinkContext&) -> Result<std::unique_ptr<connect::Sink>> {
    return std::unique_ptr<connect::Sink>(std::make_unique<RowsSink>(tables));
  };
  return def;
}

}  // namespace millrace::bench
