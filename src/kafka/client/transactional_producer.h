#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "kafka/client/client_config.h"
#include "kafka/client/producer.h"

namespace millrace::kafka {

// A producer with a transactional id: what its producers write between Begin and Commit becomes visible to
// read_committed readers at once or never. After an error of Begin or Commit the object is of no more use: make another
// one, whose Init aborts what was open.
//
// Error code kFenced: another producer with the same id was started; this one must stop.
class TransactionalProducer {
 public:
  static constexpr const char* kFenced = "PRODUCER_FENCED";

  // `timeout_millis`: how long a transaction may stay open. Does not ask the broker.
  static Result<std::unique_ptr<TransactionalProducer>> Create(const ClientConfig& config, const std::string& id,
                                                               int64_t timeout_millis);
  ~TransactionalProducer();  // aborts what is open

  // Fences every earlier producer with this id and waits until its transaction has ended. A timeout that the broker
  // does not allow is INVALID_TRANSACTION_TIMEOUT.
  Status Init();
  Status Begin();
  // A producer for one thread; it may write while a transaction is open.
  std::unique_ptr<Producer> MakeProducer();
  // Everything written is acknowledged, `offsets` are committed for `group` together with it, and readers may see it.
  Status Commit(const std::string& group, std::span<const TopicPartitionOffset> offsets);
  // Thread-safe. Calls of its producers fail from now on, also those that wait for acknowledgements.
  void Cancel();

 private:
  TransactionalProducer(std::shared_ptr<Producer::Core> core, std::string id);
  Error MakeError(void* native_error, const char* what) const;

  std::shared_ptr<Producer::Core> core_;
  std::string id_;
  bool open_ = false;  // a transaction was begun and its commit not tried
};

}  // namespace millrace::kafka
