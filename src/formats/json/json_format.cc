#include "formats/json/json_format.h"

#include "formats/json/json_decoder.h"
#include "formats/json/json_encoder.h"

namespace millrace::formats {
namespace {

const OptionTable& JsonOptions() {
  static const OptionTable table = {
      {"fail-on-missing-field", OptionType::kBool, "false", "Fail when a field of the table is missing in a record."},
      {"ignore-parse-errors", OptionType::kBool, "false",
       "Read a field that cannot be parsed as NULL and skip a record that is no JSON object."},
      {"timestamp-format.standard",
       OptionType::kEnum,
       "sql",
       "How timestamps are written: SQL `2020-01-01 12:00:00.123` or ISO-8601 `2020-01-01T12:00:00.123`.",
       false,
       {"sql", "iso-8601"}},
      {"map-null-key.mode",
       OptionType::kEnum,
       "fail",
       "What to do with a NULL key of a MAP when writing.",
       false,
       {"fail", "drop", "literal"}},
      {"map-null-key.literal", OptionType::kString, "null", "The key to write for NULL in mode LITERAL."},
      {"encode.decimal-as-plain-number", OptionType::kBool, "false",
       "Write decimals without exponent, 0.000000027 instead of 2.7E-8."},
      {"encode.ignore-null-fields", OptionType::kBool, "false", "Leave NULL fields out when writing."},
      {"decode.json-parser.enabled", OptionType::kBool, "true",
       "Accepted for compatibility; there is one fast reader."},
  };
  return table;
}

}  // namespace

connect::FormatDef JsonFormat() {
  connect::FormatDef def;
  def.name = "json";
  def.options = &JsonOptions();
  def.doc = "One JSON object per record.";
  def.make_decoder = MakeJsonDecoder;
  def.make_encoder = MakeJsonEncoder;
  return def;
}

}  // namespace millrace::formats
