// Sources and sinks of kafka and upsert-kafka against librdkafka's mock cluster.
#include "base/log.h"
#include "connectors/kafka/kafka_committer.h"
#include "connectors/kafka/kafka_connector.h"
#include "connectors/kafka/kafka_offsets.h"
#include "connectors/test_tables.h"
#include "connectors/upsert_kafka/upsert_kafka_connector.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "kafka/client/mock_cluster.h"
#include "kafka/client/partitioner.h"
#include "kafka/client/producer.h"

namespace millrace::connectors {
namespace {

using kafka::ProducerRecord;
using Strings = std::vector<std::string>;

const std::vector<Field> kFields = {{"id", kStringType, ""}, {"amount", kIntType, ""}};

class KafkaTest : public testing::Test {
 protected:
  void SetUp() override {
    environment_.formats = &TestFormats();
    cluster_ = Must(kafka::MockCluster::Start());
  }

  void Topic(const std::string& name, int32_t partitions) { Must(cluster_->CreateTopic(name, partitions)); }

  void Produce(const std::string& topic, int32_t partition, const Strings& records, int64_t timestamp = -1) {
    auto producer = Must(kafka::Producer::Create(cluster_->config()));
    const uint32_t handle = Must(producer->OpenTopic(topic));
    for (const std::string& text : records) {  // "key=value", "value", "key=" for a tombstone
      const size_t equals = text.find('=');
      ProducerRecord record;
      record.partition = partition;
      record.timestamp = timestamp;
      const std::string_view value = std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1);
      if (equals != std::string::npos) {
        record.key = text.data();
        record.key_size = equals;
      }
      if (!value.empty()) record.value = value.data();
      record.value_size = value.size();
      Must(producer->Send(handle, std::span(&record, 1)));
      if (timestamp >= 0) ++timestamp;
    }
    Must(producer->Flush());
  }

  // All records of a topic: "partition key=value", key and value null as ~.
  Strings Read(const std::string& topic, int32_t partitions) {
    auto consumer = Must(kafka::PartitionConsumer::Create(cluster_->config()));
    for (int32_t p = 0; p < partitions; ++p) Must(consumer->Add({{topic, p}, 0, {}}));
    Strings out;
    size_t ends = 0;
    for (int i = 0; i < 200 && ends < static_cast<size_t>(partitions); ++i) {
      const kafka::ConsumedBatch batch = Must(consumer->Poll(100, 4096));
      for (const kafka::PartitionRun& run : batch.runs) {
        for (uint32_t m = run.begin; m < run.end; ++m) {
          const kafka::MessageView& message = batch.messages[m];
          out.push_back(std::to_string(consumer->place(run.partition).partition) + " " +
                        (message.key == nullptr ? "~" : std::string(message.key, message.key_size)) + "=" +
                        (message.value == nullptr ? "~" : std::string(message.value, message.value_size)));
        }
      }
      ends += batch.ends.size();
    }
    return out;
  }

  Result<std::unique_ptr<connect::Source>> Source(const connect::ConnectorDef& connector, OptionMap options,
                                                  std::vector<size_t> projected = {0, 1},
                                                  std::vector<connect::MetadataColumn> metadata = {},
                                                  std::vector<size_t> primary_key = {}) {
    for (const auto& [key, value] : cluster_->config().properties) options.emplace("properties." + key, value);
    connect::SourceContext context;
    MR_ASSIGN(context.table, TableOf(connector, environment_, kFields, options, std::move(primary_key)));
    context.projected_fields = std::move(projected);
    context.metadata = std::move(metadata);
    return connector.make_source(context);
  }

  Drained ReadTable(OptionMap options, std::vector<size_t> projected = {0, 1},
                    std::vector<connect::MetadataColumn> metadata = {}) {
    options.emplace("format", "csv");
    options.emplace("scan.startup.mode", "earliest-offset");
    options.emplace("scan.bounded.mode", "latest-offset");
    auto source = Must(Source(KafkaConnector(), options, std::move(projected), std::move(metadata)));
    auto reader = Must(source->CreateReader(0, 1));
    return Drain(*reader);
  }

