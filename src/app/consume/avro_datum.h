#pragma once

#include <string_view>

#include "codec/avro/schema.h"
#include "codec/json.h"

namespace millrace::app {

// One Avro datum (binary encoding, no registry header) as JSON for people: unions show the value alone, bytes and fixed
// are text when they are UTF-8 and base64 otherwise, decimals are numbers as text. The whole input must be used up.
Result<codec::Json> AvroToJson(const codec::avro::Schema& schema, std::string_view bytes);

}  // namespace millrace::app
