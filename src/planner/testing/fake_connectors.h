#pragma once

#include <memory>
#include <vector>

#include "connect/connector.h"

namespace millrace::planner::testing {
namespace fake {

using connect::SinkContext;
using connect::SourceContext;
using connect::TableContext;

class EmptyReader final : public connect::SourceReader {
 public:
  Result<connect::SourceEvent> Poll(int64_t) override {
    return connect::SourceEvent{.kind = connect::SourceEvent::Kind::kEnd};
  }
  std::vector<SplitState> Snapshot() override { return {}; }
  Status Restore(const std::vector<SplitState>&) override { return Ok(); }
};

class FakeSource final : public connect::Source {
 public:
  FakeSource(bool bounded, ChangelogMode changelog) : bounded_(bounded), changelog_(changelog) {}
  bool bounded() const override { return bounded_; }
  ChangelogMode changelog() const override { return changelog_; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SourceReader>(new EmptyReader());
  }

 private:
  bool bounded_;
  ChangelogMode changelog_;
};

class DroppingWriter final : public connect::SinkWriter {
 public:
  Status Write(const Batch&) override { return Ok(); }
  Status Flush() override { return Ok(); }
};

class FakeSink final : public connect::Sink {
 public:
  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SinkWriter>(new DroppingWriter());
  }
};

inline auto SourceOf(bool bounded, ChangelogMode changelog) {
  return [=](const SourceContext&) -> Result<std::unique_ptr<connect::Source>> {
    return std::unique_ptr<connect::Source>(new FakeSource(bounded, changelog));
  };
}

inline Result<std::unique_ptr<connect::Sink>> MakeSink(const SinkContext&) {
  return std::unique_ptr<connect::Sink>(new FakeSink());
}

inline auto Accepts(ChangelogMode mode) {
  return [=](const TableContext&) -> Result<ChangelogMode> { return mode; };
}

inline const OptionTable& KafkaOptions() {
  static const OptionTable table = {
      {"connector", OptionType::kString, "", "", true},
      {"topic", OptionType::kList, "", ""},
      {"properties.*", OptionType::kString, "", ""},
      {"format", OptionType::kString, "", ""},
      {"key.format", OptionType::kString, "", ""},
      {"value.format", OptionType::kString, "", ""},
      {"scan.startup.mode",
       OptionType::kEnum,
       "group-offsets",
       "",
       false,
       {"group-offsets", "earliest-offset", "latest-offset"}},
      {"error-handling.mode", OptionType::kEnum, "fail", "", false, {"fail", "ignore", "log"}},
      {"error-handling.log.target", OptionType::kString, "", ""},
  };
  return table;
}

inline const OptionTable& PlainOptions() {
  static const OptionTable table = {{"connector", OptionType::kString, "", "", true}};
  return table;
}

inline const OptionTable& RegistryOptions() {
  static const OptionTable table = {{"url", OptionType::kString, "", "", true, {}, {"schema-registry.url"}}};
  return table;
}

inline const OptionTable& NoOptions() {
  static const OptionTable table;
  return table;
}

}  // namespace fake

// Connectors without an outside world, for tests of plans and sessions: sources without rows, sinks that drop theirs.
//   kafka         metadata timestamp (readable, writable), partition, offset; insert-only; formats json, avro-confluent
//   upsert-kafka  source and sink of upserts
//   changes       source of all changes, sink of all changes
//   bounded       a source that ends
//   blackhole     only a sink, takes all changes
//   datagen       only a source
inline const std::vector<connect::ConnectorDef>& FakeConnectors() {
  using namespace fake;  // NOLINT: test code
  static const std::vector<connect::ConnectorDef> connectors = {
      {.name = "kafka",
       .options = &KafkaOptions(),
       .metadata = {{"timestamp", DataType::TimestampLtzOf(3).NotNull(), true, true},
                    {"partition", DataType::Of(TypeKind::kInt).NotNull()},
                    {"offset", DataType::Of(TypeKind::kBigInt).NotNull()}},
       .sink_changelog = Accepts(ChangelogMode::InsertOnly()),
       .make_source = SourceOf(false, ChangelogMode::InsertOnly()),
       .make_sink = MakeSink},
      {.name = "upsert-kafka",
       .options = &KafkaOptions(),
       .sink_changelog = Accepts(ChangelogMode::Upsert()),
       .make_source = SourceOf(false, ChangelogMode::Upsert()),
       .make_sink = MakeSink},
      {.name = "changes",
       .options = &PlainOptions(),
       .sink_changelog = Accepts(ChangelogMode::All()),
       .make_source = SourceOf(false, ChangelogMode::All()),
       .make_sink = MakeSink},
      {.name = "bounded", .options = &PlainOptions(), .make_source = SourceOf(true, ChangelogMode::InsertOnly())},
      {.name = "blackhole",
       .options = &PlainOptions(),
       .sink_changelog = Accepts(ChangelogMode::All()),
       .make_sink = MakeSink},
      {.name = "datagen", .options = &PlainOptions(), .make_source = SourceOf(false, ChangelogMode::InsertOnly())},
  };
  return connectors;
}

inline const std::vector<connect::FormatDef>& FakeFormats() {
  using namespace fake;  // NOLINT: test code
  static const std::vector<connect::FormatDef> formats = {{.name = "avro-confluent", .options = &RegistryOptions()},
                                                          {.name = "json", .options = &NoOptions()}};
  return formats;
}

}  // namespace millrace::planner::testing
