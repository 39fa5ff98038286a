#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "kafka/client/native_client.h"
#include "kafka/client/producer.h"

namespace millrace::kafka {

// Another producer with the same transactional id was started, or the brokers ended the transaction.
bool IsFenced(int native_code);
// Gives an error with such a code the code kFenced; others stay.
Error MarkFenced(int native_code, Error error);

// The native client behind one producer, or behind all producers of a transaction, and the first thing that failed on
// it. Thread-safe. Only .cc files of this folder use it.
struct Producer::Core {
  std::unique_ptr<NativeClient> client;

  static Result<std::shared_ptr<Core>> Make(const ClientConfig& config, const NativeProperties& extra);
  ~Core();
  // `follows`: from another failure, whose own report takes its place should it come later.
  void NoteFailure(Error error, bool follows = false);
  void NoteDelivered(TopicPartitionOffset place);
  std::optional<TopicPartitionOffset> LastDelivered();
  // Polls until `reported`, or for a moment.
  void PollUntil(const std::function<bool()>& reported);
  // The first failed delivery, or librdkafka's fatal error.
  Status Failure();

 private:
  // Whether the report of what caused the first failure is still to come, and nobody has waited for it.
  bool AwaitsCause();

  std::mutex mutex_;
  std::optional<TopicPartitionOffset> last_delivered_;
  std::optional<Error> first_failure_;
  bool first_follows_ = false;
  bool cause_awaited_ = false;
  bool fatal_ = false;  // first_failure_ is librdkafka's fatal error
};

}  // namespace millrace::kafka