  Result<std::unique_ptr<connect::SinkWriter>> Writer(const connect::ConnectorDef& connector, OptionMap options,
                                                      std::vector<size_t> primary_key = {},
                                                      std::vector<connect::MetadataColumn> metadata = {}) {
    for (const auto& [key, value] : cluster_->config().properties) options.emplace("properties." + key, value);
    connect::SinkContext context;
    MR_ASSIGN(context.table, TableOf(connector, environment_, kFields, options, std::move(primary_key)));
    context.metadata = std::move(metadata);
    MR_ASSIGN(sinks_.emplace_back(), connector.make_sink(context));
    return sinks_.back()->CreateWriter(0, 1);
  }

  connect::Environment environment_;
  std::unique_ptr<kafka::MockCluster> cluster_;
  std::vector<std::unique_ptr<connect::Sink>> sinks_;
};

TEST_F(KafkaTest, BoundedReadOfAllPartitions) {
  Topic("t", 2);
  Produce("t", 0, {"a|1", "b|2"});
  Produce("t", 1, {"c|3"});
  const Drained got = ReadTable({{"topic", "t"}});
  EXPECT_TRUE(got.ended);
  Strings rows = got.rows;
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, (Strings{"+I | a | 1", "+I | b | 2", "+I | c | 3"}));
  EXPECT_EQ((Strings{got.events[0], got.events[1]}), (Strings{"added t-0", "added t-1"}));
  EXPECT_EQ(got.events.size(), 4u);
}

TEST_F(KafkaTest, EmptyTopicEndsAtOnce) {
  Topic("t", 1);
  const Drained got = ReadTable({{"topic", "t"}});
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.events, (Strings{"added t-0", "finished 0"}));
}

TEST_F(KafkaTest, MetadataAndProjection) {
  Topic("t", 1);
  Produce("t", 0, {"k=a|1", "k=b|2"}, 1000);
  std::vector<connect::MetadataColumn> metadata;
  for (const connect::MetadataKey& key : KafkaConnector().metadata) {
    metadata.push_back({std::string(key.key), {std::string(key.key), key.type, ""}});
  }
  const Drained got = ReadTable({{"topic", "t"}}, {1}, metadata);
  EXPECT_EQ(got.rows, (Strings{"+I | 1 | t | 0 | {} | NULL | 0 | 1970-01-01 00:00:01.000 | CreateTime",
                               "+I | 2 | t | 0 | {} | NULL | 1 | 1970-01-01 00:00:01.001 | CreateTime"}));
}

TEST_F(KafkaTest, NothingButMetadataIsRead) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "k="});
  const Drained got = ReadTable({{"topic", "t"}}, {}, {{"offset", {"o", DataType::Of(TypeKind::kBigInt), ""}}});
  EXPECT_EQ(got.rows, (Strings{"+I | 0"})) << "a null value gives no row";
}

TEST_F(KafkaTest, StartAndStopAtOffsets) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b|2", "c|3", "d|4"}, 1000);
  const Drained got = ReadTable({{"topic", "t"},
                                 {"scan.startup.mode", "specific-offsets"},
                                 {"scan.startup.specific-offsets", "partition:0,offset:1"},
                                 {"scan.bounded.mode", "specific-offsets"},
                                 {"scan.bounded.specific-offsets", "partition:0,offset:3"}});
  EXPECT_EQ(got.rows, (Strings{"+I | b | 2", "+I | c | 3"}));
  EXPECT_TRUE(got.ended);
}

TEST_F(KafkaTest, GroupOffsetsNeedACommitOrAPolicy) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b|2"});
  const OptionMap options = {{"topic", "t"}, {"scan.startup.mode", "group-offsets"}, {"properties.group.id", "g"}};
  Drained got = ReadTable(options);
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0], "error Undefined offset with no reset policy for partitions: [t-0]");
  OptionMap with_policy = options;
  with_policy["properties.auto.offset.reset"] = "earliest";
  EXPECT_EQ(ReadTable(with_policy).rows.size(), 2u);
  kafka::ClientConfig config = cluster_->config();
  config.properties["group.id"] = "g";
  const std::vector<kafka::TopicPartitionOffset> committed = {{{"t", 0}, 1, {}}};
  Must(Must(kafka::PartitionConsumer::Create(config))->Commit(committed));
  EXPECT_EQ(ReadTable(options).rows, (Strings{"+I | b | 2"}));
}

