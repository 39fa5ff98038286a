#pragma once

#include <string>
#include <vector>

#include "codec/avro/schema.h"

namespace millrace::codec::avro {

// Why data of one schema cannot be read with another. Names and rules are those of Avro-Java's SchemaCompatibility,
// which is what Confluent's registry asks.
struct Incompatibility {
  enum class Kind {
    kNameMismatch,
    kFixedSizeMismatch,
    kMissingEnumSymbols,
    kReaderFieldMissingDefaultValue,
    kTypeMismatch,
    kMissingUnionBranch,
  };
  Kind kind = Kind::kTypeMismatch;
  std::string message;   // "reader type: INT not compatible with writer type: STRING"
  std::string location;  // JSON pointer into the reader: "/fields/1/type"
};

// Empty = every datum written with `writer` can be read with `reader`. Recursive types are fine.
std::vector<Incompatibility> CheckReaderWriter(const Schema& reader, const Schema& writer);

// Confluent's line for it: {errorType:'...', description:'...', additionalInfo:'...'}. `reader` and `writer` are the
// words for the two schemas: "new" and "old" when backward compatibility was asked for, the other way round for
// forward.
std::string FormatIncompatibility(const Incompatibility& problem, std::string_view reader, std::string_view writer);

}  // namespace millrace::codec::avro
