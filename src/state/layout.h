#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::state {

// What the bytes of an operator's keyed state mean. Stored with every checkpoint: state is only given back to an
// operator that reads it the same way, and tools can print it. Types are SQL texts without nullability ("STRING",
// "DECIMAL(10, 2)"); names are for people and may change.
struct StateLayout {
  struct Column {
    std::string name;
    std::string type;
  };
  struct Aggregate {
    std::string name;      // of the output column
    std::string function;  // "SUM"
    bool distinct = false;
    std::vector<std::string> arg_types;
    std::string type;  // of the result
  };
  std::string kind;             // "window", "rows"; "" = the operator keeps nothing by key
  std::string definition;       // "TUMBLE(size=[1 min])", "ORDER BY k DESC", "LIMIT 10"; "" = none, or not told
  std::vector<Column> columns;  // of "window": the keys; of "rows": the rows' columns
  std::vector<Aggregate> aggregates;
};

// Why state of the layout `then` cannot be read as `now`: "the keys were (k STRING), now they are (k INT)"; "" = it
// can.
std::string LayoutDifference(const StateLayout& then, const StateLayout& now);

}  // namespace millrace::state
