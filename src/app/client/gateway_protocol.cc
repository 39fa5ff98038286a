#include "app/client/gateway_protocol.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/client/raw_fields.h"
#include "base/strings.h"
#include "http/client.h"

namespace millrace::app::client {
namespace {

using codec::Json;

constexpr codec::JsonLimits kLimits = {.max_bytes = size_t{256} << 20};

int32_t IntOr(const Json& json, std::string_view name, int32_t otherwise) {
  const Json* value = json.Find(name);
  return value != nullptr && value->is_int() ? static_cast<int32_t>(value->AsInt()) : otherwise;
}

// PLAIN_TEXT pages (V2) hold text and null only; the rest is how V1 writes cells.
std::optional<std::string> CellOf(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull: return std::nullopt;
    case Json::Kind::kString: return json.AsString();
    case Json::Kind::kBool: return json.AsBool() ? "TRUE" : "FALSE";
    case Json::Kind::kInt:
    case Json::Kind::kDouble: return json.ToString();
    case Json::Kind::kArray: {
      std::vector<std::string> items;
      for (const Json& item : json.items()) items.push_back(CellOf(item).value_or("NULL"));
      return "[" + Join(items, ", ") + "]";
    }
    case Json::Kind::kObject: {
      std::vector<std::string> members;
      for (const codec::JsonMember& member : json.members())
        members.push_back(member.name + "=" + CellOf(member.value).value_or("NULL"));
      return "{" + Join(members, ", ") + "}";
    }
  }
  return std::nullopt;
}

RowKind KindOf(const std::string* name) {
  if (name == nullptr || *name == "INSERT") return RowKind::kInsert;
  if (*name == "UPDATE_BEFORE") return RowKind::kUpdateBefore;
  return *name == "UPDATE_AFTER" ? RowKind::kUpdateAfter : RowKind::kDelete;
}

void ReadResults(const Json& results, ResultPage* page) {
  const Json* columns = results.Find("columns");
  if (columns != nullptr && columns->is_array()) {
    for (const Json& column : columns->items()) {
      const std::string* name = column.FindString("name");
      const Json* type = column.Find("logicalType");
      page->schema.fields.push_back(
          {name == nullptr ? "" : *name, type == nullptr ? DataType::String() : ParseLogicalType(*type), ""});
    }
  }
  const Json* data = results.Find("data");
  if (data == nullptr || !data->is_array()) return;
  for (const Json& item : data->items()) {
    ResultRow& row = page->rows.emplace_back();
    row.kind = KindOf(item.FindString("kind"));
    const Json* fields = item.Find("fields");
    if (fields == nullptr || !fields->is_array()) continue;
    for (const Json& field : fields->items()) row.cells.push_back(CellOf(field));
  }
}

// "https://../result/12?rowFormat=JSON" -> 12.
Result<int64_t> TokenOf(std::string_view uri) {
  uri = uri.substr(0, uri.find('?'));
  const auto token = ParseInt64(uri.substr(uri.rfind('/') + 1));
  if (!token) return ExternalError(fmt::format("The gateway's nextResultUri has no token: {}", uri), Retry::kNo);
  return *token;
}

struct NamedType {
  std::string_view name;
  TypeKind kind;
};
constexpr NamedType kTypes[] = {
    {"BOOLEAN", TypeKind::kBoolean},
    {"TINYINT", TypeKind::kTinyInt},
    {"SMALLINT", TypeKind::kSmallInt},
    {"INTEGER", TypeKind::kInt},
    {"BIGINT", TypeKind::kBigInt},
    {"FLOAT", TypeKind::kFloat},
    {"DOUBLE", TypeKind::kDouble},
    {"DATE", TypeKind::kDate},
    {"DECIMAL", TypeKind::kDecimal},
    {"TIME_WITHOUT_TIME_ZONE", TypeKind::kTime},
    {"TIMESTAMP_WITHOUT_TIME_ZONE", TypeKind::kTimestamp},
    {"TIMESTAMP_WITH_LOCAL_TIME_ZONE", TypeKind::kTimestampLtz},
};

// The message of one cause: the text up to the first line of its stack.
std::string_view WithoutStack(std::string_view cause) {
  for (const std::string_view end : {"\n\tat ", "\n\t... ", "\nEnd of exception on server side"})
    cause = cause.substr(0, cause.find(end));
  return Trim(cause);
}

// "java.lang.Exception: text" -> class and text.
Error CauseError(std::string_view cause) {
  const size_t colon = cause.find(": ");
  const std::string_view name = cause.substr(0, colon);
  const bool is_class = name.find('.') != std::string_view::npos && name.find_first_of(" \n") == std::string_view::npos;
  if (!is_class) return ExternalError(std::string(cause), Retry::kNo);
  const std::string_view text = colon == std::string_view::npos ? std::string_view() : Trim(cause.substr(colon + 2));
  return ExternalError(std::string(text), Retry::kNo).WithCode(std::string(name));
}

// What our own gateway tells besides: the parts of the text.
void TakeDetail(const Json& detail, Error* error) {
  if (const std::string* message = detail.FindString("message")) error->message = *message;
  if (const std::string* hint = detail.FindString("hint")) error->hint = *hint;
  const auto number = [&](std::string_view name) { return static_cast<uint32_t>(IntOr(detail, name, 0)); };
  if (detail.Find("line") != nullptr)
    error->span = SourceSpan{number("offset"), number("length"), number("line"), number("column")};
}

}  // namespace