TEST_F(KafkaTest, BadRecordStopsTheJobAndNamesItsPlace) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b!", "c|3"});
  const Drained got = ReadTable({{"topic", "t"}});
  EXPECT_EQ(got.events.back(), "error Bad record in topic t partition 0 offset 1: bad text 'b!'.");
  EXPECT_FALSE(got.ended);
}

TEST_F(KafkaTest, BadRecordIsSkippedAndReported) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b!", "c|3"});
  const Drained got = ReadTable({{"topic", "t"}, {"error-handling.mode", "ignore"}});
  EXPECT_EQ(got.rows, (Strings{"+I | a | 1", "+I | c | 3"}));
  EXPECT_EQ(got.events, (Strings{"added t-0", "bad topic t partition 0 offset 1: bad text 'b!'.", "finished 0"}));
}

TEST_F(KafkaTest, FormatThatIsAwayIsAskedAgain) {
  Topic("t", 1);
  Produce("t", 0, {"a|1?"});
  OptionMap options = {{"topic", "t"}, {"format", "csv"}, {"scan.startup.mode", "earliest-offset"}};
  auto source = Must(Source(KafkaConnector(), options));
  auto reader = Must(source->CreateReader(0, 1));
  Drained got;
  for (int i = 0; i < 50 && got.events.size() < 2; ++i) {
    const Drained more = Drain(*reader, 1, 1);
    got.events.insert(got.events.end(), more.events.begin(), more.events.end());
  }
  EXPECT_EQ(got.events, (Strings{"added t-0", "error format is away"}));
  EXPECT_TRUE(Drain(*reader, 1, 1).events.empty()) << "not again at once";
  EXPECT_EQ(reader->Snapshot()[0].position, "0");
}

TEST_F(KafkaTest, KeyFieldsComeFromTheKey) {
  Topic("t", 1);
  Produce("t", 0, {"k1=7", "8", "k3=9"});
  const Drained got =
      ReadTable({{"topic", "t"}, {"key.format", "csv"}, {"key.fields", "id"}, {"value.fields-include", "EXCEPT_KEY"}});
  EXPECT_EQ(got.rows, (Strings{"+I | k1 | 7", "+I | k3 | 9"})) << "a key that gives no row takes its record along";
}

TEST_F(KafkaTest, UpsertSourceGivesUpsertsAndDeletes) {
  Topic("t", 1);
  Produce("t", 0, {"a=a|1", "b=b|2", "a=", "b=b|3"});
  auto source = Must(
      Source(UpsertKafkaConnector(),
             {{"topic", "t"}, {"key.format", "csv"}, {"value.format", "csv"}, {"scan.bounded.mode", "latest-offset"}},
             {0, 1}, {}, {0}));
  EXPECT_EQ(source->changelog(), ChangelogMode::Upsert());
  auto reader = Must(source->CreateReader(0, 1));
  const Drained got = Drain(*reader);
  EXPECT_EQ(got.rows, (Strings{"+U | a | 1", "+U | b | 2", "-D | a | NULL", "+U | b | 3"}));
}

TEST_F(KafkaTest, SlotsShareThePartitions) {
  Topic("t", 5);
  for (int32_t p = 0; p < 5; ++p) Produce("t", p, {"p" + std::to_string(p) + "|1"});
  auto source = Must(Source(KafkaConnector(), {{"topic", "t"},
                                               {"format", "csv"},
                                               {"scan.startup.mode", "earliest-offset"},
                                               {"scan.bounded.mode", "latest-offset"}}));
  Strings all;
  for (uint32_t slot = 0; slot < 3; ++slot) {
    auto reader = Must(source->CreateReader(slot, 3));
    const Drained got = Drain(*reader);
    EXPECT_TRUE(got.ended);
    EXPECT_LE(got.rows.size(), 2u);
    all.insert(all.end(), got.rows.begin(), got.rows.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (Strings{"+I | p0 | 1", "+I | p1 | 1", "+I | p2 | 1", "+I | p3 | 1", "+I | p4 | 1"}));
}

TEST_F(KafkaTest, SnapshotAndRestoreGoOnWhereReadingStopped) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b|2"});
  const OptionMap options = {{"topic", "t"}, {"format", "csv"}, {"scan.startup.mode", "earliest-offset"}};
  auto source = Must(Source(KafkaConnector(), options));
  auto reader = Must(source->CreateReader(0, 1));
  EXPECT_EQ(Drain(*reader, 2).rows.size(), 2u);
  const auto states = reader->Snapshot();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].split_name, "t-0");
  EXPECT_EQ(states[0].position, "2");
  Produce("t", 0, {"c|3"});
  auto again = Must(source->CreateReader(0, 1));
  Must(again->Restore(states));
  EXPECT_EQ(Drain(*again, 1).rows, (Strings{"+I | c | 3"}));
  EXPECT_FALSE(Must(source->CreateReader(0, 1))->Restore({{"t-0", "x"}}).ok());
}

