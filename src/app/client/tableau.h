#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/executor.h"
#include "data/batch.h"
#include "data/value.h"

namespace millrace::app::client {

// The boxes Flink's SQL client draws in tableau mode (CliTableauResultView), byte for byte.

struct TableauStyle {
  size_t max_column_width = 30;  // sql-client.display.max-column-width
  bool print_time_cost = true;   // sql-client.display.print-time-cost
};

using WriteText = std::function<void(std::string_view)>;

// A streaming result: column widths by type, first column `op`, rows as they come.
class StreamingTableau {
 public:
  StreamingTableau(Schema schema, TableauStyle style, WriteText write);
  void Begin();  // border, header, border
  void Rows(const std::vector<ResultRow>& rows);
  // "Received a total of N rows (0.12 seconds)" or, when cancelled, "Query terminated, received a total of N rows".
  void End(bool cancelled, double seconds);
  int64_t num_rows() const { return num_rows_; }

 private:
  Schema schema_;
  TableauStyle style_;
  WriteText write_;
  std::vector<size_t> widths_;  // with the op column first
  int64_t num_rows_ = 0;
};

// A finished result: widths by content (at most `max_width`), no op column, "N rows in set". `seconds` = nullopt prints
// no time (SHOW, DESCRIBE).
std::string RenderTable(const Schema& schema, const std::vector<Cells>& rows, size_t max_width,
                        std::optional<double> seconds);

// The width a streaming column gets from its type.
size_t TableauWidth(const Field& field, size_t max_column_width);

// A cell as the client shows it; bytes are x'..'.
std::optional<std::string> CellText(const Column& column, size_t row, const TimeZone* zone);

inline constexpr std::string_view kNullText = "<NULL>";

// Cut to the width in terminal columns with "..." at the end, as Flink does.
std::string FitText(std::string_view text, size_t width);
// The text up to `width` terminal columns.
std::string_view CutText(std::string_view text, size_t width);

}  // namespace millrace::app::client
