#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/value.h"
#include "engine/job_service.h"

namespace millrace::server::gateway {

// What became of a statement, whatever its kind: columns, and rows that are there or still come.
struct StatementOutcome {
  Schema schema;
  bool has_content = true;  // Flink's ResultKind: SUCCESS_WITH_CONTENT, else SUCCESS
  bool is_query = false;
  std::string job_id;                         // "" = the statement has no job
  Batch rows;                                 // of a result that is there as a whole
  std::unique_ptr<engine::RowStream> stream;  // of a query
  const TimeZone* zone = nullptr;             // the session's; lives forever
  std::vector<std::string> warnings;
};

struct ResultPage {
  enum class Type { kNotReady, kPayload, kEndOfStream };
  Type type = Type::kNotReady;
  std::shared_ptr<const StatementOutcome> outcome;  // of all but kNotReady: its columns, kind and job
  std::vector<Batch> rows;
  int64_t next_token = 0;  // of all but kEndOfStream
};

// The rows of one result in pages that are asked for by token, as Flink's ResultFetcher gives them out: the current
// token takes the next page, the one before it gives the last page again, the end repeats. A page is held back a moment
// for rows to come. No rows wait here but those of the last page: a reader that pauses stops the job, because the row
// stream is bounded. Thread-safe.
class ResultPages {
 public:
  static constexpr size_t kPageRows = 8192;
  static constexpr size_t kPageBytes = size_t{4} << 20;
  static constexpr int64_t kHoldMillis = 100;

  explicit ResultPages(StatementOutcome outcome);

  // Errors: those of the job; a token that is neither (code SqlExecutionException): "Expecting token to be 3 or 2, but
  // found 7.".
  Result<ResultPage> Fetch(int64_t token);
  // Ends the job of a query and gives up the rows. Waits for a Fetch at work, at most kHoldMillis.
  void Close();

 private:
  Result<ResultPage> Advance();
  Status ReadRows(std::vector<Batch>* out);  // until a page is full or no more come at once
  ResultPage Payload() const;

  std::mutex mutex_;
  std::unique_ptr<engine::RowStream> stream_;        // under mutex_, as all below
  std::optional<Error> failure_;                     // came behind the rows of the last page
  std::shared_ptr<const StatementOutcome> outcome_;  // without its rows and stream
  std::vector<Batch> last_;                          // rows of page token_ - 1, or of page 0 while token_ == 0
  int64_t token_ = 0;                                // of the next page
  bool at_end_ = false;                              // no more rows come
};

}  // namespace millrace::server::gateway
