#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "connect/environment.h"
#include "data/batch.h"
#include "data/column_builder.h"

namespace millrace::connect {

// One encoded message. A null pointer is Kafka's null (tombstone); an empty one has size 0 and a non-null pointer.
struct ByteView {
  const char* data = nullptr;
  size_t size = 0;
  std::string_view view() const { return {data, size}; }
  bool is_null() const { return data == nullptr; }
};

// Why one message of a call could not be decoded.
struct RecordError {
  size_t index = 0;  // into the messages of the call
  Error error;
};

// What a Decode call produced. Rows are appended to `columns`, one builder per wanted field; they all have the same
// length before and after. `row_of` is filled only when rows and messages do not match one to one (skipped nulls,
// failed records, CDC formats): row_of[i] = index of the message that produced row i of this call.
struct DecodeResult {
  std::vector<RecordError> errors;  // ascending index; failed messages leave no row
  std::vector<uint32_t> row_of;     // see above; empty = one row per message, in order
  std::vector<RowKind> kinds;       // empty = all +I; else one per row
};

// bytes -> rows, for one reader (one thread). Fields and types are fixed at creation.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // An Error (not a RecordError) means the outside world failed, e.g. the registry is away: nothing was appended and
  // the same call can be repeated.
  virtual Result<DecodeResult> Decode(std::span<const ByteView> messages, std::span<ColumnBuilder> columns) = 0;
};

// rows -> bytes, for one writer (one thread).
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends one message per row to `out` and its end offset to `ends`. Row kinds are the caller's matter unless the
  // format is a CDC one. Columns lie in the order of the fields given at creation.
  virtual Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) = 0;
  // Rows of the last Encode call whose message is Kafka's null instead of its (empty) bytes, ascending.
  virtual std::span<const uint32_t> null_messages() const { return {}; }
};

struct FormatContext {
  std::vector<Field> fields;  // the fields to read or write, in order
  Options options;            // validated against FormatDef::options, prefix removed
  std::string topic;          // "" when the connector has none; for default subjects
  bool is_key = false;
  const Environment* environment = nullptr;
};

// One row of formats/all.cc. Adding a format = adding a folder and a row.
struct FormatDef {
  std::string_view name;  // "avro-confluent"
  const OptionTable* options = nullptr;
  ChangelogMode changelog;  // insert-only unless a CDC format
  std::string_view doc;
  std::function<Result<std::unique_ptr<Decoder>>(const FormatContext&)> make_decoder;  // empty: cannot read
  std::function<Result<std::unique_ptr<Encoder>>(const FormatContext&)> make_encoder;  // empty: cannot write
  // Fields have no names in the bytes: a decoder needs all fields that were written, in order; the caller projects.
  bool by_position = false;
  // For files of records: makes the function that tells the size of the first record of some bytes, its delimiter
  // included, or npos when the record's end is not among them. Empty: records are lines.
  std::function<Result<std::function<size_t(std::string_view)>>(const Options&)> make_record_size;
};

}  // namespace millrace::connect
