#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::kafka {

// The error codes of Kafka's protocol. Each row of errors.inc: number, name as Kafka spells it, whether a client may
// retry, text.
enum class ErrorCode : int16_t {
#define MR_KAFKA_ERROR(number, name, constant, retriable, text) constant = number,
#include "kafka/protocol/errors.inc"
#undef MR_KAFKA_ERROR
};

constexpr int16_t Code(ErrorCode error) { return static_cast<int16_t>(error); }

// "UNKNOWN_TOPIC_OR_PARTITION"; a number that is not in the table gives "UNKNOWN_ERROR_CODE".
std::string_view ErrorName(int16_t code);
std::string_view ErrorText(int16_t code);
bool IsRetriable(int16_t code);

}  // namespace millrace::kafka
