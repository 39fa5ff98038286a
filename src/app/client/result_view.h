#pragma once

#include "app/client/executor.h"
#include "app/client/result_model.h"

namespace millrace::app::client {

struct ViewOptions {
  ResultModel::Mode mode = ResultModel::Mode::kTable;
  size_t max_rows = 1'000'000;
  size_t max_column_width = 30;
};

// Shows the rows of a query on the whole terminal, live, until the user leaves. True when the query had ended by then,
// false when leaving ended it. An error is that of the query. Stdin and stdout must be a terminal.
Result<bool> ShowResult(const Schema& schema, ResultStream& stream, const ViewOptions& options);

}  // namespace millrace::app::client
