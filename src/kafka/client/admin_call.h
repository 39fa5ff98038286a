#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "kafka/client/admin.h"
#include "kafka/client/native_client.h"
#include "kafka/client/native_types.h"

namespace millrace::kafka {

struct AdminClient::Impl {
  ClientConfig config;
  std::unique_ptr<NativeClient> client;

  // Starts one admin request, waits for its answer and checks the answer's top-level error. `operation` is librdkafka's
  // rd_kafka_admin_op_t; `what` begins the error message.
  using Start = std::function<void(rd_kafka_s*, rd_kafka_AdminOptions_s*, rd_kafka_queue_s*)>;
  Result<EventPtr> Call(int operation, std::string_view what, const Start& start) const;
  // The error of one topic or group inside an answer; ok for code 0.
  Status ItemStatus(int code, std::string_view what, const char* text) const;
  // Callbacks of connection failures come only while somebody polls.
  Error FailedQuery(int code, std::string_view what) const;
};

}  // namespace millrace::kafka
