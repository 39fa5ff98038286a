// /api/topics/{topic}/form and POST /api/topics/{topic}/messages.
#include <algorithm>

#include <fmt/format.h>

#include "base/hex.h"
#include "formats/avro/avro_json.h"
#include "kafka/client/producer.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"

namespace millrace::server::console {

using codec::Json;
using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::SchemaField;
using codec::avro::Type;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

constexpr int kMaxFormDepth = 8;  // deeper records are typed in as JSON

// The branch that a form offers: the only one besides null, else null.
const Type* OnlyValueBranch(const Type& type) {
  const Type* only = nullptr;
  for (const Type* branch : type.branches) {
    if (branch->kind == Kind::kNull) continue;
    if (only != nullptr) return nullptr;
    only = branch;
  }
  return only;
}

Json LogicalJson(const Type& type) {
  switch (type.logical) {
    case Logical::kNone: return Json();
    case Logical::kDecimal: return Json(fmt::format("decimal({},{})", type.precision, type.scale));
    case Logical::kDate: return Json("date");
    case Logical::kTimeMillis: return Json("time-millis");
    case Logical::kTimeMicros: return Json("time-micros");
    case Logical::kTimestampMillis: return Json("timestamp-millis");
    case Logical::kTimestampMicros: return Json("timestamp-micros");
    case Logical::kLocalTimestampMillis: return Json("local-timestamp-millis");
    case Logical::kLocalTimestampMicros: return Json("local-timestamp-micros");
    case Logical::kUuid: return Json("uuid");
  }
  return Json();
}

Json FormFields(const Type& record, int depth);

Json FormField(const std::string& name, const Type& declared, const std::optional<Json>& default_value, int depth) {
  const Type* type = &declared;
  bool nullable = declared.kind == Kind::kNull;
  if (declared.kind == Kind::kUnion) {
    for (const Type* branch : declared.branches) nullable |= branch->kind == Kind::kNull;
    if (const Type* only = OnlyValueBranch(declared); only != nullptr) type = only;
  }
  Json out = Json::MakeObject();
  out.Set("name", name).Set("type", codec::avro::KindName(type->kind)).Set("nullable", nullable);
  out.Set("default", default_value.value_or(Json())).Set("has_default", default_value.has_value());
  out.Set("logical_type", LogicalJson(*type)).Set("symbols", TextArray(type->symbols));
  const bool is_record = type->kind == Kind::kRecord && depth < kMaxFormDepth;
  out.Set("fields", is_record ? FormFields(*type, depth + 1) : Json::MakeArray());
  if (type->kind == Kind::kArray || type->kind == Kind::kMap) {
    out.Set("items", depth < kMaxFormDepth ? FormField("", type->element(), std::nullopt, depth + 1) : Json());
  }
  return out;
}

Json FormFields(const Type& record, int depth) {
  Json out = Json::MakeArray();
  for (const SchemaField& field : record.fields)
    out.Append(FormField(field.name, *field.type, field.default_value, depth));
  return out;
}

Result<Json> FormOf(KafkaConsole& context, const registry::RegisteredSchema* schema) {
  if (schema == nullptr) return Json();
  Json out = Json::MakeObject();
  out.Set("schema_id", schema->id).Set("subject", schema->subject).Set("type", schema->content.type);
  MR_ASSIGN(const auto known, context.decoder().Find(schema->id));
  Json fields = Json::MakeArray();
  if (known->avro && known->avro->root().kind == Kind::kRecord)
    fields = FormFields(known->avro->root(), 0);
  else if (known->avro)
    fields.Append(FormField("", known->avro->root(), std::nullopt, 0));
  return out.Set("fields", std::move(fields));
}

Outcome GetForm(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  const auto subjects = context.subjects();
  Json out = Json::MakeObject();
  for (const bool is_key : {true, false}) {
    MR_ASSIGN(Json form, FormOf(context, subjects->OfTopic(topic.name, is_key)));
    out.Set(is_key ? "key" : "value", std::move(form));
  }
  return Answer(out);
}

// The bytes under a schema, with the registry's header.
Result<std::string> Framed(KafkaConsole& context, int32_t id, const Json& data) {
  MR_ASSIGN(const auto known, context.decoder().Find(id));
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(id >> shift));
  if (known->avro) {
    MR_ASSIGN(const std::string bytes, formats::JsonToAvro(*known->avro, data));
    return out + bytes;
  }
  if (known->content->type == "JSON") return out + data.ToString();
  return UserError(fmt::format("Data of type {} cannot be written here.", known->content->type))
      .WithHint("Use an Avro or JSON schema.");
}

