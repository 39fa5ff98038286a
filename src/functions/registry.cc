#include <algorithm>
#include <unordered_map>

#include "base/strings.h"
#include "functions/function_tables.h"

namespace millrace::functions {
namespace {

std::vector<const ScalarFunction*> Collect() {
  std::vector<const ScalarFunction*> all;
  for (const auto table :
       {ArithmeticFunctions(), ArrayFunctions(), CollectionFunctions(), ComparisonFunctions(), ConditionalFunctions(),
        HashFunctions(), JsonBuildFunctions(), JsonFunctions(), LogicalFunctions(), MapFunctions(), MathFunctions(),
        RegexFunctions(), StringFunctions(), TemporalFunctions(), TemporalTextFunctions(), TextFunctions()}) {
    for (const ScalarFunction& function : table) all.push_back(&function);
  }
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return all;
}

const std::vector<const ScalarFunction*>& Sorted() {
  static const std::vector<const ScalarFunction*> all = Collect();
  return all;
}

}  // namespace

const ScalarFunction* FindScalarFunction(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const ScalarFunction*> map;
    for (const ScalarFunction* function : Sorted()) map.emplace(function->name, function);
    return map;
  }();
  const auto found = by_name.find(ToUpper(name));
  return found == by_name.end() ? nullptr : found->second;
}

std::vector<const ScalarFunction*> AllScalarFunctions() { return Sorted(); }

}  // namespace millrace::functions
