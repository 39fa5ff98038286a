#pragma once

#include <cstdint>
#include <string>

#include "broker/config_table.h"
#include "broker/context.h"
#include "broker/storage.h"
#include "kafka/protocol/errors.h"

namespace millrace::broker {

// What a change of the topics came to: an error code for the answer, and its text.
struct AdminOutcome {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  std::string message;
  bool ok() const { return error == kafka::ErrorCode::kNone; }
};

struct NewTopic {
  std::string name;
  int32_t num_partitions = -1;      // -1: the broker's default
  int16_t replication_factor = -1;  // -1: the broker's default, which is 1
  ConfigMap configs;
};

// Checks the name, the numbers and the configs, and creates the topic unless `validate_only`. Control thread.
AdminOutcome CreateTopic(BrokerContext& broker, const NewTopic& topic, bool validate_only);
AdminOutcome CheckReplicationFactor(const BrokerContext& broker, int16_t replication_factor);
int32_t PartitionsOf(const BrokerContext& broker, const NewTopic& topic);

}  // namespace millrace::broker
