#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "data/column_builder.h"
#include "functions/scalar_function.h"

namespace millrace::functions {

// The rows of one update call. states[i] points at the accumulator of row i's group, rows with selected[i] == 0 are
// left out (FILTER; null = all rows). retract[i] != 0 takes the row out again (-U, -D; null = none).
struct AggregateRows {
  std::span<const ColumnPtr> arguments;
  std::span<char* const> states;
  const uint8_t* selected = nullptr;
  const uint8_t* retract = nullptr;
};

// Works on accumulators of one call (fixed argument types, DISTINCT or not), which lie in memory owned by the operator:
// state_size() bytes each, 16-byte aligned. Large or variable state (strings, distinct sets) is owned by the
// accumulator and freed by Destroy. Immutable after creation; shared by operators of one slot.
class Aggregator {
 public:
  virtual ~Aggregator() = default;
  virtual size_t state_size() const = 0;
  // The accumulator owns nothing: no Destroy, and its bytes may be copied.
  virtual bool trivially_destructible() const { return true; }
  virtual void Init(char* state) const = 0;
  virtual void Destroy(char* /*state*/) const {}
  virtual void Update(const AggregateRows& rows) const = 0;
  // All rows belong to one group: the fast path when a batch has one key or a global aggregate.
  virtual void UpdateOne(char* state, std::span<const ColumnPtr> arguments, size_t begin, size_t end) const = 0;
  virtual void Merge(char* into, const char* from) const = 0;
  virtual void Finish(std::span<const char* const> states, ColumnBuilder& out) const = 0;
  // Self-delimiting bytes for checkpoints and for the exchange between local and global aggregation.
  virtual void Serialize(const char* state, std::string& out) const = 0;
  virtual Status Deserialize(std::string_view& bytes, char* state) const = 0;  // consumes its part of `bytes`
};

struct AggregateFunction {
  std::string_view name;  // "SUM"; "COUNT" without arguments is COUNT(*)
  std::string_view signature;
  std::string_view doc;
  Result<CallTyping> (*infer)(std::string_view name, std::span<const Argument> arguments);
  std::unique_ptr<Aggregator> (*make)(std::span<const DataType> argument_types, const DataType& result, bool distinct);
  bool can_retract = true;
};

const AggregateFunction* FindAggregateFunction(std::string_view name);  // case-insensitive; null when unknown
std::vector<const AggregateFunction*> AllAggregateFunctions();

}  // namespace millrace::functions
