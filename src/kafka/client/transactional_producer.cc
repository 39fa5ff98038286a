#include "kafka/client/transactional_producer.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/failpoint.h"
#include "kafka/client/native_types.h"
#include "kafka/client/producer_core.h"

namespace millrace::kafka {
namespace {

constexpr std::chrono::milliseconds kPatience{60'000};
constexpr int kTries = 6;

// Repeats a call, given the time that is left, while librdkafka says that the very same call may still succeed. One
// that ends early has met a clock that was set forward. Not cut into short calls: librdkafka ends the process when the
// answer to a commit comes while no call waits for it.
template <typename Call>
rd_kafka_error_t* Repeat(const Call& call) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (int tries = 1;; ++tries) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    rd_kafka_error_t* error = call(static_cast<int>(std::max<int64_t>(left.count(), 0)));
    const bool may_repeat = tries < kTries && std::chrono::steady_clock::now() < end;
    if (error == nullptr || !may_repeat || rd_kafka_error_is_retriable(error) == 0) return error;
    rd_kafka_error_destroy(error);
  }
}

}  // namespace

bool IsFenced(int native_code) {
  return native_code == RD_KAFKA_RESP_ERR__FENCED || native_code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         native_code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

Error MarkFenced(int native_code, Error error) {
  if (!IsFenced(native_code)) return error;
  error.code = TransactionalProducer::kFenced;
  error.retry = Retry::kNo;
  error.hint =
      "Another process writes with this transactional id: only one may run. (Also when a transaction was open longer "
      "than 'transaction.timeout.ms'.)";
  return error;
}

TransactionalProducer::TransactionalProducer(std::shared_ptr<Producer::Core> core, std::string id)
    : core_(std::move(core)), id_(std::move(id)) {}

// A transaction that is left open would hold back readers until it times out.
TransactionalProducer::~TransactionalProducer() {
  if (!open_) return;
  constexpr int kAbortMillis = 2'000;
  if (auto* error = rd_kafka_abort_transaction(core_->client->handle(), kAbortMillis); error != nullptr)
    rd_kafka_error_destroy(error);
}

Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::Create(const ClientConfig& config,
                                                                             const std::string& id,
                                                                             int64_t timeout_millis) {
  MR_ASSIGN(auto core, Producer::Core::Make(config, {{"transactional.id", id},
                                                     {"transaction.timeout.ms", std::to_string(timeout_millis)},
                                                     // a record lives no longer than its transaction
                                                     {"message.timeout.ms", std::to_string(timeout_millis)},
                                                     {"enable.idempotence", "true"}}));
  return std::unique_ptr<TransactionalProducer>(new TransactionalProducer(std::move(core), id));
}

Error TransactionalProducer::MakeError(void* native_error, const char* what) const {
  auto* error = static_cast<rd_kafka_error_t*>(native_error);
  const auto code = rd_kafka_error_code(error);
  Error made = core_->client->MakeError(code, fmt::format("{} of '{}'", what, id_), rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
  return MarkFenced(code, std::move(made));
}

Status TransactionalProducer::Init() {
  rd_kafka_t* handle = core_->client->handle();
  if (auto* error = Repeat([&](int millis) { return rd_kafka_init_transactions(handle, millis); }); error != nullptr)
    return MakeError(error, "Cannot start the Kafka transactions");
  rd_kafka_poll(handle, 0);
  core_->client->events().NoteSuccess();
  return Ok();
}

Status TransactionalProducer::Begin() {
  if (auto* error = rd_kafka_begin_transaction(core_->client->handle()); error != nullptr)
    return MakeError(error, "Cannot begin the Kafka transaction");
  open_ = true;
  return Ok();
}

std::unique_ptr<Producer> TransactionalProducer::MakeProducer() { return std::make_unique<Producer>(core_); }

void TransactionalProducer::Cancel() {
  core_->NoteFailure(ExternalError(fmt::format("The Kafka transaction of '{}' was given up.", id_), Retry::kYes));
}

Status TransactionalProducer::Commit(const std::string& group, std::span<const TopicPartitionOffset> offsets) {
  MR_TRY(core_->Failure());
  rd_kafka_t* handle = core_->client->handle();
  const PartitionListPtr list = MakePartitionList(offsets);
  rd_kafka_consumer_group_metadata_t* metadata = rd_kafka_consumer_group_metadata_new(group.c_str());
  auto* error =
      Repeat([&](int millis) { return rd_kafka_send_offsets_to_transaction(handle, list.get(), metadata, millis); });
  rd_kafka_consumer_group_metadata_destroy(metadata);
  if (error != nullptr) return MakeError(error, "Cannot write the checkpoint's number into the Kafka transaction");
  FailPoint("kafka.marker.sent");
  // From here on the broker may have committed it: nobody aborts it but the next producer's Init, which waits for the
  // outcome. (librdkafka ends the process when an abort meets the late answer to a commit.)
  open_ = false;
  error = Repeat([&](int millis) { return rd_kafka_commit_transaction(handle, millis); });
  if (error != nullptr) return MakeError(error, "Cannot commit the Kafka transaction");
  return core_->Failure();
}

}  // namespace millrace::kafka
