#include "cluster/cluster_calls.h"

#include <fmt/format.h>

#include "cluster/protocol.h"

namespace millrace::cluster {
namespace {

constexpr codec::JsonLimits kLimits{.max_bytes = size_t{256} << 20};

Result<std::string> BodyOf(http::ClientResponse response) {
  if (response.status < 400) return std::move(response.body);
  const auto json = codec::ParseJson(response.body);
  if (json.ok() && json->Find("error") != nullptr) return ErrorFromJson(*json);
  return ExternalError(fmt::format("HTTP {}: {}", response.status, response.body), Retry::kNo);
}

}  // namespace

Result<codec::Json> Call(http::Client& client, std::string_view method, const std::string& url,
                         const codec::Json& body) {
  http::Headers headers;
  headers.Add("Content-Type", "application/json");
  MR_ASSIGN(auto response, client.Send(method, url, body.is_null() ? "" : body.ToString(), headers));
  MR_ASSIGN(const std::string text, BodyOf(std::move(response)));
  return codec::ParseJson(text, kLimits);
}

Result<std::string> CallText(http::Client& client, const std::string& url) {
  MR_ASSIGN(auto response, client.Get(url));
  return BodyOf(std::move(response));
}

}  // namespace millrace::cluster
