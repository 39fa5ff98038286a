#pragma once

#include <memory>
#include <span>
#include <vector>

#include "codec/avro/schema.h"
#include "connect/format.h"

namespace millrace::formats {

// Reads records of one writer schema into columns: Avro's resolution (fields by name, missing ones NULL, others
// skipped, int -> long -> float -> double, string <-> bytes; names of records do not matter, as in Avro-Java) is worked
// out once, then each top-level field is read for all rows before the next one. Immutable; one decoder per thread uses
// it.
class AvroReader {
 public:
  // Error: why records of this schema cannot be read as `fields`.
  static Result<std::shared_ptr<const AvroReader>> Make(const codec::avro::Schema& writer,
                                                        const std::vector<Field>& fields);
  ~AvroReader();

  // Appends one row per message (Avro bytes behind `header_bytes` of a header that every message has) that could be
  // read; the others are in `bad`, ascending, with the reason, and leave no row.
  struct BadRow {
    size_t index = 0;
    const char* reason = "";
  };
  void Read(std::span<const connect::ByteView> messages, size_t header_bytes, std::span<ColumnBuilder> columns,
            std::vector<BadRow>* bad) const;

  struct Plan;

 private:
  explicit AvroReader(std::unique_ptr<Plan> plan);
  std::unique_ptr<Plan> plan_;
};

}  // namespace millrace::formats
