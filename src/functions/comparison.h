#pragma once

#include <optional>

#include "data/value.h"

namespace millrace::functions {

// The types in which two values are compared; nullopt when they cannot be. DECIMALs keep their own scales. `ordered`:
// for < and its like, which nested values do not have.
struct ComparedTypes {
  DataType left;
  DataType right;
};
std::optional<ComparedTypes> TypesForComparison(const DataType& a, const DataType& b, bool ordered);

// -1, 0 or 1 for two non-null values of a row; columns of types made by TypesForComparison, not nested.
int CompareAt(const Column& a, size_t a_row, const Column& b, size_t b_row);
// Equal values of two rows, NULL equal to NULL; any type.
bool SameAt(const Column& a, size_t a_row, const Column& b, size_t b_row);
// NULL members equal NULL members, maps are equal whatever the order of their entries.
bool SameValue(const Value& a, const Value& b, const DataType& type);

}  // namespace millrace::functions
