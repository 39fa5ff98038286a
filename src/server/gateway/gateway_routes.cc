// Flink's SQL gateway over HTTP (Flink 1.20, "REST Endpoint").
#include <fmt/format.h>

#include "base/secrets.h"
#include "base/strings.h"
#include "engine/completion.h"
#include "http/router.h"
#include "server/answers.h"
#include "server/gateway/errors.h"
#include "server/gateway/gateway.h"
#include "server/gateway/result_json.h"

namespace millrace::server::gateway {
namespace {

using codec::Json;
using SessionPtr = std::shared_ptr<GatewaySession>;
using OperationPtr = std::shared_ptr<Operation>;

constexpr std::string_view kVersions[] = {"v1", "v2", "v3", "v4"};
constexpr std::string_view kDefaultVersion = "v2";
constexpr std::string_view kProductName = "Apache Flink";
constexpr std::string_view kProductVersion = "1.20.3";

Json Object(std::string_view name, Json value) {
  Json out = Json::MakeObject();
  out.Set(name, std::move(value));
  return out;
}

Result<Json> Body(const http::Request& request) {
  if (Trim(request.body).empty()) return Json::MakeObject();
  MR_ASSIGN(Json body, codec::ParseJson(request.body));
  if (!body.is_object()) return UserError("The body is no JSON object.");
  return body;
}

// A member that is an object of texts, such as "properties"; absent and null are empty.
Result<std::map<std::string, std::string>> Texts(const Json& body, std::string_view name) {
  std::map<std::string, std::string> out;
  const Json* member = body.Find(name);
  if (member == nullptr || member->is_null()) return out;
  if (!member->is_object()) return UserError(fmt::format("\"{}\" must be an object of texts.", name));
  for (const auto& [key, value] : member->members()) {
    if (value.is_null()) continue;
    out[key] = value.is_string() ? value.AsString() : value.ToString();
  }
  return out;
}

Result<StatementRequest> ParseStatementRequest(const http::Request& request, bool configures) {
  MR_ASSIGN(const Json body, Body(request));
  const std::string* text = body.FindString("statement");
  if (text == nullptr) return UserError("The body has no \"statement\".");
  const Json* timeout = body.Find("executionTimeout");
  if (timeout != nullptr && timeout->is_int() && timeout->AsInt() > 0) {
    return UserError("SqlGatewayService doesn't support timeout mechanism now.")
        .WithCode("java.lang.UnsupportedOperationException");
  }
  StatementRequest out{.text = *text, .config = {}, .configures = configures};
  MR_ASSIGN(out.config, Texts(body, "executionConfig"));
  return out;
}

// The version of the request's path, for the addresses in the answer.
std::string_view VersionOf(const http::Request& request) {
  for (const std::string_view version : kVersions) {
    if (request.path.starts_with(fmt::format("/{}/", version))) return version;
  }
  return kDefaultVersion;
}

std::string NextResultUri(const http::Request& request, const ResultPage& page) {
  const std::string_view version = VersionOf(request);
  std::string uri = fmt::format("/{}/sessions/{}/operations/{}/result/{}", version, request.Parameter("session"),
                                request.Parameter("operation"), page.next_token);
  // V1 has no other format.
  if (version != "v1") uri += "?rowFormat=" + request.Query("rowFormat").value_or("JSON");
  return uri;
}

Json Columns(const Schema& schema) {
  Json columns = Json::MakeArray();
  for (const Field& field : schema.fields) {
    Json one = Json::MakeObject();
    one.Set("name", field.name).Set("logicalType", LogicalTypeJson(field.type));
    one.Set("comment", field.comment.empty() ? Json() : Json(field.comment));
    columns.Append(std::move(one));
  }
  return columns;
}

http::Response AnswerPage(const http::Request& request, const ResultPage& page, RowFormat format) {
  if (page.type == ResultPage::Type::kNotReady) {
    Json out = Object("resultType", "NOT_READY");
    return Answer(out.Set("nextResultUri", NextResultUri(request, page)));
  }
  const StatementOutcome& outcome = *page.outcome;
  const bool at_end = page.type == ResultPage::Type::kEndOfStream;
  std::string body =
      fmt::format(R"({{"resultType":"{}","isQueryResult":{})", at_end ? "EOS" : "PAYLOAD", outcome.is_query);
  if (!outcome.job_id.empty()) body += fmt::format(R"(,"jobID":"{}")", outcome.job_id);
  body += fmt::format(R"(,"resultKind":"{}","results":{{"columns":)",
                      outcome.has_content ? "SUCCESS_WITH_CONTENT" : "SUCCESS");
  Columns(outcome.schema).AppendTo(body);
  body += fmt::format(R"(,"rowFormat":"{}","data":[)", format == RowFormat::kJson ? "JSON" : "PLAIN_TEXT");
  const RowStyle style{.format = format, .zone = outcome.zone, .query = outcome.is_query};
  bool first = true;
  for (const Batch& batch : page.rows) {
    if (!first) body += ',';
    first = false;
    AppendRows(body, batch, outcome.schema, style);
  }
  body += "]}";
  if (!outcome.warnings.empty()) {  // Flink has no such member, and its clients pass over it
    Json warnings = Json::MakeArray();
    for (const std::string& warning : outcome.warnings) warnings.Append(warning);
    body += R"(,"warnings":)";
    warnings.AppendTo(body);
  }
  if (!at_end) body += fmt::format(R"(,"nextResultUri":"{}")", NextResultUri(request, page));
  body += '}';
  return http::Response::Of(200, std::move(body));
}

Result<http::Response> FetchResults(const OperationPtr& operation, http::Request& request) {
  const auto token = ParseInt64(request.Parameter("token"));
  if (!token) return UserError(fmt::format("Cannot resolve the token '{}'.", request.Parameter("token")));
  const std::string format = request.Query("rowFormat").value_or("JSON");
  if (format != "JSON" && format != "PLAIN_TEXT") return UserError(fmt::format("Unknown row format: {}.", format));
  MR_ASSIGN(const ResultPage page, operation->Fetch(*token));
  return AnswerPage(request, page, format == "JSON" ? RowFormat::kJson : RowFormat::kPlainText);
}

Result<http::Response> OpenSession(Gateway& gateway, const http::Request& request) {
  MR_ASSIGN(const Json body, Body(request));
  MR_ASSIGN(const auto properties, Texts(body, "properties"));
  MR_ASSIGN(const SessionPtr session, gateway.Open(properties));
  return Answer(Object("sessionHandle", session->handle()));
}

Result<http::Response> ConfigureSession(const SessionPtr& session, http::Request& request) {
  MR_ASSIGN(StatementRequest statement, ParseStatementRequest(request, true));
  MR_ASSIGN(const OperationPtr operation, session->Submit(std::move(statement)));
  const Status done = operation->Wait();
  MR_TRY(session->CloseOperation(operation->handle()));
  if (!done.ok()) return AnswerFailure(request, "Failed to configure session.", done.error(), operation->statement());
  return Answer(Json::MakeObject());
}

Result<http::Response> ExecuteStatement(const SessionPtr& session, http::Request& request) {
  MR_ASSIGN(StatementRequest statement, ParseStatementRequest(request, false));
  MR_ASSIGN(const OperationPtr operation, session->Submit(std::move(statement)));
  return Answer(Object("operationHandle", operation->handle()));
}

Result<http::Response> SessionConfig(const SessionPtr& session, http::Request&) {
  Json properties = Json::MakeObject();
  session->With([&](engine::Session& engine_session) {
    for (const auto& [key, value] : engine_session.config().Listing()) {
      properties.Set(key, HiddenIfSecret(key, value));
    }
  });
  return Answer(Object("properties", std::move(properties)));
}

Result<http::Response> CompleteStatement(const SessionPtr& session, http::Request& request) {
  MR_ASSIGN(const Json body, Body(request));
  const std::string* text = body.FindString("statement");
  const Json* position = body.Find("position");
  if (text == nullptr || position == nullptr || !position->is_int()) {
    return UserError("The body must have a \"statement\" and a \"position\".");
  }
  const auto cursor =
      static_cast<size_t>(std::clamp<int64_t>(position->AsInt(), 0, static_cast<int64_t>(text->size())));
  const engine::Completion completion =
      session->With([&](const engine::Session& engine_session) { return engine_session.Complete(*text, cursor); });
  Json candidates = Json::MakeArray();
  for (const engine::Candidate& candidate : completion.candidates) candidates.Append(candidate.text);
  return Answer(Object("candidates", std::move(candidates)));
}

using SessionHandler = std::function<Result<http::Response>(const SessionPtr&, http::Request&)>;
using OperationHandler = std::function<Result<http::Response>(const OperationPtr&, http::Request&)>;

class RouteAdder {
 public:
  RouteAdder(http::Router& router, Gateway& gateway) : router_(router), gateway_(gateway) {}

