#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "broker/broker.h"
#include "broker/log/test_log.h"
#include "connectors/all.h"
#include "engine/local_jobs.h"
#include "formats/all.h"
#include "kafka/client/producer.h"
#include "registry/kafka_schema_log.h"
#include "registry/server.h"
#include "server/console/broker_sizes.h"
#include "server/console/console_routes.h"

// Declared for the tests of the console only.
namespace millrace::server::console {

// Jobs of this process, and such that the test makes up.
class TestJobs final : public engine::JobService {
 public:
  std::vector<engine::JobReport> reports;  // made up; they come behind those of this process

  Status Submit(const engine::JobSpec& spec) override { return local_.Submit(spec); }
  Result<std::unique_ptr<engine::RowStream>> Query(const engine::JobSpec& spec) override { return local_.Query(spec); }
  std::vector<engine::JobReport> Jobs() const override {
    auto out = local_.Jobs();
    out.insert(out.end(), reports.begin(), reports.end());
    return out;
  }
  std::optional<engine::JobReport> Find(std::string_view id) const override { return local_.Find(id); }
  Status Cancel(std::string_view id) override { return local_.Cancel(id); }
  Result<std::string> StopWithSavepoint(std::string_view, std::string, bool) override { return std::string(); }
  Result<std::string> TakeSavepoint(std::string_view, std::string) override { return std::string(); }
  Result<std::string> TakeCheckpoint(std::string_view) override { return std::string(); }
  Result<engine::EdgeSample> SampleEdge(std::string_view, uint32_t, size_t) override { return engine::EdgeSample(); }
  std::vector<engine::TaskManagerReport> TaskManagers() const override { return {}; }
  Result<std::string> TaskManagerText(std::string_view, std::string_view) override { return std::string(); }

