#include "server/gateway/result_pages.h"

#include <fmt/format.h>

#include "server/gateway/errors.h"

namespace millrace::server::gateway {

ResultPages::ResultPages(StatementOutcome outcome) : stream_(std::move(outcome.stream)) {
  if (outcome.rows.num_rows > 0) last_.push_back(std::move(outcome.rows));
  outcome.rows = {};
  outcome_ = std::make_shared<const StatementOutcome>(std::move(outcome));
}

ResultPage ResultPages::Payload() const {
  return {.type = ResultPage::Type::kPayload, .outcome = outcome_, .rows = last_, .next_token = token_};
}

Result<ResultPage> ResultPages::Fetch(int64_t token) {
  const std::lock_guard lock(mutex_);
  if (token == token_) return Advance();
  if (token == token_ - 1 && token >= 0) return Payload();
  return UserError(token_ == 0
                       ? fmt::format("Expecting token to be 0, but found {}.", token)
                       : fmt::format("Expecting token to be {} or {}, but found {}.", token_, token_ - 1, token))
      .WithCode(std::string(kSqlExecutionException));
}

Result<ResultPage> ResultPages::Advance() {
  const bool first_of_whole = !outcome_->is_query && token_ == 0;  // the rows that came with the outcome
  if (first_of_whole) {
    at_end_ = true;
  } else {
    std::vector<Batch> rows;
    if (!at_end_) MR_TRY(ReadRows(&rows));
    if (at_end_ && rows.empty()) {
      return ResultPage{.type = ResultPage::Type::kEndOfStream, .outcome = outcome_, .rows = {}};
    }
    last_ = std::move(rows);
  }
  ++token_;
  return Payload();
}

Status ResultPages::ReadRows(std::vector<Batch>* out) {
  if (failure_) return *failure_;
  size_t rows = 0;
  size_t bytes = 0;
  while (stream_ != nullptr && rows < kPageRows && bytes < kPageBytes) {
    auto next = stream_->Next(rows == 0 ? kHoldMillis : 0);
    if (!next.ok()) {
      failure_ = next.error();
      // Rows that came before it are shown first.
      return rows == 0 ? Status(*failure_) : Ok();
    }
    if (!next->has_value()) {
      at_end_ = true;
      stream_.reset();
      return Ok();
    }
    if ((*next)->num_rows == 0) return Ok();
    rows += (*next)->num_rows;
    bytes += (*next)->MemoryBytes();
    out->push_back(*std::move(*next));
  }
  at_end_ = stream_ == nullptr;
  return Ok();
}

void ResultPages::Close() {
  const std::lock_guard lock(mutex_);
  stream_.reset();
  last_.clear();
  at_end_ = true;
}

}  // namespace millrace::server::gateway
