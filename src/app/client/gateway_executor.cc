#include "app/client/gateway_executor.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "app/client/statement_kind.h"
#include "base/clock.h"
#include "base/strings.h"
#include "sql/lexer.h"

namespace millrace::app::client {
namespace {

using codec::Json;

constexpr int64_t kFirstPollMillis = 5;
constexpr int64_t kMaxPollMillis = 100;

// The pages of a SELECT, one after the other.
class GatewayStream : public ResultStream {
 public:
  GatewayStream(std::shared_ptr<GatewaySession> session, std::string operation, CellFormat cells, ResultPage first)
      : session_(std::move(session)), operation_(std::move(operation)), cells_(cells), page_(std::move(first)) {}

  ~GatewayStream() override {
    if (page_.type != ResultPage::Type::kEndOfStream) Cancel();
    session_->Close(operation_);
  }

  Result<bool> Next(int64_t max_wait_millis, std::vector<ResultRow>* rows) override {
    if (!fresh_) {
      if (cancelled_) return false;
      auto page = session_->Fetch(operation_, page_.next_token, cells_);
      if (!page.ok()) {
        if (cancelled_) return false;  // the gateway calls that an error
        return std::move(page).error();
      }
      page_ = std::move(*page);
    }
    fresh_ = false;
    const bool end = page_.type == ResultPage::Type::kEndOfStream;
    // Flink's gateway answers at once even when it has nothing.
    if (page_.rows.empty() && !end) SystemClock().SleepMillis(std::min(max_wait_millis, kMaxPollMillis));
    std::move(page_.rows.begin(), page_.rows.end(), std::back_inserter(*rows));
    page_.rows.clear();
    return !end;
  }

  void Cancel() override {
    if (!cancelled_.exchange(true)) session_->Cancel(operation_);
  }

