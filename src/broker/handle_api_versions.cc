#include "broker/context.h"
#include "broker/handle.h"
#include "broker/handlers.h"
#include "kafka/protocol/message_codec.h"

namespace millrace::broker {
namespace {

constexpr int16_t kFirstWithSoftware = 3;

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Kafka's rule for client software names and versions: [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?
bool IsSoftwareName(std::string_view text) {
  if (text.empty() || !IsAlphanumeric(text.front()) || !IsAlphanumeric(text.back())) return false;
  for (const char c : text) {
    if (!IsAlphanumeric(c) && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

void HandleApiVersions(BrokerContext&, Request request, const Responder& responder) {
  const Handler& self = *FindHandler(kafka::kApiVersionsKey);
  kafka::ApiVersionsResponse response;
  if (request.version() < self.min_version || request.version() > self.max_version) {
    // The client asks again with a version of this list; it reads this answer as version 0.
    response.error_code = kafka::Code(kafka::ErrorCode::kUnsupportedVersion);
    response.api_keys.push_back({self.api_key, self.min_version, self.max_version});
    return responder.SendAs(response, 0);
  }
  const auto message = kafka::DecodeMessage<kafka::ApiVersionsRequest>(request.body, request.version());
  if (!message.ok()) return responder.CloseConnection(message.error());
  if (request.version() >= kFirstWithSoftware &&
      (!IsSoftwareName(message->client_software_name) || !IsSoftwareName(message->client_software_version))) {
    response.error_code = kafka::Code(kafka::ErrorCode::kInvalidRequest);
    return responder.Send(response);
  }
  for (const Handler& handler : Handlers())
    response.api_keys.push_back({handler.api_key, handler.min_version, handler.max_version});
  responder.Send(response);
}

}  // namespace millrace::broker