// Found while reading or at a restart: read from its first offset, whatever scan.startup.mode says, or the rows that
// came before the discovery would be lost.
TEST_F(KafkaTest, PartitionsThatAppearLaterAreReadFromTheirFirstOffset) {
  Topic("t", 1);
  Produce("t", 0, {"old|1"});
  ManualClock clock(0);
  environment_.clock = &clock;
  auto source = Must(Source(KafkaConnector(), {{"topic-pattern", "t.*"},
                                               {"format", "csv"},
                                               {"scan.startup.mode", "latest-offset"},
                                               {"scan.topic-partition-discovery.interval", "100 ms"}}));
  auto reader = Must(source->CreateReader(0, 1));
  EXPECT_EQ(Drain(*reader, 1, 3).events, Strings{"added t-0"});
  Topic("t-grown", 2);
  Produce("t-grown", 1, {"a|1", "b|2"});
  clock.Advance(99);
  EXPECT_EQ(Drain(*reader, 1, 3).events, Strings{}) << "not before its time";
  clock.Advance(1);
  const Drained found = Drain(*reader, 2);
  EXPECT_EQ(found.events, (Strings{"added t-grown-0", "added t-grown-1"}));
  EXPECT_EQ(found.rows, (Strings{"+I | a | 1", "+I | b | 2"}));

  const auto states = reader->Snapshot();
  ASSERT_EQ(states.size(), 3u);
  Topic("t-while-down", 1);
  Produce("t-while-down", 0, {"c|3"});
  Produce("t", 0, {"d|4"});
  auto again = Must(source->CreateReader(0, 1));
  Must(again->Restore(states));
  Strings rows = Drain(*again, 2).rows;
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, (Strings{"+I | c | 3", "+I | d | 4"}));
}

TEST_F(KafkaTest, WithoutADiscoveryIntervalPartitionsAreLookedUpOnce) {
  Topic("t", 1);
  ManualClock clock(0);
  environment_.clock = &clock;
  auto source = Must(Source(KafkaConnector(), {{"topic-pattern", "t.*"},
                                               {"format", "csv"},
                                               {"scan.startup.mode", "earliest-offset"},
                                               {"scan.topic-partition-discovery.interval", "0 s"}}));
  auto reader = Must(source->CreateReader(0, 1));
  EXPECT_EQ(Drain(*reader, 1, 3).events, Strings{"added t-0"});
  Topic("t-grown", 1);
  clock.Advance(365LL * 86'400'000);
  EXPECT_EQ(Drain(*reader, 1, 3).events, Strings{});
}

TEST_F(KafkaTest, TopicPattern) {
  Topic("sales-eu", 1);
  Topic("sales-us", 1);
  Topic("other", 1);
  Produce("sales-eu", 0, {"a|1"});
  Produce("sales-us", 0, {"b|2"});
  Produce("other", 0, {"c|3"});
  Strings rows = ReadTable({{"topic-pattern", "sales-.*"}}).rows;
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, (Strings{"+I | a | 1", "+I | b | 2"}));
}

