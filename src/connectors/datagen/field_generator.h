#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "base/options.h"
#include "data/column_builder.h"

namespace millrace::connectors {

using Random = std::mt19937_64;

// What a generator may use for one row.
struct RowContext {
  Random* random = nullptr;
  uint64_t index = 0;  // of the row among all rows of the source, over all slots
  int64_t now_millis = 0;
};

// Makes the values of one column (or nested value).
class FieldGenerator {
 public:
  virtual ~FieldGenerator() = default;
  virtual void Append(const RowContext& row, ColumnBuilder& builder) const = 0;
  // Rows there are before a sequence ends; UINT64_MAX = no end.
  virtual uint64_t num_rows() const { return UINT64_MAX; }
};

// The generator of the column `name` by the options `fields.<name>.*`; nested values have names like `a.b`,
// `a.element`, `a.key`, `a.value`. Fails on options that do not fit the type.
Result<std::unique_ptr<FieldGenerator>> MakeFieldGenerator(const std::string& name, const DataType& type,
                                                           const Options& options);

}  // namespace millrace::connectors
