#include "exec/window_snapshot.h"

#include "state/bytes.h"

namespace millrace::exec {
namespace {

// Gives a writer groups as entries.
class EntryMaker {
 public:
  explicit EntryMaker(state::KeyedWriter* writer) : writer_(writer) {}

  // put_key(out), put_value(out) append the encoded keys and the serialised accumulators.
  template <typename PutKey, typename PutValue>
  Status Add(uint32_t key_group, int64_t slice_end, const PutKey& put_key, const PutValue& put_value) {
    key_.clear();
    value_.clear();
    state::PutOrdered(slice_end, key_);
    put_key(key_);
    put_value(value_);
    return writer_->Add({.key_group = key_group, .key = key_, .value = value_});
  }

 private:
  state::KeyedWriter* writer_;
  std::string key_;
  std::string value_;
};

}  // namespace

void WindowSnapshot::Add(int64_t slice_end, FrozenGroups groups) {
  slices_.push_back({slice_end, std::move(groups), {}, {}});
}

void WindowSnapshot::Order() {
  for (Slice& slice : slices_) {
    if (slice.order.empty()) slice.order = slice.groups.ByKeyGroup(slice.begins);
  }
}

std::vector<state::KeyedSnapshot::NativeFile> WindowSnapshot::NativeFiles() const {
  std::vector<NativeFile> files;
  for (const state::RunPtr& run : runs_) files.push_back(run->file);
  return files;
}

Status WindowSnapshot::WriteBesideFiles(state::KeyedWriter& writer) {
  Order();
  EntryMaker entries(&writer);
  for (uint32_t key_group = 0; key_group < kDefaultKeyGroups; ++key_group) {
    for (const Slice& slice : slices_) {
      for (uint32_t at = slice.begins[key_group]; at < slice.begins[key_group + 1]; ++at) {
        const uint32_t group = slice.order[at];
        MR_TRY(entries.Add(
            key_group, slice.end, [&](std::string& out) { slice.groups.Key(group, out); },
            [&](std::string& out) { slice.groups.Value(group, out); }));
      }
    }
  }
  return Ok();
}

// A key group and slice at a time: what the runs and the memory hold of a group is brought together.
Status WindowSnapshot::Write(state::KeyedWriter& writer) {
  if (runs_.empty()) return WriteBesideFiles(writer);
  Order();
  EntryMaker entries(&writer);
  MR_ASSIGN(GroupRunMerger merger, GroupRunMerger::Open(layout_, runs_, merge_bytes_));
  for (uint32_t key_group = 0; key_group < kDefaultKeyGroups; ++key_group) {
    for (const Slice& slice : slices_) {
      const uint32_t begin = slice.begins[key_group];
      const uint32_t end = slice.begins[key_group + 1];
      const auto beside = [&](state::HashRange part, GroupLoader& loader) -> Status {
        std::string key;
        std::string value;
        for (uint32_t at = begin; at < end; ++at) {
          const uint32_t group = slice.order[at];
          if (!part.Contains(slice.groups.hash(group))) continue;
          key.clear();
          value.clear();
          slice.groups.Key(group, key);
          slice.groups.Value(group, value);
          MR_TRY(loader.Add(slice.end, key_group, key, value));
        }
        return Ok();
      };
      const auto write = [&](const GroupTable& table) -> Status {
        for (size_t group = 0; group < table.size(); ++group) {
          MR_TRY(entries.Add(
              key_group, slice.end, [&](std::string& out) { table.keys().Encode(group, out); },
              [&](std::string& out) { table.aggregates().Serialize(table.state(group), out); }));
        }
        return Ok();
      };
      const auto range = state::HashRange::Of({key_group, key_group + 1});
      MR_TRY(merger.Merge({&slice.end, 1}, range, end - begin, beside, write));
    }
  }
  return Ok();
}

}  // namespace millrace::exec
