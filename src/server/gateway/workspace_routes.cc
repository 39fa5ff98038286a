// What the SQL editor asks: catalog, completion, mistakes, plans (docs/cluster-contract.md).
#include <fmt/format.h>

#include "engine/completion.h"
#include "engine/session_view.h"
#include "http/router.h"
#include "server/answers.h"
#include "server/gateway/gateway.h"
#include "sql/ast.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::server::gateway {
namespace {

using codec::Json;
using engine::CatalogTree;
using SessionPtr = std::shared_ptr<GatewaySession>;

// A list of objects made from `items`.
template <typename Items, typename Fn>
Json List(const Items& items, Fn make) {
  Json out = Json::MakeArray();
  for (const auto& item : items) out.Append(make(item));
  return out;
}

Json Object(std::string_view name, Json value) {
  Json out = Json::MakeObject();
  out.Set(name, std::move(value));
  return out;
}

Json TableJson(const CatalogTree::Table& table) {
  Json out = Object("name", table.name);
  out.Set("kind", table.kind).Set("comment", table.comment);
  out.Set("columns", List(table.columns, [](const CatalogTree::Column& column) {
            Json one = Object("name", column.name);
            one.Set("type", column.type).Set("kind", column.kind);
            one.Set("watermark", column.watermark.empty() ? Json() : Json(column.watermark));
            return one.Set("primary_key", column.primary_key);
          }));
  Json options = Json::MakeObject();
  for (const auto& [key, value] : table.options) options.Set(key, value);
  return out.Set("options", std::move(options));
}

Json TreeJson(const CatalogTree& tree) {
  Json out = Object("catalogs", List(tree.catalogs, [](const CatalogTree::Catalog& catalog) {
                      Json one = Object("name", catalog.name);
                      return one.Set("databases", List(catalog.databases, [](const CatalogTree::Database& database) {
                                       Json inner = Object("name", database.name);
                                       return inner.Set("tables", List(database.tables, TableJson));
                                     }));
                    }));
  return out.Set("current_catalog", tree.current_catalog).Set("current_database", tree.current_database);
}

Result<Json> Body(const http::Request& request) {
  MR_ASSIGN(Json body, codec::ParseJson(request.body));
  if (body.FindString("text") == nullptr) return UserError("The body must be a JSON object with a \"text\".");
  return body;
}

// Line and column behind the last byte of the span.
std::pair<int64_t, int64_t> EndOf(std::string_view text, const SourceSpan& span) {
  int64_t line = span.line;
  int64_t column = span.column;
  const size_t end = std::min<size_t>(text.size(), size_t{span.offset} + span.length);
  for (size_t i = span.offset; i < end; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else if ((text[i] & 0xC0) != 0x80) {
      ++column;
    }
  }
  return {line, column};
}

// `whole` is where a mistake without a place of its own lies.
Json MistakeJson(const Error& error, std::string_view text, const SourceSpan& whole) {
  const SourceSpan span = error.span.value_or(whole);
  const auto [end_line, end_column] = EndOf(text, span);
  Json out = Object("message", error.message);
  out.Set("hint", error.hint).Set("line", int64_t{span.line}).Set("column", int64_t{span.column});
  return out.Set("end_line", end_line).Set("end_column", end_column);
}

SourceSpan SpanOf(const sql::ScriptPiece& piece) {
  return {.offset = piece.position.offset,
          .length = static_cast<uint32_t>(piece.text.size()),
          .line = piece.position.line,
          .column = piece.position.column};
}

// Runs nothing: DDL changes a copy of the session, so that what follows sees it.
Json Mistakes(const engine::Session& session, const std::string& text) {
  const std::unique_ptr<engine::Session> copy = session.Clone();
  Json out = Json::MakeArray();
  for (const sql::ScriptPiece& piece : sql::SplitScript(text)) {
    const auto statement = sql::ParseStatement(piece.text, piece.position);
    const Status status = statement.ok() ? copy->Check(*statement, piece.text) : Status(statement.error());
    if (!status.ok()) out.Append(MistakeJson(status.error(), text, SpanOf(piece)));
  }
  return out;
}

bool HasPlan(const sql::Statement& statement) {
  using Kind = sql::Statement::Kind;
  return statement.kind == Kind::kQuery || statement.kind == Kind::kInsert || statement.kind == Kind::kStatementSet ||
         statement.kind == Kind::kExplain;
}

// The last query or INSERT of the text, with the DDL before it.
Result<engine::ExplainedJob> Explain(const engine::Session& session, const std::string& text) {
  const std::unique_ptr<engine::Session> copy = session.Clone();
  Result<engine::ExplainedJob> last = UserError("There is no query or INSERT in the text.");
  for (const sql::ScriptPiece& piece : sql::SplitScript(text)) {
    MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(piece.text, piece.position));
    if (HasPlan(statement)) {
      last = copy->Explain(statement);
      if (!last.ok()) return last;
    } else {
      MR_TRY(copy->Check(statement, piece.text));
    }
  }
  return last;
}

