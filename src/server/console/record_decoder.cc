#include "server/console/record_decoder.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "formats/avro/avro_json.h"

namespace millrace::server::console {
namespace {

using codec::Json;

constexpr size_t kHeaderBytes = 5;
constexpr int64_t kForgetNanos = 5'000'000'000;
constexpr size_t kMaxKnown = 10'000;

}  // namespace

DecodedBytes RecordDecoder::Decode(const char* bytes, size_t size) {
  DecodedBytes out;
  if (bytes == nullptr) {
    out.encoding = "null";
    return out;
  }
  const std::string_view view(bytes, size);
  out.size = static_cast<int64_t>(size);
  if (size >= kHeaderBytes && view[0] == '\0' && DecodeFramed(view, out)) return out;
  if (view.starts_with('{') || view.starts_with('[')) {
    if (auto json = codec::ParseJson(view); json.ok()) {
      out.encoding = "json";
      out.data = *std::move(json);
      out.text = view;
      return out;
    }
  }
  if (IsValidUtf8(view) && view.find('\0') == std::string_view::npos) {
    out.encoding = "string";
    out.data = Json(view);
    out.text = view;
    return out;
  }
  out.encoding = "bytes";
  out.text = HexEncode(view);
  return out;
}

bool RecordDecoder::DecodeFramed(std::string_view bytes, DecodedBytes& out) {
  uint32_t raw = 0;
  for (size_t i = 1; i < kHeaderBytes; ++i) raw = raw << 8 | static_cast<unsigned char>(bytes[i]);
  const auto id = static_cast<int32_t>(raw);
  if (client_ == nullptr || id <= 0) return false;
  const auto schema = Find(id);
  if (!schema.ok()) {
    out.error = schema.error().message;
    return false;
  }
  bytes.remove_prefix(kHeaderBytes);
  const Known& known = **schema;
  auto data = known.avro                      ? formats::AvroToJson(*known.avro, bytes)
              : known.content->type == "JSON" ? codec::ParseJson(bytes)
                                              : UserError("Data of type " + known.content->type + " is not decoded.");
  out.schema_id = id;
  if (!data.ok()) {
    out.error = fmt::format("Schema {}: {}", id, data.error().message);
    return false;
  }
  out.encoding = known.avro ? "avro" : "json";
  out.text = data->ToString();
  out.data = *std::move(data);
  return true;
}

Result<std::shared_ptr<const RecordDecoder::Known>> RecordDecoder::Find(int32_t id) {
  const int64_t now = clock_->MonotonicNanos();
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = known_.find(id); it != known_.end()) return it->second;
    if (const auto it = failures_.find(id); it != failures_.end() && now < it->second.until_nanos) {
      return it->second.error;
    }
  }
  auto fetched = Fetch(id);
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  if (failures_.size() >= kMaxKnown) failures_.clear();
  if (fetched.ok()) {
    failures_.erase(id);
    known_[id] = *fetched;
  } else {
    failures_[id] = {clock_->MonotonicNanos() + kForgetNanos, fetched.error()};
  }
  return fetched;
}

Result<std::shared_ptr<const RecordDecoder::Known>> RecordDecoder::Fetch(int32_t id) {
  if (client_ == nullptr) return UserError("There is no schema registry.");
  auto known = std::make_shared<Known>();
  MR_ASSIGN(known->content, client_->GetById(id));
  if (known->content->type == "AVRO") {
    codec::avro::ParseOptions options;
    MR_ASSIGN(options.references, client_->ResolveReferences(*known->content));
    MR_ASSIGN(known->avro, codec::avro::Schema::Parse(known->content->text, options));
  }
  return std::shared_ptr<const Known>(std::move(known));
}

}  // namespace millrace::server::console
