#include <cstdlib>

#include <fmt/format.h>

#include "app/client/gateway_executor.h"
#include "base/strings.h"
#include "server/gateway/errors.h"
#include "server/web_server.h"

namespace millrace::app::client {
namespace {

using codec::Json;

constexpr int64_t kRequestMillis = 120'000;  // a gateway plans while it holds a request
constexpr int64_t kProbeMillis = 400;
constexpr std::chrono::seconds kHeartbeatInterval(60);
constexpr size_t kMaxAnswerBytes = size_t{256} << 20;

bool IsOurs(const http::ClientResponse& response) {
  const std::string* server = response.headers.Find("Server");
  return server != nullptr && *server == server::kServerHeader;
}

// Ours calls itself Flink in /info, for the sake of Flink's clients.
std::string ProductOf(const http::ClientResponse& response, const Json& info) {
  if (IsOurs(response)) return std::string(kOurProduct);
  const std::string* name = info.FindString("productName");
  const std::string* version = info.FindString("version");
  return (name == nullptr ? "an unknown product" : *name) + (version == nullptr ? "" : " " + *version);
}

// "Name:value" lines of FLINK_REST_CLIENT_HEADERS, as for Flink's client.
http::Headers HeadersOfEnvironment() {
  http::Headers headers;
  headers.Add("Content-Type", "application/json");
  headers.Add(server::gateway::kDetailHeader, "true");
  const char* lines = std::getenv("FLINK_REST_CLIENT_HEADERS");
  for (const std::string& line : Split(lines == nullptr ? "" : lines, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos) headers.Add(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  return headers;
}

Result<std::string> VersionOf(const Json& answer) {
  bool v1 = false;
  const Json* versions = answer.Find("versions");
  if (versions != nullptr && versions->is_array()) {
    for (const Json& version : versions->items()) {
      if (version == Json("V2")) return std::string("v2");
      v1 |= version == Json("V1");
    }
  }
  if (v1) return std::string("v1");
  return ExternalError("The gateway speaks neither V1 nor V2 of the SQL gateway's protocol.", Retry::kNo);
}

}  // namespace

GatewaySession::GatewaySession(const GatewayOptions&)
    : http_({.request_timeout_millis = kRequestMillis, .max_response_bytes = kMaxAnswerBytes}),
      headers_(HeadersOfEnvironment()) {}

Result<std::shared_ptr<GatewaySession>> GatewaySession::Open(const GatewayOptions& options) {
  std::shared_ptr<GatewaySession> session(new GatewaySession(options));
  MR_TRY(session->OpenSession(options));
  session->heartbeats_ = std::thread([raw = session.get()] { raw->SendHeartbeats(); });
  return session;
}

Status GatewaySession::OpenSession(const GatewayOptions& options) {
  MR_ASSIGN(url_, GatewayUrl(options.endpoint));
  auto versions = SendForJson("GET", url_ + "/api_versions", "");
  if (!versions.ok()) {
    return std::move(versions).error().WithHint(
        "Is a SQL gateway there? `millrace jobmanager` and `millrace local` serve one on port 8083, Flink's is started "
        "by "
        "`sql-gateway.sh start`.");
  }
  MR_ASSIGN(version_, VersionOf(*versions));
  MR_ASSIGN(const http::ClientResponse response, Send("GET", fmt::format("{}/{}/info", url_, version_), ""));
  MR_ASSIGN(const Json info, codec::ParseJson(response.body));
  product_ = ProductOf(response, info);
  Json properties = Json::MakeObject();
  for (const auto& [key, value] : options.properties) properties.Set(key, value);
  Json body = Json::MakeObject();
  body.Set("sessionName", "millrace sql").Set("properties", std::move(properties));
  MR_ASSIGN(const Json session, SendForJson("POST", fmt::format("{}/{}/sessions", url_, version_), body.ToString()));
  const std::string* handle = session.FindString("sessionHandle");
  if (handle == nullptr)
    return ExternalError("The gateway's answer has no sessionHandle: " + session.ToString(), Retry::kNo);
  handle_ = *handle;
  session_ = fmt::format("{}/{}/sessions/{}", url_, version_, handle_);
  return Ok();
}

GatewaySession::~GatewaySession() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  if (heartbeats_.joinable()) heartbeats_.join();
  if (!session_.empty()) static_cast<void>(Send("DELETE", session_, "").ok());
}

// Without them a gateway ends an idle session.
void GatewaySession::SendHeartbeats() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kHeartbeatInterval, [&] { return end_; })) {
    lock.unlock();
    static_cast<void>(Send("POST", session_ + "/heartbeat", "{}").ok());
    lock.lock();
  }
}

Result<http::ClientResponse> GatewaySession::Send(std::string_view method, const std::string& url,
                                                  std::string_view body) {
  MR_ASSIGN(http::ClientResponse response, http_.Send(method, url, body, headers_));
  if (response.status >= 400) return ParseGatewayError(response.status, response.body);
  return response;
}

Result<Json> GatewaySession::SendForJson(std::string_view method, const std::string& url, std::string_view body) {
  MR_ASSIGN(const http::ClientResponse response, Send(method, url, body));
  return codec::ParseJson(response.body);
}

Result<Json> GatewaySession::Call(std::string_view method, const std::string& path, const Json& body) {
  return SendForJson(method, session_ + path, body.is_null() ? "" : body.ToString());
}

Result<Json> GatewaySession::CompleteInWorkspace(const std::string& text, size_t cursor) {
  Json body = Json::MakeObject();
  body.Set("text", text).Set("position", static_cast<int64_t>(cursor));
  return SendForJson("POST", fmt::format("{}/api/sql/{}/complete", url_, handle_), body.ToString());
}

Result<ResultPage> GatewaySession::Fetch(const std::string& operation, int64_t token, CellFormat cells) {
  const std::string_view format = !has_v2()                    ? ""  // V1 knows JSON only
                                  : cells == CellFormat::kJson ? "?rowFormat=JSON"
                                                               : "?rowFormat=PLAIN_TEXT";
  MR_ASSIGN(const http::ClientResponse answer,
            Send("GET", fmt::format("{}/operations/{}/result/{}{}", session_, operation, token, format), ""));
  return ParseResultPage(answer.body, cells);
}

void GatewaySession::Cancel(const std::string& operation) {
  static_cast<void>(Send("POST", fmt::format("{}/operations/{}/cancel", session_, operation), "{}").ok());
}

void GatewaySession::Close(const std::string& operation) {
  static_cast<void>(Send("DELETE", fmt::format("{}/operations/{}/close", session_, operation), "").ok());
}

bool IsOurGateway(const std::string& endpoint) {
  http::Client http({.connect_timeout_millis = kProbeMillis, .request_timeout_millis = kProbeMillis});
  const auto url = GatewayUrl(endpoint);
  if (!url.ok()) return false;
  const auto response = http.Get(*url + "/v2/info");
  return response.ok() && response->status == 200 && IsOurs(*response);
}

}  // namespace millrace::app::client
