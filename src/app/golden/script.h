#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/value.h"

namespace millrace::app::golden {

// One row as written: "+I | ABC | 100"; the kind may be left out (+I). Values are text until the table's types are
// known.
struct TextRow {
  RowKind kind = RowKind::kInsert;
  std::vector<std::optional<std::string>> values;  // nullopt = NULL
  uint32_t line = 0;
};

struct Section {
  enum class Kind {
    kSql,          // statements
    kInput,        // rows for table `name`; one section = one batch at most
    kWatermark,    // `name` asserts `time_millis`
    kExpect,       // changelog of sink `name`; "" = of the SELECT
    kExpectError,  // text that the error message contains
    kExpectText,   // raw text of the last SHOW CREATE / EXPLAIN
    kExpectTable,  // rows of the last SHOW / DESCRIBE
    kExpectLate,   // number of late rows
    kExplain,      // `name` = stage; text that ExplainStage gives for the last statement
    kSkip,         // `name` = a mode the script does not hold for; the text says why
  };
  Kind kind = Kind::kSql;
  std::string name;
  std::string text;  // body, without the header line
  std::vector<TextRow> rows;
  int64_t number = 0;  // of kWatermark (epoch millis) and kExpectLate
  uint32_t line = 0;
};

// A golden script (docs/golden-scripts.md): a title line "# …" and sections that begin with "== name".
struct Script {
  std::string path;
  std::string title;
  std::vector<Section> sections;
};

// Errors name the line of the file.
Result<Script> ParseScript(std::string path, std::string_view text);

// "+I | a | 1": splits at " | " outside single quotes; 'x' and bare x are the same text; NULL bare is null.
Result<TextRow> ParseRow(std::string_view line, uint32_t number);

// Text -> Value of a type, as CAST from STRING would; error for text that does not fit.
Result<Value> ParseValue(const std::optional<std::string>& text, const DataType& type);

}  // namespace millrace::app::golden