Json GraphJson(const std::vector<engine::VertexReport>& vertices) {
  return Object("vertices", List(vertices, [](const engine::VertexReport& vertex) {
                  Json one = Object("id", vertex.id);
                  one.Set("name", vertex.name);
                  one.Set("operators", List(vertex.operators, [](const engine::OperatorReport& node) {
                            Json inner = Object("name", node.name);
                            return inner.Set("description", node.description);
                          }));
                  return one.Set("inputs", List(vertex.inputs, [](const engine::VertexReport::Input& input) {
                                   Json inner = Object("vertex", input.vertex);
                                   return inner.Set("ship_strategy", input.ship_strategy);
                                 }));
                }));
}

Result<Json> AnswerComplete(engine::Session& session, const Json& body) {
  const std::string& text = *body.FindString("text");
  const Json* position = body.Find("position");
  const int64_t cursor =
      position != nullptr && position->is_int() ? position->AsInt() : static_cast<int64_t>(text.size());
  const engine::Completion completion =
      session.Complete(text, static_cast<size_t>(std::clamp<int64_t>(cursor, 0, static_cast<int64_t>(text.size()))));
  Json out = Object("candidates", List(completion.candidates, [](const engine::Candidate& candidate) {
                      Json one = Object("text", candidate.text);
                      one.Set("kind", engine::CandidateKindName(candidate.kind));
                      return one.Set("detail", candidate.detail).Set("doc", candidate.doc);
                    }));
  return out.Set("from", static_cast<int64_t>(completion.from));
}

Result<Json> AnswerCheck(engine::Session& session, const Json& body) {
  return Object("errors", Mistakes(session, *body.FindString("text")));
}

Result<Json> AnswerExplain(engine::Session& session, const Json& body) {
  MR_ASSIGN(const engine::ExplainedJob job, Explain(session, *body.FindString("text")));
  Json out = Object("text", job.text);
  return out.Set("graph", GraphJson(job.vertices));
}

Result<Json> AnswerSplit(const http::Request& request) {
  MR_ASSIGN(const Json body, Body(request));
  return Object("statements", List(sql::SplitScript(*body.FindString("text")), [](const sql::ScriptPiece& piece) {
                  Json one = Object("text", piece.text);
                  one.Set("line", int64_t{piece.position.line}).Set("column", int64_t{piece.position.column});
                  return one.Set("end_line", EndOf(piece.text, {.length = static_cast<uint32_t>(piece.text.size()),
                                                                .line = piece.position.line,
                                                                .column = piece.position.column})
                                                 .first);
                }));
}

http::Response AnswerOr(const http::Request& request, const Result<Json>& json) {
  if (json.ok()) return Answer(*json);
  // A session that is not there is no mistake of the text.
  return json.error().code == "NOT_FOUND" ? AnswerErrorTo(request, 404, json.error().message)
                                          : AnswerErrorTo(request, json.error());
}

}  // namespace

void AddWorkspaceRoutes(http::Router& router, Gateway& gateway) {
  const auto ask = [&](std::string_view path, Result<Json> (*make)(engine::Session&, const Json&)) {
    router.Add("POST", fmt::format("/api/sql/{{session}}/{}", path), [&gateway, make](http::Request& request) {
      const auto answer = [&]() -> Result<Json> {
        MR_ASSIGN(const SessionPtr session, gateway.Find(request.Parameter("session")));
        MR_ASSIGN(const Json body, Body(request));
        return session->With([&](engine::Session& engine_session) { return make(engine_session, body); });
      };
      return AnswerOr(request, answer());
    });
  };
  router.Add("POST", "/api/sql/split", [](http::Request& request) { return AnswerOr(request, AnswerSplit(request)); });
  router.Add("GET", "/api/sql/{session}/catalog", [&gateway](http::Request& request) {
    const auto session = gateway.Find(request.Parameter("session"));
    if (!session.ok()) return AnswerErrorTo(request, 404, session.error().message);
    return Answer(
        (*session)->With([](const engine::Session& engine_session) { return TreeJson(engine_session.Catalogs()); }));
  });
  ask("complete", AnswerComplete);
  ask("check", AnswerCheck);
  ask("explain", AnswerExplain);
}

}  // namespace millrace::server::gateway
