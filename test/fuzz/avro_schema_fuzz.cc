// Avro schema text: one schema, or two with a NUL between them, of which the first reads what the second wrote. What
// parses must print as a schema that parses and prints the same, and reads its own data.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/avro/compatibility.h"
#include "codec/avro/schema.h"

using millrace::codec::avro::CheckReaderWriter;
using millrace::codec::avro::FormatIncompatibility;
using millrace::codec::avro::Schema;

namespace {

void CheckOne(const Schema& schema) {
  for (const Schema::Style style : {Schema::Style::kAvroJava, Schema::Style::kNormalized}) {
    const std::string text = schema.ToString(style);
    const auto again = Schema::Parse(text);
    if (!again.ok() || again->ToString(style) != text) abort();
  }
  if (!CheckReaderWriter(schema, schema).empty()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find('\0');
  const auto reader = Schema::Parse(text.substr(0, middle), {.validate_defaults = size % 2 == 0, .references = {}});
  if (!reader.ok()) {
    if (reader.error().message.empty()) abort();
    return 0;
  }
  CheckOne(*reader);
  if (middle == std::string_view::npos) return 0;
  const auto writer = Schema::Parse(text.substr(middle + 1));
  if (!writer.ok()) return 0;
  CheckOne(*writer);
  for (const auto& problem : CheckReaderWriter(*reader, *writer)) {
    if (FormatIncompatibility(problem, "new", "old").empty()) abort();
  }
  return 0;
}
