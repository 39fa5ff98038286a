#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "data/type.h"

namespace millrace::formats {

// The characters of one CSV table, from its options.
struct CsvDialect {
  char delimiter = ',';
  std::optional<char> quote = '"';
  std::optional<char> escape;
  bool allow_comments = false;
  std::string array_delimiter = ";";
  std::optional<std::string> null_literal;

  // Fails when an option is not a single character, or two of them are the same.
  static Result<CsvDialect> From(const Options& options);
};

// CSV has two levels at most: ARRAY and ROW columns of simple types. Flink's message for anything else.
Status CheckCsvFields(const std::vector<Field>& fields);

// One line cut into cells.
class CsvLine {
 public:
  struct Cell {
    size_t begin = 0;  // into the text behind text()
    size_t size = 0;
    bool is_null = false;  // equals the null literal
  };

  enum class Outcome { kCells, kBlank, kError };
  // Parses the first record of `text`; the rest is ignored. kBlank: an empty line or a comment and nothing else.
  Outcome Parse(std::string_view text, const CsvDialect& dialect);

  size_t size() const { return cells_.size(); }
  bool is_null(size_t i) const { return cells_[i].is_null; }
  std::string_view text(size_t i) const { return std::string_view(text_).substr(cells_[i].begin, cells_[i].size); }
  const std::string& reason() const { return reason_; }  // after kError

 private:
  bool ParseQuoted(std::string_view text, size_t& at, const CsvDialect& dialect);
  void ParsePlain(std::string_view text, size_t& at, const CsvDialect& dialect);

  std::vector<Cell> cells_;
  std::string text_;  // of all cells, unescaped
  std::string reason_;
};

// The size of the first record of `bytes` including its line end, npos when the line end is not there. Line ends inside
// quotes belong to the record.
size_t CsvRecordSize(std::string_view bytes, const CsvDialect& dialect);

}  // namespace millrace::formats
