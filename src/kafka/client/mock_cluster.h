#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_config.h"

namespace millrace::kafka {

// librdkafka's own Kafka cluster inside this process, listening on loopback: for unit tests and benchmarks. It keeps 5
// MB per partition, does not compact, and knows no admin requests and no aborted transactions.
class MockCluster {
 public:
  static Result<std::unique_ptr<MockCluster>> Start(int num_brokers = 1);
  ~MockCluster();

  const std::string& bootstrap_servers() const { return servers_; }
  // With a short long-poll, since the mock holds a fetch at the end of a partition for all of it.
  ClientConfig config() const;
  // Topics that nobody created get 4 partitions on first use.
  Status CreateTopic(const std::string& topic, int32_t num_partitions);
  // All brokers refuse connections until SetUp.
  void SetDown();
  void SetUp();
  // Every request about this topic fails with `code` (Kafka's number); 0 = no error any more.
  void SetTopicError(const std::string& topic, int code);
  // The next requests of this kind (Kafka's number) fail, one with each of `codes`.
  void FailRequests(int16_t api_key, const std::vector<int>& codes);

 private:
  struct Impl;
  explicit MockCluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  std::string servers_;
};

}  // namespace millrace::kafka
