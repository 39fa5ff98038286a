#pragma once

#include <cstdint>

namespace millrace::broker {

struct TransactionSettings {
  // transaction.max.timeout.ms. Kafka's default of 15 minutes refuses Flink's sinks, which ask for an hour unless told
  // otherwise.
  int64_t max_timeout_ms = 24LL * 3600 * 1000;
  int64_t id_expiration_ms = 7LL * 24 * 3600 * 1000;  // transactional.id.expiration.ms
  int64_t expiration_check_ms = 3600 * 1000LL;
  int64_t retry_ms = 500;  // of markers and records of the outcome that could not be written
};

}  // namespace millrace::broker
