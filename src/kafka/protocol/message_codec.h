#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/protocol/wire.h"

namespace millrace::kafka {

// Decodes the body of a request or response (what follows the header). `version` must lie in the message's
// kMinVersion..kMaxVersion. Bytes after the message are ignored, as the Java broker does. The Records of the result
// point into `body`. Fails (user domain) on malformed input.
template <typename Message>
Result<Message> DecodeMessage(std::string_view body, int16_t version) {
  Reader in(body);
  Message message;
  message.Decode(in, version);
  if (!in.ok()) return in.error();
  return message;
}

// The encoded body in one piece.
template <typename Message>
std::string EncodeToString(const Message& message, int16_t version) {
  Writer out;
  message.Encode(out, version);
  return std::move(out).Take().Flatten();
}

template <typename Message>
Result<std::string> Reencode(std::string_view body, int16_t version) {
  MR_ASSIGN(const Message message, DecodeMessage<Message>(body, version));
  return EncodeToString(message, version);
}

}  // namespace millrace::kafka
