#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/storage.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// A transaction's end as Kafka writes it: a control batch of one record, whose key holds version and type (0 abort,
// 1 commit) and whose value holds version and the coordinator's epoch.
std::string EncodeMarker(const TransactionMarker& marker, int64_t timestamp);

// nullopt: a control batch of another kind, or a damaged one.
std::optional<TransactionMarker> DecodeMarker(const kafka::BatchHeader& header, std::string_view batch);

}  // namespace millrace::broker
