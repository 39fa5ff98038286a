#include "kafka/client/mock_cluster.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace millrace::kafka {

struct MockCluster::Impl {
  rd_kafka_t* owner = nullptr;  // the client whose threads run the cluster
  rd_kafka_mock_cluster_t* cluster = nullptr;
  int num_brokers = 0;

  ~Impl() {
    if (cluster != nullptr) rd_kafka_mock_cluster_destroy(cluster);
    if (owner != nullptr) rd_kafka_destroy(owner);
  }
};

MockCluster::MockCluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  servers_ = rd_kafka_mock_cluster_bootstraps(impl_->cluster);
}
MockCluster::~MockCluster() = default;

Result<std::unique_ptr<MockCluster>> MockCluster::Start(int num_brokers) {
  auto impl = std::make_unique<Impl>();
  impl->num_brokers = num_brokers;
  char reason[256] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason);
  impl->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (impl->owner == nullptr) {
    rd_kafka_conf_destroy(conf);
    return InternalError(fmt::format("cannot start a mock cluster: {}", reason));
  }
  impl->cluster = rd_kafka_mock_cluster_new(impl->owner, num_brokers);
  if (impl->cluster == nullptr) return InternalError("cannot start a mock cluster");
  return std::unique_ptr<MockCluster>(new MockCluster(std::move(impl)));
}

ClientConfig MockCluster::config() const {
  ClientConfig config = ClientConfig::For(servers_);
  config.properties["fetch.wait.max.ms"] = "10";
  return config;
}

Status MockCluster::CreateTopic(const std::string& topic, int32_t num_partitions) {
  const auto code = rd_kafka_mock_topic_create(impl_->cluster, topic.c_str(), num_partitions, 1);
  return code == 0 ? Ok() : Status(InternalError(fmt::format("mock topic {}: {}", topic, rd_kafka_err2str(code))));
}

void MockCluster::SetDown() {
  for (int id = 1; id <= impl_->num_brokers; ++id) rd_kafka_mock_broker_set_down(impl_->cluster, id);
}

void MockCluster::SetUp() {
  for (int id = 1; id <= impl_->num_brokers; ++id) rd_kafka_mock_broker_set_up(impl_->cluster, id);
}

void MockCluster::SetTopicError(const std::string& topic, int code) {
  rd_kafka_mock_topic_set_error(impl_->cluster, topic.c_str(), static_cast<rd_kafka_resp_err_t>(code));
}

void MockCluster::FailRequests(int16_t api_key, const std::vector<int>& codes) {
  for (const int code : codes)
    rd_kafka_mock_push_request_errors(impl_->cluster, api_key, 1, static_cast<rd_kafka_resp_err_t>(code));
}

}  // namespace millrace::kafka
