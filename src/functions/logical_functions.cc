#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool Not(bool value) { return !value; }

// IS TRUE and its kin: `Value` where the argument is TRUE (or FALSE), never NULL.
template <bool Wanted, bool Negated>
Result<ColumnPtr> TruthTest(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& type,
                            size_t count) {
  const Column& column = *arguments[0];
  const uint8_t* values = column.values<uint8_t>();
  return MapRows<uint8_t>(type, count, nullptr, [&](size_t row) -> uint8_t {
    return (!column.IsNull(row) && (values[row] != 0) == Wanted) != Negated;
  });
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "NOT",
     .signature = "NOT condition",
     .doc = "The opposite of a condition; NULL stays NULL.",
     .example = "NOT TRUE -> FALSE",
     .infer = &Typed<"bool -> bool">,
     .kernel = &Strict<Not>,
     .eager = true},
    {.name = "IS TRUE",
     .signature = "condition IS TRUE",
     .doc = "TRUE if the condition is TRUE, FALSE if it is FALSE or NULL.",
     .example = "NULL IS TRUE -> FALSE",
     .infer = &Typed<"bool -> bool!">,
     .kernel = &TruthTest<true, false>,
     .eager = true},
    {.name = "IS NOT TRUE",
     .signature = "condition IS NOT TRUE",
     .doc = "TRUE if the condition is FALSE or NULL.",
     .example = "NULL IS NOT TRUE -> TRUE",
     .infer = &Typed<"bool -> bool!">,
     .kernel = &TruthTest<true, true>,
     .eager = true},
    {.name = "IS FALSE",
     .signature = "condition IS FALSE",
     .doc = "TRUE if the condition is FALSE, FALSE if it is TRUE or NULL.",
     .example = "FALSE IS FALSE -> TRUE",
     .infer = &Typed<"bool -> bool!">,
     .kernel = &TruthTest<false, false>,
     .eager = true},
    {.name = "IS NOT FALSE",
     .signature = "condition IS NOT FALSE",
     .doc = "TRUE if the condition is TRUE or NULL.",
     .example = "NULL IS NOT FALSE -> TRUE",
     .infer = &Typed<"bool -> bool!">,
     .kernel = &TruthTest<false, true>,
     .eager = true},
};

}  // namespace

std::span<const ScalarFunction> LogicalFunctions() { return kFunctions; }

}  // namespace millrace::functions