// "key" or "value" of the body as bytes; none = Kafka's null.
Result<std::optional<std::string>> EncodeSide(KafkaConsole& context, const Json& body, std::string_view side) {
  using Bytes = std::optional<std::string>;
  const Json* part = body.Find(side);
  if (part == nullptr || part->is_null()) return Bytes();
  if (!part->is_object()) return UserError(fmt::format("The body's '{}' must be an object or null.", side));
  const Json* found = part->Find("data");
  const Json data = found == nullptr ? Json() : *found;
  MR_ASSIGN(const int64_t id, BodyNumber(*part, "schema_id", 0, 0, INT32_MAX));
  if (id > 0) {
    auto bytes = Framed(context, static_cast<int32_t>(id), data);
    if (!bytes.ok()) return std::move(bytes).error().InContext(side);
    return Bytes(*std::move(bytes));
  }
  const std::string* format = part->FindString("format");
  const std::string name = format != nullptr ? *format : data.is_string() ? "string" : "json";
  if (name == "null") return Bytes();
  if (name == "json") return Bytes(data.ToString());
  if (!data.is_string()) return UserError(fmt::format("{}: the data of format {} must be a text.", side, name));
  if (name == "string") return Bytes(data.AsString());
  if (name != "bytes") {
    return UserError(fmt::format("{}: 'format' takes json, string, bytes or null, not '{}'.", side, name));
  }
  auto bytes = HexDecode(data.AsString());
  if (!bytes) return UserError(fmt::format("{}: bytes are written as pairs of hexadecimal digits.", side));
  return bytes;
}

struct Header {
  std::string name;
  std::optional<std::string> value;
};

// [{"name", "value"}] or [{"name", "hex"}]
Result<std::vector<Header>> ParseHeaders(const Json& body) {
  std::vector<Header> out;
  const Json* list = body.Find("headers");
  if (list == nullptr || list->is_null()) return out;
  if (!list->is_array()) return UserError("The body's 'headers' must be a list of {name, value}.");
  for (const Json& one : list->items()) {
    MR_ASSIGN(std::string name, BodyText(one, "name"));
    Header& header = out.emplace_back(Header{std::move(name), std::nullopt});
    if (const std::string* value = one.FindString("value"); value != nullptr) header.value = *value;
    const std::string* hex = one.FindString("hex");
    if (header.value || hex == nullptr) continue;
    header.value = HexDecode(*hex);
    if (!header.value)
      return UserError(fmt::format("Header '{}': \"hex\" must hold pairs of hexadecimal digits.", header.name));
  }
  return out;
}

Outcome PostMessage(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  MR_ASSIGN(const Json body, ParseBody(request));
  const auto last = static_cast<int64_t>(topic.partitions.size()) - 1;
  MR_ASSIGN(const int64_t partition, BodyNumber(body, "partition", kafka::kAnyPartition, 0, last));
  MR_ASSIGN(const auto key, EncodeSide(context, body, "key"));
  MR_ASSIGN(const auto value, EncodeSide(context, body, "value"));
  MR_ASSIGN(const auto headers, ParseHeaders(body));
  std::vector<kafka::HeaderView> views;
  for (const Header& header : headers) {
    views.push_back(
        {header.name, header.value ? header.value->data() : nullptr, header.value ? header.value->size() : 0});
  }
  kafka::ClientConfig config = context.options().kafka;
  config.properties["delivery.report.only.error"] = "false";
  config.properties["delivery.timeout.ms"] = "10000";
  config.properties["request.timeout.ms"] = "5000";
  config.properties["linger.ms"] = "0";
  MR_ASSIGN(const auto producer, kafka::Producer::Create(config));
  MR_ASSIGN(const uint32_t handle, producer->OpenTopic(topic.name));
  const kafka::ProducerRecord record{.key = key ? key->data() : nullptr,
                                     .value = value ? value->data() : nullptr,
                                     .key_size = key ? key->size() : 0,
                                     .value_size = value ? value->size() : 0,
                                     .partition = static_cast<int32_t>(partition),
                                     .headers = views};
  MR_TRY(producer->Send(handle, {&record, 1}));
  MR_TRY(producer->Flush());
  const auto written = producer->LastDelivered();
  if (!written) return InternalError("The record was acknowledged without its place.");
  Json out = Json::MakeObject();
  return Answer(out.Set("partition", written->place.partition).Set("offset", written->offset), 201);
}

}  // namespace

void AddProduceRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/topics/{topic}/form", GetForm);
  add("POST", "/api/topics/{topic}/messages", PostMessage);
}

}  // namespace millrace::server::console
