#include "formats/csv/csv_format.h"

#include "formats/csv/csv_decoder.h"
#include "formats/csv/csv_dialect.h"
#include "formats/csv/csv_encoder.h"

namespace millrace::formats {
namespace {

const OptionTable& CsvOptions() {
  static const OptionTable table = {
      {"field-delimiter", OptionType::kString, ",",
       "Between columns; one character, `\\t` and `\\u0001` are understood."},
      {"disable-quote-character", OptionType::kBool, "false", "No quoting at all."},
      {"quote-character", OptionType::kString, "\"", "Encloses values that hold special characters."},
      {"allow-comments", OptionType::kBool, "false", "Skip lines that begin with '#'."},
      {"ignore-parse-errors", OptionType::kBool, "false",
       "Read a column that cannot be parsed as NULL and skip a broken row."},
      {"array-element-delimiter", OptionType::kString, ";", "Between the elements of ARRAY and ROW columns."},
      {"escape-character", OptionType::kString, "", "Takes the special meaning from the next character."},
      {"null-literal", OptionType::kString, "", "The text that means NULL; without it nothing does."},
      {"write-bigdecimal-in-scientific-notation", OptionType::kBool, "true",
       "Write decimals as 1E+5 where Java does so."},
  };
  return table;
}

}  // namespace

connect::FormatDef CsvFormat() {
  connect::FormatDef def;
  def.name = "csv";
  def.options = &CsvOptions();
  def.doc = "One line per record, columns by position.";
  def.make_decoder = MakeCsvDecoder;
  def.make_encoder = MakeCsvEncoder;
  def.by_position = true;
  def.make_record_size = [](const Options& options) -> Result<std::function<size_t(std::string_view)>> {
    MR_ASSIGN(CsvDialect dialect, CsvDialect::From(options));
    return std::function<size_t(std::string_view)>(
        [dialect](std::string_view bytes) { return CsvRecordSize(bytes, dialect); });
  };
  return def;
}

}  // namespace millrace::formats
