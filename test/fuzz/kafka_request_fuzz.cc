// Kafka request frames: header, then the body of any API and version. What decodes must encode to bytes that decode to
// the same again. The same bytes are also tried as a response, which a client would read from a broken broker.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kafka/protocol/api_table.h"
#include "kafka/protocol/header.h"

namespace {

using Reencode = millrace::Result<std::string> (*)(std::string_view, int16_t);

void CheckStable(Reencode reencode, std::string_view body, int16_t version) {
  const auto once = reencode(body, version);
  if (!once.ok()) return;
  const auto twice = reencode(*once, version);
  if (!twice.ok() || *twice != *once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  const auto prefix = millrace::kafka::PeekRequest(frame);
  if (!prefix.ok()) return 0;
  const millrace::kafka::ApiInfo* api = millrace::kafka::FindApi(prefix->api_key);
  if (api == nullptr || prefix->api_version < api->min_version || prefix->api_version > api->max_version) return 0;
  millrace::kafka::Reader in(frame);
  if (!millrace::kafka::DecodeRequestHeader(in).ok()) return 0;
  const std::string_view body = frame.substr(frame.size() - in.remaining());
  CheckStable(api->reencode_request, body, prefix->api_version);
  CheckStable(api->reencode_response, body, prefix->api_version);
  return 0;
}
