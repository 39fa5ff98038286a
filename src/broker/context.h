#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "broker/broker.h"

namespace millrace::net {
class EventLoop;
}

namespace millrace::broker {

class GroupCoordinator;
class Storage;
class TransactionCoordinator;

// What handlers work with. Lives as long as any loop runs.
struct BrokerContext {
  const BrokerOptions& options;
  Clock& clock;
  Storage& store;                        // any thread
  GroupCoordinator& groups;              // control thread only
  TransactionCoordinator& transactions;  // control thread only
  net::EventLoop& control;
  const std::vector<BoundListener>& listeners;
  std::function<void()> deadlines_changed;  // control thread: a coordinator's next deadline may be another

  int64_t NowMillis() const { return clock.MonotonicNanos() / 1'000'000; }
};

// What a client may do with a cluster or a topic when there is no authorizer, as bits of Kafka's ACL operations.
inline constexpr int32_t kClusterOperations = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 |
                                              1 << 12;  // CREATE ALTER DESCRIBE CLUSTER_ACTION configs IDEMPOTENT_WRITE
inline constexpr int32_t kTopicOperations = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 |
                                            1 << 11;  // READ WRITE CREATE DELETE ALTER DESCRIBE configs

// 1..249 characters of [a-zA-Z0-9._-], not "." or "..".
bool IsValidTopicName(std::string_view name);

}  // namespace millrace::broker
