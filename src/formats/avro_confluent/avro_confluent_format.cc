#include "formats/avro_confluent/avro_confluent_format.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "formats/avro/avro_schema.h"
#include "formats/avro_confluent/confluent_codec.h"
#include "registry/client.h"

namespace millrace::formats {
namespace {

const OptionTable kAvroConfluentOptions = {
    {.name = "url",
     .doc = "The registry's URL, or several separated by commas.",
     .required = true,
     .aliases = {"schema-registry.url"}},
    {.name = "subject",
     .doc = "Subject to register under; default <topic>-key or <topic>-value.",
     .aliases = {"schema-registry.subject"}},
    {.name = "schema", .doc = "The schema to register and to read with; must have the table's columns."},
    {.name = "ssl.keystore.location",
     .doc = "The client's certificate and key (PEM or PKCS#12).",
     .aliases = {"schema-registry.ssl.keystore.location"}},
    {.name = "ssl.keystore.password",
     .doc = "Password of the key.",
     .aliases = {"schema-registry.ssl.keystore.password"}},
    {.name = "ssl.truststore.location",
     .doc = "Certificates of trusted authorities (PEM).",
     .aliases = {"schema-registry.ssl.truststore.location"}},
    {.name = "ssl.truststore.password",
     .doc = "Accepted; PEM files need none.",
     .aliases = {"schema-registry.ssl.truststore.password"}},
    {.name = "basic-auth.credentials-source", .doc = "USER_INFO: from basic-auth.user-info; URL: from the URL."},
    {.name = "basic-auth.user-info", .doc = "user:password"},
    {.name = "bearer-auth.credentials-source", .doc = "STATIC_TOKEN: from bearer-auth.token."},
    {.name = "bearer-auth.token", .doc = "The token."},
    {.name = "properties.*", .doc = "Further properties of Confluent's client; accepted."},
};

Result<std::shared_ptr<registry::Client>> MakeClient(const connect::FormatContext& context) {
  registry::ClientOptions options;
  for (const std::string& url : Split(context.options.GetString("url"), ',')) {
    options.urls.push_back(connect::ApplyHostAlias(*context.environment, Trim(url)));
  }
  const std::string user_info = context.options.GetString("basic-auth.user-info");
  if (const size_t colon = user_info.find(':'); colon != std::string::npos) {
    options.basic_auth_user = user_info.substr(0, colon);
    options.basic_auth_password = user_info.substr(colon + 1);
  } else if (!user_info.empty()) {
    return ValidationError("Option 'basic-auth.user-info' must be user:password.");
  }
  options.bearer_token = context.options.GetString("bearer-auth.token");
  options.ca_file = context.options.GetString("ssl.truststore.location");
  options.certificate_file = context.options.GetString("ssl.keystore.location");
  options.key_password = context.options.GetString("ssl.keystore.password");
  options.clock = context.environment->clock;
  return std::make_shared<registry::Client>(std::move(options));
}

SchemaLookup LookupOf(std::shared_ptr<registry::Client> client) {
  return {.by_id = [client](int32_t id) -> Result<std::string> {
            MR_ASSIGN(const auto content, client->GetById(id));
            return content->text;
          },
          .add = [client](const std::string& subject, const std::string& schema) -> Result<int32_t> {
            registry::Content content;
            content.text = schema;
            return client->Register(subject, content);
          }};
}

// The schema to register: the derived one, or the one given, which must be readable as the same columns.
Result<std::string> SchemaText(const connect::FormatContext& context) {
  MR_ASSIGN(const codec::avro::Schema derived, DeriveAvroSchema(context.fields));
  const auto given = context.options.Find("schema");
  if (!given) return derived.ToString();
  MR_ASSIGN(const codec::avro::Schema schema, codec::avro::Schema::Parse(*given));
  const auto& wanted = derived.root().fields;
  const auto& fields = schema.root().fields;
  bool same = fields.size() == wanted.size();
  for (size_t i = 0; same && i < fields.size(); ++i)
    same = fields[i].name == wanted[i].name && fields[i].type->kind == wanted[i].type->kind;
  if (!same) {
    return ValidationError(
        fmt::format("Schema provided for 'avro-confluent' format must match the table schema: its columns give {}",
                    derived.ToString()));
  }
  return schema.ToString();
}

Result<std::string> Subject(const connect::FormatContext& context) {
  if (const auto given = context.options.Find("subject")) return *given;
  if (!context.topic.empty()) return context.topic + (context.is_key ? "-key" : "-value");
  return ValidationError("Option avro-confluent.subject is required for serialization")
      .WithHint("The connector has no single topic to name the subject after.");
}

}  // namespace

connect::FormatDef AvroConfluentFormat() {
  connect::FormatDef def;
  def.name = "avro-confluent";
  def.options = &kAvroConfluentOptions;
  def.doc = "Avro data framed with the id of its schema in a Confluent-compatible registry.";
  def.make_decoder = [](const connect::FormatContext& context) -> Result<std::unique_ptr<connect::Decoder>> {
    MR_TRY(DeriveAvroSchema(context.fields));
    MR_ASSIGN(auto client, MakeClient(context));
    return MakeConfluentDecoder(context.fields, LookupOf(std::move(client)));
  };
  def.make_encoder = [](const connect::FormatContext& context) -> Result<std::unique_ptr<connect::Encoder>> {
    MR_ASSIGN(std::string subject, Subject(context));
    MR_ASSIGN(std::string schema, SchemaText(context));
    MR_ASSIGN(auto client, MakeClient(context));
    return MakeConfluentEncoder(context.fields, std::move(subject), std::move(schema), LookupOf(std::move(client)));
  };
  return def;
}

}  // namespace millrace::formats
