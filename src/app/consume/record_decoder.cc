#include "app/consume/record_decoder.h"

#include "app/consume/avro_datum.h"
#include "base/strings.h"

namespace millrace::app {
namespace {

using codec::Json;

constexpr size_t kHeaderBytes = 5;

Json Text(std::string_view bytes) {
  if (bytes.starts_with("{") || bytes.starts_with("[")) {
    auto json = codec::ParseJson(bytes);
    if (json.ok()) return std::move(*json);
  }
  if (IsValidUtf8(bytes) && bytes.find('\0') == std::string_view::npos) return Json(bytes);
  Json out = Json::MakeObject();
  out.Set("base64", Base64Encode(bytes));
  return out;
}

}  // namespace

RecordDecoder::RecordDecoder(const std::string& registry_url) {
  registry::ClientOptions options;
  options.urls = {registry_url};
  options.max_retries = 1;
  client_ = std::make_unique<registry::Client>(std::move(options));
}

Json RecordDecoder::DecodeRecord(const kafka::TopicPartition& place, const kafka::MessageView& message) {
  Json row = Json::MakeObject();
  row.Set("partition", place.partition);
  row.Set("offset", message.offset);
  row.Set("timestamp", message.timestamp);
  const auto headers = message.Headers();
  if (!headers.empty()) {
    Json list = Json::MakeObject();
    for (const auto& header : headers) {
      list.members().push_back(
          {std::string(header.name), header.value == nullptr ? Json() : Text({header.value, header.size})});
    }
    row.Set("headers", std::move(list));
  }
  row.Set("key", message.key == nullptr ? Json() : Decode({message.key, message.key_size}));
  row.Set("value", message.value == nullptr ? Json() : Decode({message.value, message.value_size}));
  return row;
}

Json RecordDecoder::Decode(std::string_view bytes) {
  if (bytes.size() > kHeaderBytes && bytes[0] == '\0') {
    int32_t id = 0;
    for (size_t i = 1; i < kHeaderBytes; ++i) id = id << 8 | static_cast<unsigned char>(bytes[i]);
    if (const codec::avro::Schema* schema = Find(id)) {
      auto value = AvroToJson(*schema, bytes.substr(kHeaderBytes));
      if (value.ok()) return std::move(*value);
    }
  }
  return Text(bytes);
}

const codec::avro::Schema* RecordDecoder::Find(int32_t id) {
  const auto it = schemas_.find(id);
  if (it != schemas_.end()) return &it->second;
  const auto content = client_->GetById(id);
  if (!content.ok()) return nullptr;  // asked again for the next record: the registry may come back
  auto schema = codec::avro::Schema::Parse((*content)->text);
  if (!schema.ok()) return nullptr;
  return &schemas_.emplace(id, std::move(*schema)).first->second;
}

}  // namespace millrace::app
