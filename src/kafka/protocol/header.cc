#include "kafka/protocol/header.h"

#include <fmt/format.h>

#include "kafka/protocol/api_table.h"

namespace millrace::kafka {
namespace {

bool IsFlexible(int16_t api_key, int16_t api_version) {
  const ApiInfo* api = FindApi(api_key);
  return api != nullptr && api->IsFlexible(api_version);
}

bool HasTaggedResponseHeader(int16_t api_key, int16_t api_version) {
  return api_key != kApiVersionsKey && IsFlexible(api_key, api_version);
}

}  // namespace

Result<RequestPrefix> PeekRequest(std::string_view frame) {
  Reader in(frame);
  RequestPrefix prefix;
  prefix.api_key = in.Int16();
  prefix.api_version = in.Int16();
  prefix.correlation_id = in.Int32();
  if (!in.ok()) return in.error();
  return prefix;
}

Result<RequestHeader> DecodeRequestHeader(Reader& in) {
  RequestHeader header;
  header.api_key = in.Int16();
  header.api_version = in.Int16();
  header.correlation_id = in.Int32();
  header.client_id = in.NullableString(false);
  if (IsFlexible(header.api_key, header.api_version)) in.SkipTags();
  if (!in.ok()) return in.error();
  return header;
}

void EncodeRequestHeader(const RequestHeader& header, Writer& out) {
  out.Int16(header.api_key);
  out.Int16(header.api_version);
  out.Int32(header.correlation_id);
  if (header.client_id.has_value()) {
    out.String(*header.client_id, false);
  } else {
    out.NullString(false);
  }
  if (IsFlexible(header.api_key, header.api_version)) out.UVarint(0);
}

void EncodeResponseHeader(int16_t api_key, int16_t api_version, int32_t correlation_id, Writer& out) {
  out.Int32(correlation_id);
  if (HasTaggedResponseHeader(api_key, api_version)) out.UVarint(0);
}

Result<int32_t> DecodeResponseHeader(int16_t api_key, int16_t api_version, Reader& in) {
  const int32_t correlation_id = in.Int32();
  if (HasTaggedResponseHeader(api_key, api_version)) in.SkipTags();
  if (!in.ok()) return in.error();
  return correlation_id;
}

}  // namespace millrace::kafka
