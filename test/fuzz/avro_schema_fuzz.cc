// Avro schema text: one schema, or two with a NUL between them, of which the first reads what the second wrote. What
// parses must print as a schema that parses, soon prints the same, and reads its own data.
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
    const auto once = Schema::Parse(schema.ToString(style));
    if (!once.ok()) abort();
    // An alias in no namespace (".Old") is printed as Java does it, "Old", which is read as one in the schema's. That
    // happens once: from then on the text stays.
    const std::string text = once->ToString(style);
    const auto twice = Schema::Parse(text);
    if (!twice.ok() || twice->ToString(style) != text) abort();
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
