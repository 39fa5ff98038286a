#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "codec/avro/schema.h"
#include "codec/json.h"
#include "registry/client.h"

namespace millrace::server::console {

// A key, a value or a header as people read it.
struct DecodedBytes {
  std::string encoding;              // "avro", "json", "string", "bytes", "null"
  codec::Json data;                  // null for bytes
  std::string text;                  // data as text; of bytes: hex
  std::optional<int32_t> schema_id;  // of the registry's header
  std::string error;                 // why bytes with that header were not decoded
  int64_t size = -1;                 // in bytes; -1 = null
};

// Bytes of any origin as text: data framed with a schema id through the registry (Avro and JSON), else a JSON object or
// array, else UTF-8, else hex. Thread-safe.
class RecordDecoder {
 public:
  // null: there is no registry. The client outlives the decoder.
  explicit RecordDecoder(registry::Client* client, Clock* clock = &SystemClock()) : client_(client), clock_(clock) {}

  DecodedBytes Decode(const char* bytes, size_t size);
  DecodedBytes Decode(std::string_view bytes) { return Decode(bytes.data(), bytes.size()); }

  // A schema as the registry has it, understood. Kept; a failure is remembered for some seconds, so that a page of
  // records does not wait for a registry once per record.
  struct Known {
    std::shared_ptr<const registry::Content> content;
    std::optional<codec::avro::Schema> avro;  // none: another type
  };
  Result<std::shared_ptr<const Known>> Find(int32_t id);

 private:
  struct Failure {
    int64_t until_nanos = 0;
    Error error;
  };
  Result<std::shared_ptr<const Known>> Fetch(int32_t id);
  bool DecodeFramed(std::string_view bytes, DecodedBytes& out);

  registry::Client* client_;
  Clock* clock_;
  std::mutex mutex_;
  std::map<int32_t, std::shared_ptr<const Known>> known_;  // under mutex_
  std::map<int32_t, Failure> failures_;                    // under mutex_
};

}  // namespace millrace::server::console
