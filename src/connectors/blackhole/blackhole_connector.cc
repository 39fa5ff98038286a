#include "connectors/blackhole/blackhole_connector.h"

namespace millrace::connectors {
namespace {

const OptionTable& BlackholeOptions() {
  static const OptionTable table = {
      {"connector", OptionType::kString, "", "The connector's name.", true},
      {"property-version", OptionType::kInt, "1", "Accepted for compatibility."},
  };
  return table;
}

class BlackholeWriter final : public connect::SinkWriter {
 public:
  Status Write(const Batch&) override { return Ok(); }
  Status Flush() override { return Ok(); }
};

class BlackholeSink final : public connect::Sink {
 public:
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SinkWriter>(std::make_unique<BlackholeWriter>());
  }
};

}  // namespace

connect::ConnectorDef BlackholeConnector() {
  connect::ConnectorDef def;
  def.name = "blackhole";
  def.options = &BlackholeOptions();
  def.doc = "Takes every row and forgets it.";
  def.sink_changelog = [](const connect::TableContext&) -> Result<ChangelogMode> { return ChangelogMode::All(); };
  def.make_sink = [](const connect::SinkContext&) -> Result<std::unique_ptr<connect::Sink>> {
    return std::unique_ptr<connect::Sink>(std::make_unique<BlackholeSink>());
  };
  return def;
}

}  // namespace millrace::connectors