TEST_F(KafkaTest, SinkWritesValues) {
  Topic("t", 1);
  auto writer = Must(Writer(KafkaConnector(), {{"topic", "t"}, {"format", "csv"}}));
  Must(writer->Write(BatchOf(kFields, {{"a", int64_t{1}}, {{}, {}}})));
  Must(writer->Flush());
  EXPECT_EQ(Read("t", 1), (Strings{"0 ~=a|1", "0 ~=~|~"}));
}

TEST_F(KafkaTest, AShorterTransactionTimeoutIsAWarningAlsoForTheDefault) {
  KeepRecentLog(100);
  KafkaTable table;
  table.name = "clamped";
  table.topics = {"t"};
  table.client = cluster_->config();
  const KafkaCommitter by_default(table, {});
  EXPECT_NE(RecentLog().find("warning kafka: Table clamped: the brokers allow transactions of at most 900 s "
                             "(transaction.max.timeout.ms), not 3600 s: 900 s is used."),
            std::string::npos)
      << RecentLog();
  table.client.properties["transaction.timeout.ms"] = "1800000";
  const KafkaCommitter as_given(table, {});
  EXPECT_NE(RecentLog().find("warning kafka: Table clamped: the brokers allow transactions of at most 900 s "
                             "(transaction.max.timeout.ms), not 1800 s: 900 s is used."),
            std::string::npos)
      << RecentLog();
}

TEST_F(KafkaTest, TablesOfOneTransactionMustAgreeOnTheirClient) {
  KafkaTable one;
  one.name = "one";
  one.topics = {"t"};
  one.client = cluster_->config();
  one.transactional_id_prefix = "x";
  connect::JobContext job;
  ASSERT_TRUE(KafkaCommitter::Of(one, job).ok());
  KafkaTable two = one;
  two.name = "two";
  two.transactional_id_prefix = "y";
  two.client.properties["group.id"] = "of a reader";
  EXPECT_EQ(*KafkaCommitter::Of(two, job), *KafkaCommitter::Of(one, job));
  two.client.properties["compression.type"] = "zstd";
  const auto refused = KafkaCommitter::Of(two, job);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "Tables one and two write exactly once to one Kafka cluster, with one producer, but their client "
            "properties differ in 'compression.type'.");
}

TEST_F(KafkaTest, PositionsOfPartitionsThatAreNotThereYetStay) {
  Topic("t", 1);
  Produce("t", 0, {"a|1", "b|2"});
  auto source = Must(Source(KafkaConnector(), {{"topic-pattern", "t.*"}, {"format", "csv"}}));
  size_t away = 0;
  for (uint32_t slot = 0; slot < 2; ++slot) {
    auto reader = Must(source->CreateReader(slot, 2));
    Must(reader->Restore({{"t-0", "1"}, {"t-away-0", "7"}}));
    const Drained got = Drain(*reader, 1, 1);
    for (const auto& state : reader->Snapshot()) {
      EXPECT_EQ(state.position, state.split_name == "t-0" ? std::to_string(1 + got.rows.size()) : "7");
      if (state.split_name == "t-away-0") ++away;
    }
  }
  EXPECT_EQ(away, 1u);
}

TEST_F(KafkaTest, PositionsOfTopicsThatAreNotReadAnyMoreAreDropped) {
  Topic("t", 1);
  Produce("t", 0, {"a|1"});
  auto source = Must(Source(KafkaConnector(), {{"topic", "t"}, {"format", "csv"}}));
  EXPECT_EQ(source->NotReadAnyMore("other-0"), "topic other");
  auto reader = Must(source->CreateReader(0, 1));
  Must(reader->Restore({{"t-0", "0"}, {"other-0", "7"}}));
  EXPECT_EQ(Drain(*reader, 1).rows, (Strings{"+I | a | 1"}));
  const auto states = reader->Snapshot();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].split_name, "t-0");
}

TEST_F(KafkaTest, SinkPartitionsByMurmurOfTheKey) {
  Topic("t", 3);
  auto writer = Must(Writer(KafkaConnector(), {{"topic", "t"},
                                               {"format", "csv"},
                                               {"key.format", "csv"},
                                               {"key.fields", "id"},
                                               {"value.fields-include", "EXCEPT_KEY"}}));
  Must(writer->Write(BatchOf(kFields, {{"foobar", int64_t{1}}, {"21", int64_t{2}}})));
  Must(writer->Flush());
  Strings got = Read("t", 3);
  std::sort(got.begin(), got.end());
  Strings expected = {std::to_string(kafka::PartitionForKey("foobar", 3)) + " foobar=1",
                      std::to_string(kafka::PartitionForKey("21", 3)) + " 21=2"};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(got, expected);
}

