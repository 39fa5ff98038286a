#include "server/gateway/result_pages.h"

#include <random>

#include <gtest/gtest.h>

#include "data/column_builder.h"
#include "server/gateway/operations.h"

namespace millrace::server::gateway {
namespace {

const Schema kSchema = {{{"n", DataType::Of(TypeKind::kBigInt), ""}}};

Batch Numbers(int64_t begin, int64_t count) {
  ColumnBuilder builder(kSchema.fields[0].type);
  for (int64_t n = begin; n < begin + count; ++n) builder.Append<int64_t>(n);
  return {.num_rows = static_cast<size_t>(count), .columns = {builder.Finish()}};
}

// 0, 1, 2 .. up to `total`, in batches as large as `next_size` says; 0 = nothing yet. Waits for nothing.
class CountingStream final : public engine::RowStream {
 public:
  CountingStream(int64_t total, std::function<int64_t()> next_size, std::optional<Error> failure = {})
      : total_(total), next_size_(std::move(next_size)), failure_(std::move(failure)) {}
  ~CountingStream() override {
    if (closed != nullptr) *closed = true;
  }
  const Schema& schema() const override { return kSchema; }
  Result<std::optional<Batch>> Next(int64_t) override {
    if (at_ == total_) {
      if (failure_) return *failure_;
      return std::optional<Batch>();
    }
    const int64_t count = std::min(next_size_(), total_ - at_);
    at_ += count;
    if (taken != nullptr) *taken = at_;
    return std::optional(count == 0 ? Batch() : Numbers(at_ - count, count));
  }
  bool* closed = nullptr;
  int64_t* taken = nullptr;

 private:
  int64_t total_;
  std::function<int64_t()> next_size_;
  std::optional<Error> failure_;
  int64_t at_ = 0;
};

StatementOutcome QueryOf(std::unique_ptr<engine::RowStream> stream) {
  StatementOutcome out;
  out.schema = kSchema;
  out.is_query = true;
  out.stream = std::move(stream);
  return out;
}

std::vector<int64_t> RowsOf(const ResultPage& page) {
  std::vector<int64_t> out;
  for (const Batch& batch : page.rows) {
    const auto* values = batch.columns[0]->values<int64_t>();
    out.insert(out.end(), values, values + batch.num_rows);
  }
  return out;
}

TEST(ResultPages, WholeResultIsOnePage) {
  StatementOutcome outcome;
  outcome.schema = kSchema;
  outcome.rows = Numbers(7, 2);
  ResultPages pages(std::move(outcome));
  EXPECT_EQ(pages.Fetch(1).error().message, "Expecting token to be 0, but found 1.");
  const auto first = pages.Fetch(0);
  EXPECT_EQ(first->type, ResultPage::Type::kPayload);
  EXPECT_EQ(first->next_token, 1);
  EXPECT_EQ(RowsOf(*first), (std::vector<int64_t>{7, 8}));
  EXPECT_EQ(pages.Fetch(1)->type, ResultPage::Type::kEndOfStream);
  EXPECT_EQ(pages.Fetch(1)->type, ResultPage::Type::kEndOfStream);
  EXPECT_EQ(RowsOf(*pages.Fetch(0)), (std::vector<int64_t>{7, 8}));
  EXPECT_EQ(pages.Fetch(5).error().message, "Expecting token to be 1 or 0, but found 5.");
  EXPECT_EQ(pages.Fetch(-1).error().message, "Expecting token to be 1 or 0, but found -1.");
}

TEST(ResultPages, RowsBeforeAFailureAreShown) {
  ResultPages pages(
      QueryOf(std::make_unique<CountingStream>(3, [] { return int64_t{3}; }, UserError("Cannot divide by zero."))));
  EXPECT_EQ(RowsOf(*pages.Fetch(0)).size(), 3U);
  EXPECT_EQ(pages.Fetch(1).error().message, "Cannot divide by zero.");
  EXPECT_EQ(pages.Fetch(1).error().message, "Cannot divide by zero.");
  EXPECT_EQ(RowsOf(*pages.Fetch(0)).size(), 3U);
}

TEST(ResultPages, AMillionRowsAreTakenPageByPage) {
  int64_t taken = 0;
  auto stream = std::make_unique<CountingStream>(1'000'000, [] { return int64_t{4096}; });
  stream->taken = &taken;
  ResultPages pages(QueryOf(std::move(stream)));
  int64_t seen = 0;
  for (int64_t token = 0;; ++token) {
    const auto page = pages.Fetch(token);
    if (page->type == ResultPage::Type::kEndOfStream) break;
    for (const Batch& batch : page->rows) seen += static_cast<int64_t>(batch.num_rows);
    // Nothing is taken from the job that was not asked for.
    ASSERT_EQ(taken, seen);
    size_t rows = 0;
    for (const Batch& batch : page->rows) rows += batch.num_rows;
    ASSERT_LE(rows, ResultPages::kPageRows + 4096);
  }
  EXPECT_EQ(seen, 1'000'000);
}

TEST(ResultPages, CloseEndsTheJob) {
  bool closed = false;
  auto stream = std::make_unique<CountingStream>(10, [] { return int64_t{1}; });
  stream->closed = &closed;
  ResultPages pages(QueryOf(std::move(stream)));
  pages.Close();
  EXPECT_TRUE(closed);
}

// A client that loses answers and asks for any token: what it accepts is every row once, in order; a token gives the
// same rows however often it is asked for; all others are refused.
TEST(ResultPages, AnyOrderOfTokensGivesEveryRowOnce) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint32_t>(n)); };
    const int64_t total = below(50'000);
    ResultPages pages(
        QueryOf(std::make_unique<CountingStream>(total, [&] { return below(4) == 0 ? 0 : 1 + below(6000); })));
    std::vector<int64_t> accepted;
    std::optional<std::vector<int64_t>> last;
    int64_t token = 0;
    for (;;) {
      const int64_t asked = token - 3 + below(6);
      auto page = pages.Fetch(asked);
      if (asked == token && page.ok() && page->type == ResultPage::Type::kEndOfStream) break;
      if (asked == token) {
        ASSERT_TRUE(page.ok());
        ASSERT_EQ(page->next_token, token + 1);
        last = RowsOf(*page);
        accepted.insert(accepted.end(), last->begin(), last->end());
        ++token;
      } else if (asked == token - 1 && asked >= 0) {
        ASSERT_TRUE(page.ok());
        ASSERT_EQ(RowsOf(*page), *last);
        ASSERT_EQ(page->next_token, token);
      } else {
        ASSERT_FALSE(page.ok());
      }
    }
    ASSERT_EQ(static_cast<int64_t>(accepted.size()), total);
    for (int64_t i = 0; i < total; ++i) ASSERT_EQ(accepted[static_cast<size_t>(i)], i);
  }
}