  // `doing` is the first line of the error that a client gets: "Failed to openSession.".
  void Add(std::string_view method, std::string_view pattern, std::string_view doing,
           std::function<Result<http::Response>(http::Request&)> handle) {
    const http::Handler handler = [doing, handle = std::move(handle)](http::Request& request) {
      auto answer = handle(request);
      return answer.ok() ? std::move(*answer) : AnswerFailure(request, doing, answer.error(), "");
    };
    for (const std::string_view version : kVersions)
      router_.Add(method, fmt::format("/{}{}", version, pattern), handler);
    router_.Add(method, pattern, handler);
  }

  void ForSession(std::string_view method, std::string_view path, std::string_view doing, SessionHandler handle) {
    Add(method, fmt::format("/sessions/{{session}}{}", path), doing,
        [&gateway = gateway_, handle = std::move(handle)](http::Request& request) -> Result<http::Response> {
          MR_ASSIGN(const SessionPtr session, gateway.Find(request.Parameter("session")));
          return handle(session, request);
        });
  }

  void ForOperation(std::string_view method, std::string_view path, std::string_view doing, OperationHandler handle) {
    ForSession(method, fmt::format("/operations/{{operation}}{}", path), doing,
               [doing, handle = std::move(handle)](const SessionPtr& session,
                                                   http::Request& request) -> Result<http::Response> {
                 MR_ASSIGN(const OperationPtr operation, session->Find(request.Parameter("operation")));
                 auto answer = handle(operation, request);
                 if (answer.ok() || operation->status() != OperationStatus::kError) return answer;
                 return AnswerFailure(request, doing, answer.error(), operation->statement());
               });
  }

