#pragma once

#include <memory>

#include "functions/aggregate_function.h"

namespace millrace::functions {

// The accumulators behind the aggregate functions.
std::unique_ptr<Aggregator> MakeCount(bool has_argument);
// Integers and doubles wrap or round as Java's; decimals that leave 38 digits give NULL.
std::unique_ptr<Aggregator> MakeSum(const DataType& argument, const DataType& result);
std::unique_ptr<Aggregator> MakeAvg(const DataType& argument, const DataType& result);
std::unique_ptr<Aggregator> MakeExtreme(const DataType& argument, bool highest);
std::unique_ptr<Aggregator> MakeFirstLast(const DataType& argument, bool last);
// Passes each different value on to `inner` once; keeps a count per value, so that retractions work.
std::unique_ptr<Aggregator> MakeDistinct(const DataType& argument, std::unique_ptr<Aggregator> inner);

}  // namespace millrace::functions
