#pragma once

#include <cstring>
#include <string>

#include "functions/aggregators.h"

namespace millrace::functions {

// An aggregator over a plain struct `State`. `Derived` has Add(State&, const ColumnPtr& column, size_t row, bool
// retract) for rows that count, Join(State&, const State&) and Emit(const State&, ColumnBuilder&); `kSkipsNulls` says
// whether NULL rows count.
template <typename Derived, typename State>
class StructAggregator : public Aggregator {
 public:
  size_t state_size() const override { return sizeof(State); }
  void Init(char* state) const override { new (state) State(); }

  void Update(const AggregateRows& rows) const override {
    const Column* column = rows.arguments.empty() ? nullptr : rows.arguments[0].get();
    const bool nulls = Derived::kSkipsNulls && column != nullptr && column->has_nulls();
    if (!nulls && rows.selected == nullptr && rows.retract == nullptr) {
      for (size_t row = 0; row < rows.states.size(); ++row) Self().Add(At(rows.states[row]), column, row, false);
      return;
    }
    for (size_t row = 0; row < rows.states.size(); ++row) {
      if (nulls && column->IsNull(row)) continue;
      if (rows.selected != nullptr && rows.selected[row] == 0) continue;
      Self().Add(At(rows.states[row]), column, row, rows.retract != nullptr && rows.retract[row] != 0);
    }
  }

  void UpdateOne(char* state, std::span<const ColumnPtr> arguments, size_t begin, size_t end) const override {
    const Column* column = arguments.empty() ? nullptr : arguments[0].get();
    const bool nulls = Derived::kSkipsNulls && column != nullptr && column->has_nulls();
    for (size_t row = begin; row < end; ++row) {
      if (!nulls || !column->IsNull(row)) Self().Add(At(state), column, row, false);
    }
  }

  void Merge(char* into, const char* from) const override {
    Self().Join(At(into), *reinterpret_cast<const State*>(from));
  }

  void Finish(std::span<const char* const> states, ColumnBuilder& out) const override {
    for (const char* state : states) Self().Emit(*reinterpret_cast<const State*>(state), out);
  }

 protected:
  static State& At(char* state) { return *reinterpret_cast<State*>(state); }
  static const State& At(const char* state) { return *reinterpret_cast<const State*>(state); }
  const Derived& Self() const { return static_cast<const Derived&>(*this); }
};

// Of a State that can be copied as bytes.
template <typename Derived, typename State>
class PlainAggregator : public StructAggregator<Derived, State> {
 public:
  void Serialize(const char* state, std::string& out) const override { out.append(state, sizeof(State)); }
  Status Deserialize(std::string_view& bytes, char* state) const override {
    if (bytes.size() < sizeof(State)) return InternalError("An accumulator is cut short.");
    std::memcpy(state, bytes.data(), sizeof(State));
    bytes.remove_prefix(sizeof(State));
    return Ok();
  }
};

}  // namespace millrace::functions