DataType ParseLogicalType(const Json& json) {
  const std::string* name = json.FindString("type");
  if (name == nullptr) return DataType::String();
  const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.name == *name; });
  if (row == std::end(kTypes)) return DataType::String();
  DataType type = DataType::Of(row->kind);
  type.precision = IntOr(json, "precision", 0);
  type.scale = IntOr(json, "scale", 0);
  return type;
}

Result<ResultPage> ParseResultPage(std::string_view body, CellFormat cells) {
  auto json = codec::ParseJson(body, kLimits);
  if (!json.ok()) return std::move(json).error().InContext("The gateway's answer is not JSON");
  ResultPage page;
  const std::string* type = json->FindString("resultType");
  if (type == nullptr) return ExternalError("The gateway's answer has no resultType.", Retry::kNo);
  page.type = *type == "NOT_READY" ? ResultPage::Type::kNotReady
              : *type == "PAYLOAD" ? ResultPage::Type::kPayload
                                   : ResultPage::Type::kEndOfStream;
  const Json* query = json->Find("isQueryResult");
  page.is_query = query != nullptr && query->is_bool() && query->AsBool();
  if (const std::string* kind = json->FindString("resultKind")) page.has_content = *kind == "SUCCESS_WITH_CONTENT";
  if (const std::string* job = json->FindString("jobID")) page.job_id = *job;
  if (const Json* results = json->Find("results")) ReadResults(*results, &page);
  if (const Json* warnings = json->Find("warnings"); warnings != nullptr && warnings->is_array()) {
    for (const Json& warning : warnings->items()) {
      if (warning.is_string()) page.warnings.push_back(warning.AsString());
    }
  }
  if (cells == CellFormat::kJson) {
    std::vector<Cells> raw = RawFields(body);
    for (size_t i = 0; i < std::min(raw.size(), page.rows.size()); ++i) page.rows[i].cells = std::move(raw[i]);
  }
  if (const std::string* next = json->FindString("nextResultUri")) {
    MR_ASSIGN(page.next_token, TokenOf(*next));
  } else if (page.type != ResultPage::Type::kEndOfStream) {
    return ExternalError("The gateway's answer has no nextResultUri.", Retry::kNo);
  }
  return page;
}

Error ParseGatewayError(int status, std::string_view body) {
  const auto json = codec::ParseJson(body, kLimits);
  const Json* errors = json.ok() ? json->Find("errors") : nullptr;
  std::string_view text;
  if (errors != nullptr && errors->is_array()) {
    for (const Json& item : errors->items()) {
      if (item.is_string()) text = item.AsString();  // the last one tells most
    }
  }
  if (text.empty()) return ExternalError(fmt::format("The gateway answered HTTP {}.", status), Retry::kNo);
  constexpr std::string_view kBegin = "<Exception on server side:\n";
  constexpr std::string_view kCause = "Caused by: ";
  if (text.starts_with(kBegin)) text.remove_prefix(kBegin.size());
  Error best = CauseError(WithoutStack(text));
  for (size_t at = text.find(kCause); at != std::string_view::npos; at = text.find(kCause, at + 1)) {
    Error cause = CauseError(WithoutStack(text.substr(at + kCause.size())));
    if (!cause.message.empty()) best = std::move(cause);
  }
  if (const Json* detail = json->Find("detail")) TakeDetail(*detail, &best);
  return best;
}

Result<std::string> GatewayUrl(std::string_view endpoint) {
  std::string url(Trim(endpoint));
  if (url.find("://") == std::string::npos) url = "http://" + url;
  while (url.ends_with('/')) url.pop_back();
  MR_TRY(http::ParseUrl(url));
  return url;
}

}  // namespace millrace::app::client
