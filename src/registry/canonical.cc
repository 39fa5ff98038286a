#include "registry/canonical.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::registry {
namespace {

constexpr size_t kMaxShownSchema = 10 * 1024;
constexpr size_t kMaxQuotedInput = 2 * 1024;

std::string CutUtf8(const std::string& text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (text[limit] & 0xC0) == 0x80) limit -= 1;
  return text.substr(0, limit) + "...";
}

Error InvalidSchema(const Content& content, const std::string& why) {
  return RegistryError(kInvalidSchema, fmt::format("Invalid schema {} of type {}, details: {}",
                                                   CutUtf8(content.text, kMaxQuotedInput), content.type, why));
}

}  // namespace

Result<CanonicalSchema> Canonicalize(const Content& content, std::vector<std::string> references, bool normalize,
                                     bool is_new) {
  CanonicalSchema out;
  out.content = content;
  if (content.type == "AVRO") {
    auto parsed =
        codec::avro::Schema::Parse(content.text, {.validate_defaults = is_new, .references = std::move(references)});
    if (!parsed.ok()) return InvalidSchema(content, parsed.error().message);
    using Style = codec::avro::Schema::Style;
    out.content.text = parsed->ToString(normalize ? Style::kNormalized : Style::kAvroJava);
    out.avro = std::move(parsed).value();
    return out;
  }
  if (content.type == "JSON") {
    auto parsed = codec::ParseJson(content.text);
    if (!parsed.ok()) return InvalidSchema(content, parsed.error().message);
    if (!parsed->is_object() && !parsed->is_bool()) {
      return InvalidSchema(content, "a JSON Schema is an object or a boolean");
    }
    out.content.text = parsed->ToString();
    return out;
  }
  if (content.type == "PROTOBUF") {
    out.content.text = Trim(content.text);
    if (out.content.text.empty()) return InvalidSchema(content, "the text is empty");
    return out;
  }
  return RegistryError(kUnprocessable,
                       fmt::format("Invalid schema type {}. Known are AVRO, JSON and PROTOBUF.", content.type));
}

void AppendOldSchema(std::vector<std::string>& messages, const SchemaVersion& old) {
  messages.push_back(fmt::format("{{oldSchemaVersion: {}}}", old.version));
  const std::string& text = old.content->text;
  if (text.size() <= kMaxShownSchema) {
    messages.push_back(fmt::format("{{oldSchema: '{}'}}", text));
  } else {
    messages.push_back(fmt::format("{{oldSchema: <truncated> '{}'}}", CutUtf8(text, kMaxShownSchema)));
  }
}

}  // namespace millrace::registry