TEST(Operation, GoesThroughItsStates) {
  Operation operation("o", "");
  EXPECT_EQ(operation.status(), OperationStatus::kInitialized);
  operation.SetPending();
  EXPECT_EQ(operation.status(), OperationStatus::kPending);
  operation.Run([&](const Cancellation&) -> Result<StatementOutcome> {
    EXPECT_EQ(operation.status(), OperationStatus::kRunning);
    return StatementOutcome{};
  });
  EXPECT_EQ(operation.status(), OperationStatus::kFinished);
  EXPECT_EQ(operation.Fetch(0)->type, ResultPage::Type::kPayload);
  operation.Close();
  EXPECT_EQ(operation.Fetch(1).error().message, "Can not fetch results from the o in CLOSED status.");
}

TEST(Operation, FailureIsTheAnswerToEveryFetch) {
  Operation operation("o", "");
  operation.Run([](const Cancellation&) -> Result<StatementOutcome> { return ValidationError("no"); });
  EXPECT_EQ(operation.status(), OperationStatus::kError);
  EXPECT_EQ(operation.Wait().error().message, "no");
  EXPECT_EQ(operation.Fetch(0).error().message, "no");
  EXPECT_EQ(operation.Cancel().error().message, "Failed to convert the Operation Status from ERROR to CANCELED for o.");
}

TEST(Operation, CancelledBeforeItsTurnNeverRuns) {
  Operation operation("o", "");
  ASSERT_TRUE(operation.Cancel().ok());
  operation.Run([](const Cancellation&) -> Result<StatementOutcome> {
    ADD_FAILURE();
    return StatementOutcome{};
  });
  EXPECT_EQ(operation.Fetch(0).error().message, "Can not fetch results from the o in CANCELED status.");
}

TEST(Operation, CancelEndsTheWorkAndItsJob) {
  bool closed = false;
  Operation operation("o", "");
  std::thread worker([&] {
    operation.Run([&](const Cancellation& cancellation) -> Result<StatementOutcome> {
      EXPECT_TRUE(cancellation.WaitFor(60'000));
      auto stream = std::make_unique<CountingStream>(10, [] { return int64_t{1}; });
      stream->closed = &closed;
      return QueryOf(std::move(stream));
    });
  });
  EXPECT_EQ(operation.Fetch(0)->type, ResultPage::Type::kNotReady);
  ASSERT_TRUE(operation.Cancel().ok());
  worker.join();
  EXPECT_TRUE(closed);
  EXPECT_EQ(operation.status(), OperationStatus::kCanceled);
}

}  // namespace
}  // namespace millrace::server::gateway
