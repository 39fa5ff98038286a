#include "exec/group_loader.h"

#include <algorithm>
#include <map>

#include "data/hash.h"
#include "data/row_encoding.h"

namespace millrace::exec {

GroupLoader::GroupLoader(const std::vector<DataType>& key_types, const AggregateSet* aggregates, TableOf table_of)
    : aggregates_(aggregates),
      table_of_(std::move(table_of)),
      partial_(new char[std::max<size_t>(16, aggregates->row_size())]) {
  for (const DataType& type : key_types) builders_.emplace_back(type);
  for (size_t i = 0; i < builders_.size(); ++i) columns_.push_back(i);
}

Status GroupLoader::Add(int64_t slice_end, uint32_t key_group, std::string_view key, std::string_view value) {
  MR_TRY(DecodeRow(key, builders_));
  values_ += value;
  rows_.push_back({.slice_end = slice_end, .key_group = key_group, .value_end = values_.size()});
  return rows_.size() == kBatchRows ? Flush() : Ok();
}

Status GroupLoader::Flush() {
  Batch batch{.num_rows = rows_.size()};
  for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
  std::vector<uint64_t> hashes(batch.num_rows);
  std::vector<char*> states(batch.num_rows);
  HashRows(batch, columns_, hashes.data());
  std::map<int64_t, std::vector<uint32_t>> rows_of;
  for (uint32_t row = 0; row < batch.num_rows; ++row) {
    if (KeyGroupOf(hashes[row], kDefaultKeyGroups) != rows_[row].key_group)
      return InternalError("The state of a window aggregation is damaged.");
    rows_of[rows_[row].slice_end].push_back(row);
  }
  for (const auto& [slice_end, rows] : rows_of) {
    table_of_(slice_end).Find(batch, columns_, hashes.data(), rows, states.data());
  }
  for (size_t row = 0, begin = 0; row < batch.num_rows; begin = rows_[row++].value_end) {
    MR_TRY(Merge(std::string_view(values_).substr(begin, rows_[row].value_end - begin), states[row]));
  }
  rows_.clear();
  values_.clear();
  return Ok();
}

Status GroupLoader::Merge(std::string_view bytes, char* into) {
  aggregates_->Init(partial_.get());
  Status status = aggregates_->Deserialize(bytes, partial_.get());
  if (status.ok()) aggregates_->Merge(into, partial_.get());
  aggregates_->Destroy(partial_.get());
  return status;
}

}  // namespace millrace::exec