TEST_F(KafkaTest, SinkWritesTimestampsAndHeaders) {
  Topic("t", 1);
  const std::vector<Field> fields = {kFields[0],
                                     kFields[1],
                                     {"ts", DataType::TimestampLtzOf(3), ""},
                                     {"h", DataType::Map(kStringType, DataType::Bytes()), ""}};
  auto writer = Must(Writer(KafkaConnector(), {{"topic", "t"}, {"format", "csv"}}, {},
                            {{"timestamp", fields[2]}, {"headers", fields[3]}}));
  const Value headers = std::make_shared<const ValueList>(ValueList{"x", "1", "y", {}});
  Must(writer->Write(BatchOf(fields, {{"a", int64_t{1}, int64_t{77}, headers}})));
  Must(writer->Flush());
  auto consumer = Must(kafka::PartitionConsumer::Create(cluster_->config()));
  Must(consumer->Add({{"t", 0}, 0, {}}));
  for (int i = 0; i < 100; ++i) {
    const kafka::ConsumedBatch batch = Must(consumer->Poll(100, 10));
    if (batch.messages.empty()) continue;
    EXPECT_EQ(batch.messages[0].timestamp, 77);
    const auto got = batch.messages[0].Headers();
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got[0].name, "x");
    EXPECT_EQ(got[1].value, nullptr);
    return;
  }
  FAIL() << "no record came";
}

TEST_F(KafkaTest, UpsertSinkWritesTombstones) {
  Topic("t", 1);
  auto writer =
      Must(Writer(UpsertKafkaConnector(), {{"topic", "t"}, {"key.format", "csv"}, {"value.format", "csv"}}, {0}));
  Must(writer->Write(BatchOf(kFields, {{"a", int64_t{1}}, {"a", int64_t{2}}, {"b", int64_t{3}}, {"a", {}}},
                             {RowKind::kInsert, RowKind::kUpdateAfter, RowKind::kInsert, RowKind::kDelete})));
  Must(writer->Flush());
  EXPECT_EQ(Read("t", 1), (Strings{"0 a=a|1", "0 a=a|2", "0 b=b|3", "0 a=~"}));
}

TEST_F(KafkaTest, UpsertBufferKeepsTheLastRowPerKey) {
  Topic("t", 1);
  auto writer = Must(Writer(UpsertKafkaConnector(),
                            {{"topic", "t"},
                             {"key.format", "csv"},
                             {"value.format", "csv"},
                             {"sink.buffer-flush.max-rows", "3"},
                             {"sink.buffer-flush.interval", "1s"}},
                            {0}));
  Must(writer->Write(BatchOf(kFields, {{"a", int64_t{1}}, {"b", int64_t{2}}, {"a", int64_t{3}}, {"b", {}}},
                             {RowKind::kInsert, RowKind::kInsert, RowKind::kUpdateAfter, RowKind::kDelete})));
  Must(writer->OnTimer(1'000));
  Must(writer->OnTimer(1'500));
  EXPECT_EQ(Read("t", 1), Strings{}) << "neither three keys nor a second";
  Must(writer->OnTimer(2'000));
  Must(writer->Write(BatchOf(kFields, {{"a", int64_t{9}}})));
  Must(writer->Flush());
  EXPECT_EQ(Read("t", 1), (Strings{"0 a=a|3", "0 b=~", "0 a=a|9"}));
}

TEST(SlotOfPartition, SpreadsConsecutivePartitions) {
  const uint32_t first = SlotOfPartition({"SALES", 0}, 4);
  for (int32_t p = 1; p < 8; ++p) EXPECT_EQ(SlotOfPartition({"SALES", p}, 4), (first + static_cast<uint32_t>(p)) % 4);
  EXPECT_EQ(SlotOfPartition({"SALES", 3}, 1), 0u);
}

}  // namespace
}  // namespace millrace::connectors