 private:
  http::Router& router_;
  Gateway& gateway_;
};

Json StatusJson(OperationStatus status) { return Object("status", OperationStatusName(status)); }

void AddOperationRoutes(RouteAdder& routes) {
  routes.ForOperation("GET", "/status", "Failed to getOperationInfo.",
                      [](const OperationPtr& operation, http::Request&) -> Result<http::Response> {
                        return Answer(StatusJson(operation->status()));
                      });
  routes.ForOperation("POST", "/cancel", "Failed to cancelOperation.",
                      [](const OperationPtr& operation, http::Request&) -> Result<http::Response> {
                        MR_TRY(operation->Cancel());
                        return Answer(StatusJson(OperationStatus::kCanceled));
                      });
  routes.ForSession("DELETE", "/operations/{operation}/close", "Failed to closeOperation.",
                    [](const SessionPtr& session, http::Request& request) -> Result<http::Response> {
                      MR_TRY(session->CloseOperation(request.Parameter("operation")));
                      return Answer(StatusJson(OperationStatus::kClosed));
                    });
  routes.ForOperation("GET", "/result/{token}", "Failed to fetchResults.", FetchResults);
}

}  // namespace

void AddGatewayRoutes(http::Router& router, Gateway& gateway) {
  RouteAdder routes(router, gateway);
  routes.Add("GET", "/info", "", [](http::Request&) -> Result<http::Response> {
    Json out = Object("productName", kProductName);
    return Answer(out.Set("version", kProductVersion));
  });
  routes.Add("GET", "/api_versions", "", [](http::Request&) -> Result<http::Response> {
    Json versions = Json::MakeArray();
    return Answer(Object("versions", versions.Append("V1").Append("V2")));
  });
  routes.Add("POST", "/sessions", "Failed to openSession.",
             [&gateway](http::Request& request) { return OpenSession(gateway, request); });
  routes.Add("DELETE", "/sessions/{session}", "Failed to closeSession.",
             [&gateway](http::Request& request) -> Result<http::Response> {
               MR_TRY(gateway.Close(request.Parameter("session")));
               return Answer(Object("status", "CLOSED"));
             });
  routes.ForSession("GET", "", "Failed to getSessionConfig.", SessionConfig);
  routes.ForSession(
      "POST", "/heartbeat", "Failed to trigger the heartbeat.",
      [](const SessionPtr&, http::Request&) -> Result<http::Response> { return Answer(Json::MakeObject()); });
  routes.ForSession("POST", "/configure-session", "Failed to configure session.", ConfigureSession);
  routes.ForSession("POST", "/statements", "Failed to execute statement.", ExecuteStatement);
  routes.ForSession("GET", "/complete-statement", "Failed to complete the statement.", CompleteStatement);
  AddOperationRoutes(routes);
}

Routes GatewayRoutes(Gateway& gateway) {
  return {.add =
              [&gateway](http::Router& router) {
                AddGatewayRoutes(router, gateway);
                AddWorkspaceRoutes(router, gateway);
              },
          .before_stop = [&gateway] { gateway.CloseAll(); }};
}

}  // namespace millrace::server::gateway