 private:
  static engine::LocalJobs::Options Options(const TestJobs& jobs) {
    engine::LocalJobs::Options options;
    options.environment.connectors = &jobs.connectors_;
    options.environment.formats = &jobs.formats_;
    return options;
  }
  std::vector<connect::ConnectorDef> connectors_ = connectors::AllConnectors();
  std::vector<connect::FormatDef> formats_ = formats::AllFormats();
  engine::JobDirectory directory_;
  engine::LocalJobs local_{Options(*this), &directory_};
};

// What a stream of events wrote; closes itself after `max_events` of the kind.
struct TestStream final : http::ResponseStream {
  std::string text;
  std::string wanted;  // a piece of text after which the reader has seen enough
  bool Write(std::string_view bytes) override {
    text += bytes;
    return IsOpen();
  }
  bool IsOpen() override { return wanted.empty() || text.find(wanted) == std::string::npos; }
};

// The console on an embedded broker and registry in this process.
class ConsoleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    broker::BrokerOptions options;
    options.data_dir = folder_.path();
    options.listeners[0].port = 0;
    options.groups.initial_rebalance_delay_ms = 0;
    options.configs["log.retention.ms"] = "-1";  // the tests' records are from 1970
    auto broker = broker::Broker::Start(options);
    ASSERT_TRUE(broker.ok()) << broker.error().ToString();
    broker_ = std::move(*broker);
    config_ = kafka::ClientConfig::For(fmt::format("127.0.0.1:{}", broker_->listeners()[0].port));
    registry::KafkaLogOptions log;
    log.config = config_;
    registry::ServerOptions registry;
    registry.port = 0;
    auto server = registry::Server::Start(registry, registry::MakeKafkaSchemaLog(std::move(log)));
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    registry_ = std::move(*server);
    KafkaConsoleOptions console;
    console.kafka = config_;
    console.kafka.request_timeout_millis = 1'000;
    console.registry.urls = {fmt::format("http://127.0.0.1:{}", registry_->port())};
    console.topic_bytes = [this] { return SizesOf(*broker_)(); };  // of the one that runs
    console.version = "1.2.3";
    console.watch = false;
    Open(std::move(console));
  }
  void Open(KafkaConsoleOptions options) {
    auto context = KafkaConsole::Create(std::move(options), jobs_);
    ASSERT_TRUE(context.ok()) << context.error().ToString();
    context_ = std::move(*context);
    router_ = std::make_unique<http::Router>();
    AddKafkaConsoleRoutes(*router_, *context_);
  }

  http::Response Send(std::string_view method, std::string_view target, std::string_view body = "") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const size_t mark = target.find('?'); mark != std::string::npos) {
      request.query = *http::ParseQuery(target.substr(mark + 1));
    }
    request.body = body;
    return router_->Handle(request);
  }
  // "200 body", without the members that a test cannot know.
  std::string Call(std::string_view method, std::string_view target, std::string_view body = "") {
    const http::Response response = Send(method, target, body);
    return fmt::format("{} {}", response.status, response.body);
  }
  codec::Json Get(std::string_view target) {
    const http::Response response = Send("GET", target);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    auto json = codec::ParseJson(response.body);
    return json.ok() ? *std::move(json) : codec::Json();
  }
  // The events of a stream, up to the one that holds `wanted`.
  std::string Stream(std::string_view method, std::string_view target, std::string_view body, std::string wanted) {
    const http::Response response = Send(method, target, body);
    EXPECT_EQ(response.status, 200) << response.body;
    if (!response.stream) return response.body;
    TestStream stream;
    stream.wanted = std::move(wanted);
    response.stream(stream);
    return stream.text;
  }
  void Produce(const std::string& topic, const std::vector<std::string>& values, int32_t partition = 0,
               int64_t timestamp = 1'000) {
    auto producer = kafka::Producer::Create(config_);
    ASSERT_TRUE(producer.ok());
    const auto handle = (*producer)->OpenTopic(topic);
    for (const std::string& value : values) {
      const kafka::ProducerRecord record{
          .value = value.data(), .value_size = value.size(), .partition = partition, .timestamp = timestamp++};
      ASSERT_TRUE((*producer)->Send(*handle, {&record, 1}).ok());
    }
    ASSERT_TRUE((*producer)->Flush().ok());
  }
  void CreateTopic(const std::string& name, int partitions = 1) {
    const auto response =
        Send("POST", "/api/topics", fmt::format(R"({{"name":"{}","partitions":{}}})", name, partitions));
    ASSERT_EQ(response.status, 201) << response.body;
  }
  // A job of this process, of a script's DDL and one statement; it runs until it is cancelled.
  void Run(const std::string& id, std::string preparation, std::string statement) {
    engine::JobSpec spec;
    spec.id = id;
    spec.name = "job " + id;
    spec.preparation = std::move(preparation);
    spec.statement = std::move(statement);
    const Status submitted = jobs_.Submit(spec);
    ASSERT_TRUE(submitted.ok()) << submitted.error().ToString();
    context_->LookAtJobs();
  }
  // The options of a kafka table on the console's broker, before further ones.
  std::string KafkaTableOptions() const {
    return fmt::format(
        "'connector'='kafka','properties.bootstrap.servers'='{}','format'='json','scan.startup.mode'='earliest-offset'",
        config_.bootstrap_servers());
  }
  void Register(const std::string& subject, const std::string& schema) {
    codec::Json body = codec::Json::MakeObject();
    const auto response = Send("POST", "/api/schemas/" + subject, body.Set("schema", schema).ToString());
    ASSERT_EQ(response.status, 201) << response.body;
  }

  broker::TempFolder folder_;
  std::unique_ptr<broker::Broker> broker_;
  kafka::ClientConfig config_;
  std::unique_ptr<registry::Server> registry_;
  TestJobs jobs_;
  std::unique_ptr<KafkaConsole> context_;
  std::unique_ptr<http::Router> router_;
};

inline const std::string kSale =
    R"({"type":"record","name":"Sale","fields":[{"name":"store","type":"string"},)"
    R"({"name":"amount","type":"int"},{"name":"note","type":["null","string"],"default":null}]})";

// Values of one member of each item.
inline std::string Pick(const codec::Json& list, std::string_view member) {
  std::string out;
  for (const codec::Json& item : list.items()) {
    const codec::Json* value = item.Find(member);
    out += (out.empty() ? "" : ",") + (value == nullptr     ? "?"
                                       : value->is_string() ? value->AsString()
                                                            : value->ToString());
  }
  return out;
}

}  // namespace millrace::server::console
