#pragma once

#include <string>
#include <string_view>

#include "codec/avro/schema.h"
#include "codec/json.h"

namespace millrace::formats {

// One Avro datum (binary encoding, no registry header) as JSON for people: unions show the value alone, bytes and fixed
// are text when they are UTF-8 and base64 otherwise, decimals are numbers as text, dates and timestamps ISO 8601
// ("2026-01-31T12:00:00.000Z"; without Z when local). The whole input must be used up.
Result<codec::Json> AvroToJson(const codec::avro::Schema& schema, std::string_view bytes);

// The other way: JSON that people write as a datum of the schema. Takes what AvroToJson gives, and also: numbers for
// dates, times and timestamps; digits as text for int and long; {"base64": "…"} and {"hex": "…"} for bytes and fixed;
// {"branch name": value} for a branch of a union, as Avro's own JSON encoding has it. A field that is absent takes its
// default. Errors are of domain kUser and name the place: "order.items[2].price: expected a decimal number, found
// true".
Result<std::string> JsonToAvro(const codec::avro::Schema& schema, const codec::Json& json);

}  // namespace millrace::formats
