#include "connectors/print/print_connector.h"

#include <cstdio>

#include <fmt/format.h>

#include "connectors/print/java_text.h"

namespace millrace::connectors {
namespace {

const OptionTable& PrintOptions() {
  static const OptionTable table = {
      {"connector", OptionType::kString, "", "The connector's name.", true},
      {"print-identifier", OptionType::kString, "", "Begins every line."},
      {"standard-error", OptionType::kBool, "false", "Print to the error output."},
      {"sink.parallelism", OptionType::kInt, "", "Accepted; sinks run in every slot."},
  };
  return table;
}

class PrintWriter final : public connect::SinkWriter {
 public:
  PrintWriter(const connect::Environment* environment, std::string prefix, bool to_stderr)
      : environment_(environment), prefix_(std::move(prefix)), to_stderr_(to_stderr) {}

  Status Write(const Batch& batch) override {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      const std::string line = prefix_ + JavaRowText(batch, row);
      if (environment_->print) {
        environment_->print(line, to_stderr_);
      } else {
        fmt::print(to_stderr_ ? stderr : stdout, "{}\n", line);
      }
    }
    return Ok();
  }

  Status Flush() override {
    if (!environment_->print) std::fflush(to_stderr_ ? stderr : stdout);
    return Ok();
  }
  Status OnTimer(int64_t) override { return Flush(); }

 private:
  const connect::Environment* environment_;
  std::string prefix_;
  bool to_stderr_;
};

class PrintSink final : public connect::Sink {
 public:
  explicit PrintSink(const connect::TableContext& table)
      : environment_(table.environment),
        identifier_(table.options.GetString("print-identifier")),
        to_stderr_(table.options.GetBool("standard-error")) {}

  Operators operators() const override { return Operators::kFunction; }
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t slot, uint32_t parallelism) override {
    // Flink: `id:n> `, `id> `, `n> ` or nothing, n counted from 1 and only when there are several.
    std::string prefix = identifier_;
    if (parallelism > 1) prefix += fmt::format("{}{}", prefix.empty() ? "" : ":", slot + 1);
    if (!prefix.empty()) prefix += "> ";
    return std::unique_ptr<connect::SinkWriter>(
        std::make_unique<PrintWriter>(environment_, std::move(prefix), to_stderr_));
  }

 private:
  const connect::Environment* environment_;
  std::string identifier_;
  bool to_stderr_;
};

}  // namespace

connect::ConnectorDef PrintConnector() {
  connect::ConnectorDef def;
  def.name = "print";
  def.options = &PrintOptions();
  def.doc = "Prints every row.";
  def.sink_changelog = [](const connect::TableContext&) -> Result<ChangelogMode> { return ChangelogMode::All(); };
  def.make_sink = [](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
    return std::unique_ptr<connect::Sink>(std::make_unique<PrintSink>(context.table));
  };
  return def;
}

}  // namespace millrace::connectors