 private:
  std::shared_ptr<GatewaySession> session_;
  std::string operation_;
  CellFormat cells_;
  ResultPage page_;
  bool fresh_ = true;  // page_ has not been handed out
  std::atomic<bool> cancelled_ = false;
};

bool IsWordChar(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
}

// How much of the text before the cursor a candidate repeats, from the beginning of a word on.
size_t Overlap(std::string_view before, std::string_view candidate) {
  for (size_t n = std::min(before.size(), candidate.size()); n > 0; --n) {
    const size_t begin = before.size() - n;
    if (begin > 0 && IsWordChar(before[begin - 1]) && IsWordChar(before[begin])) continue;
    if (StartsWithIgnoreCase(candidate, before.substr(begin))) return n;
  }
  return 0;
}

std::string TextOf(const Json& json, std::string_view name) {
  const std::string* text = json.FindString(name);
  return text == nullptr ? "" : *text;
}

// The answer of our own workspace.
std::optional<Completion> WorkspaceCompletion(const Json& answer) {
  const Json* from = answer.Find("from");
  const Json* candidates = answer.Find("candidates");
  if (from == nullptr || !from->is_int() || candidates == nullptr || !candidates->is_array()) return std::nullopt;
  Completion completion{.begin = static_cast<size_t>(from->AsInt())};
  for (const Json& candidate : candidates->items()) {
    completion.candidates.push_back(
        {TextOf(candidate, "text"), TextOf(candidate, "kind"), TextOf(candidate, "detail")});
  }
  return completion;
}

}  // namespace

Result<std::unique_ptr<GatewayExecutor>> GatewayExecutor::Connect(const GatewayOptions& options) {
  MR_ASSIGN(auto session, GatewaySession::Open(options));
  return std::unique_ptr<GatewayExecutor>(new GatewayExecutor(options, std::move(session)));
}

std::string GatewayExecutor::Description() const {
  return fmt::format("Statements run on {} at {}.", session_->product(), session_->url());
}

Result<Outcome> GatewayExecutor::Execute(const sql::ScriptPiece& piece, Purpose purpose) {
  auto outcome = Run(BareStatement(piece.text), purpose);
  if (!outcome.ok() && outcome.error().span) {
    // The place in the script, not in the statement alone.
    const SourceSpan begin = sql::Tokenize(piece.text, piece.position)[0].span;
    SourceSpan& span = *outcome.error().span;
    if (span.line == 1) span.column += begin.column - 1;
    span.line += begin.line - 1;
    span.offset += begin.offset;
  }
  return outcome;
}

Result<Outcome> GatewayExecutor::Run(std::string_view statement, Purpose purpose) {
  // A SET starts no job either, and what is wrong with it is told with the result.
  if (purpose == Purpose::kPrepare && session_->has_v2() && !(session_->is_ours() && IsSet(statement))) {
    MR_TRY(Configure(statement));
    return Outcome{.text = std::string(texts().ok)};
  }
  Json body = Json::MakeObject();
  body.Set("statement", statement);
  MR_ASSIGN(const Json submitted, session_->Call("POST", "/statements", body));
  const std::string* operation = submitted.FindString("operationHandle");
  if (operation == nullptr)
    return ExternalError("The gateway's answer has no operationHandle: " + submitted.ToString(), Retry::kNo);
  // A text is not quoted.
  const CellFormat cells = IsRawText(statement) ? CellFormat::kText : options_.cells;
  auto page = FirstPage(*operation, cells);
  if (page.ok() && page->is_query) {
    Outcome outcome{.kind = Outcome::Kind::kQuery, .schema = page->schema, .warnings = std::move(page->warnings)};
    outcome.stream = std::make_unique<GatewayStream>(session_, *operation, cells, std::move(*page));
    return outcome;
  }
  auto outcome = page.ok() ? Read(statement, *operation, cells, std::move(*page)) : Result<Outcome>(page.error());
  session_->Close(*operation);
  return outcome;
}

// An init script's statement: the gateway refuses what starts a job.
Status GatewayExecutor::Configure(std::string_view statement) {
  Json body = Json::MakeObject();
  body.Set("statement", statement);
  MR_TRY(session_->Call("POST", "/configure-session", body));
  return Ok();
}

Result<ResultPage> GatewayExecutor::FirstPage(const std::string& operation, CellFormat cells) {
  int64_t wait = kFirstPollMillis;
  bool cancelled = false;
  while (true) {
    auto page = session_->Fetch(operation, 0, cells);
    if (!page.ok()) {
      if (cancelled) return UserError("The statement was cancelled.");
      return std::move(page).error();
    }
    if (page->type != ResultPage::Type::kNotReady) return page;
    if (!cancelled && options_.stop_requested && options_.stop_requested()) {
      cancelled = true;
      session_->Cancel(operation);
    }
    SystemClock().SleepMillis(wait);
    wait = std::min(wait * 2, kMaxPollMillis);
  }
}

Result<Outcome> GatewayExecutor::Read(std::string_view statement, const std::string& operation, CellFormat cells,
                                      ResultPage page) {
  Outcome outcome{.kind = Outcome::Kind::kTable,
                  .schema = page.schema,
                  .job_id = page.job_id,
                  .warnings = std::move(page.warnings)};
  const bool has_content = page.has_content;
  while (true) {
    for (ResultRow& row : page.rows) outcome.rows.push_back(std::move(row.cells));
    if (!outcome.job_id.empty() || page.type == ResultPage::Type::kEndOfStream) break;
    MR_ASSIGN(page, session_->Fetch(operation, page.next_token, cells));
  }
  if (!outcome.job_id.empty()) {
    outcome.kind = Outcome::Kind::kJob;
    MR_ASSIGN(const engine::Config settings, Settings());
    outcome.job_ended = settings.GetBool("table.dml-sync").ok() && *settings.GetBool("table.dml-sync");
  } else if (!has_content) {
    outcome.kind = Outcome::Kind::kMessage;
    outcome.text = std::string(texts().ok);
  } else if (IsRawText(statement)) {
    outcome.kind = Outcome::Kind::kText;
    for (const Cells& row : outcome.rows) {
      if (!row.empty()) outcome.text += (outcome.text.empty() ? "" : "\n") + row[0].value_or("");
    }
  }
  return outcome;
}

Result<engine::Config> GatewayExecutor::Settings() {
  MR_ASSIGN(const Json answer, session_->Call("GET", "", Json()));
  engine::Config config;
  const Json* properties = answer.Find("properties");
  if (properties == nullptr || !properties->is_object()) return config;
  for (const codec::JsonMember& member : properties->members()) {
    // Those that the client itself looks at.
    const std::string_view key = member.name;
    const bool own = key.starts_with("sql-client.") || key == "table.display.max-column-width" ||
                     key == "execution.runtime-mode" || key == "table.dml-sync";
    if (own && member.value.is_string()) config.Set(key, member.value.AsString());
  }
  return config;
}

Completion GatewayExecutor::Complete(const std::string& text, size_t cursor) {
  if (session_->is_ours()) {
    const auto answer = session_->CompleteInWorkspace(text, cursor);
    auto completion = answer.ok() ? WorkspaceCompletion(*answer) : std::nullopt;
    if (completion && completion->begin <= cursor) return std::move(*completion);
  }
  Completion completion{.begin = cursor};
  if (!session_->has_v2()) return completion;
  Json body = Json::MakeObject();
  body.Set("statement", text).Set("position", static_cast<int64_t>(cursor));
  const auto answer = session_->Call("GET", "/complete-statement", body);
  const Json* candidates = answer.ok() ? answer->Find("candidates") : nullptr;
  if (candidates == nullptr || !candidates->is_array()) return completion;
  const std::string_view before = std::string_view(text).substr(0, cursor);
  size_t overlap = 0;
  for (const Json& candidate : candidates->items()) {
    if (candidate.is_string()) overlap = std::max(overlap, Overlap(before, candidate.AsString()));
  }
  // None repeats the word: it is the last name of a path.
  while (overlap == 0 && completion.begin > 0 && IsWordChar(before[completion.begin - 1])) --completion.begin;
  completion.begin -= overlap;
  for (const Json& json : candidates->items()) {
    if (!json.is_string()) continue;
    Candidate candidate{json.AsString(), "", ""};
    if (Continues(candidate, before.substr(completion.begin))) completion.candidates.push_back(std::move(candidate));
  }
  return completion;
}

}  // namespace millrace::app::client
