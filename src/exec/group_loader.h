#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exec/group_table.h"

namespace millrace::exec {

// Adds groups that were written as bytes to tables, a batch at a time. One thread.
class GroupLoader {
 public:
  using TableOf = std::function<GroupTable&(int64_t slice_end)>;

  // What `aggregates` and `table_of` refer to outlives the loader.
  GroupLoader(const std::vector<DataType>& key_types, const AggregateSet* aggregates, TableOf table_of);

  // Encoded keys, serialised accumulators; the key group is checked against the keys. Fails on malformed bytes.
  Status Add(int64_t slice_end, uint32_t key_group, std::string_view key, std::string_view value);
  // What was added is in its tables only now.
  Status Flush();

 private:
  struct Row {
    int64_t slice_end = 0;
    uint32_t key_group = 0;
    size_t value_end = 0;
  };
  Status Merge(std::string_view bytes, char* into);

  const AggregateSet* aggregates_;
  TableOf table_of_;
  std::vector<ColumnBuilder> builders_;
  std::vector<size_t> columns_;
  std::unique_ptr<char[]> partial_;
  std::vector<Row> rows_;
  std::string values_;
};

}  // namespace millrace::exec
