#include "exec/group_table.h"

#include <algorithm>

namespace millrace::exec {
namespace {

constexpr size_t kFirstSlots = 64;
constexpr size_t kPrefetch = 16;           // rows ahead
constexpr size_t kPrefetchFrom = 1 << 14;  // slots: below that the table lies in the cache

constexpr uint64_t kTagMask = 0xFFFFFFFF00000000ULL;

size_t Aligned(size_t size) { return (size + 15) / 16 * 16; }

}  // namespace

void AggregateSet::Add(Call call) {
  call.offset = row_size_;
  row_size_ += Aligned(call.aggregator->state_size());
  trivial_ &= call.aggregator->trivially_destructible();
  calls_.push_back(std::move(call));
}

void AggregateSet::Init(char* state) const {
  for (const Call& call : calls_) call.aggregator->Init(state + call.offset);
}

void AggregateSet::Destroy(char* state) const {
  for (const Call& call : calls_) call.aggregator->Destroy(state + call.offset);
}

void AggregateSet::Merge(char* into, const char* from) const {
  for (const Call& call : calls_) call.aggregator->Merge(into + call.offset, from + call.offset);
}

void AggregateSet::Serialize(const char* state, std::string& out) const {
  for (const Call& call : calls_) call.aggregator->Serialize(state + call.offset, out);
}

Status AggregateSet::Deserialize(std::string_view bytes, char* state) const {
  for (const Call& call : calls_) MR_TRY(call.aggregator->Deserialize(bytes, state + call.offset));
  return bytes.empty() ? Ok() : Status(InternalError("Accumulator bytes are left over."));
}

void AggregateSet::Update(const Batch& batch, std::span<char* const> states) const {
  std::vector<char*> shifted;
  std::vector<uint8_t> retract;
  if (batch.kinds != nullptr) {
    retract.reserve(batch.num_rows);
    for (const RowKind kind : *batch.kinds)
      retract.push_back(kind == RowKind::kUpdateBefore || kind == RowKind::kDelete ? 1 : 0);
  }
  for (const Call& call : calls_) {
    std::vector<ColumnPtr> arguments;
    for (const size_t arg : call.args) arguments.push_back(batch.columns[arg]);
    std::vector<uint8_t> selected;
    if (call.filter) {
      const Column& filter = *batch.columns[*call.filter];
      selected.reserve(batch.num_rows);
      for (size_t row = 0; row < batch.num_rows; ++row) {
        selected.push_back(!filter.IsNull(row) && filter.values<uint8_t>()[row] != 0 ? 1 : 0);
      }
    }
    if (call.offset != 0) {
      shifted.resize(states.size());
      for (size_t row = 0; row < states.size(); ++row) shifted[row] = states[row] + call.offset;
    }
    call.aggregator->Update({.arguments = arguments,
                             .states = call.offset == 0 ? states : std::span<char* const>(shifted),
                             .selected = call.filter ? selected.data() : nullptr,
                             .retract = retract.empty() ? nullptr : retract.data()});
  }
}

GroupTable::GroupTable(std::vector<DataType> key_types, const AggregateSet* aggregates)
    : aggregates_(aggregates),
      row_size_(std::max<size_t>(16, aggregates->row_size())),
      keys_(std::move(key_types)),
      slots_(kFirstSlots) {}

GroupTable::GroupTable(GroupTable&&) noexcept = default;

GroupTable::~GroupTable() {
  if (aggregates_->trivially_destructible()) return;
  for (size_t group = 0; group < hashes_.size(); ++group) aggregates_->Destroy(state(group));
}

size_t GroupTable::bytes() const {
  return keys_.bytes() + hashes_.capacity() * sizeof(uint64_t) + slots_.size() * sizeof(uint64_t) +
         chunks_.size() * (row_size_ << kChunkBits);
}

void GroupTable::Find(const Batch& batch, std::span<const size_t> key_columns, const uint64_t* hashes,
                      std::span<const uint32_t> rows, char** states) {
  // One key without NULLs is compared in place; the key's values move when groups are added, so they are looked up
  // anew.
  const std::vector<GroupKeys::Key>& keys = keys_.keys();
  if (keys.size() == 1 && !keys[0].nested && keys[0].nulls.empty() && !batch.columns[key_columns[0]]->has_nulls()) {
    const Column& column = *batch.columns[key_columns[0]];
    const GroupKeys::Key& key = keys[0];
    const auto find_as = [&](const auto* mine) {
      using T = std::remove_cvref_t<decltype(*mine)>;
      FindRows(batch, key_columns, hashes, rows, states, [&, mine](size_t row, size_t group) {
        return reinterpret_cast<const T*>(key.values.data())[group] == mine[row];
      });
    };
    switch (key.physical) {
      case Physical::kString: return find_as(column.values<StringRef>());
      case Physical::kInt32: return find_as(column.values<int32_t>());
      case Physical::kInt64: return find_as(column.values<int64_t>());
      default: break;
    }
  }
  FindRows(batch, key_columns, hashes, rows, states,
           [&](size_t row, size_t group) { return keys_.Same(batch, key_columns, row, group); });
}

template <typename Same>
void GroupTable::FindRows(const Batch& batch, std::span<const size_t> key_columns, const uint64_t* hashes,
                          std::span<const uint32_t> rows, char** states, const Same& same) {
  const size_t count = rows.empty() ? batch.num_rows : rows.size();
  for (size_t i = 0; i < count; ++i) {
    if (slots_.size() >= kPrefetchFrom && i + kPrefetch < count) {
      const size_t ahead = rows.empty() ? i + kPrefetch : rows[i + kPrefetch];
      __builtin_prefetch(&slots_[hashes[ahead] & (slots_.size() - 1)]);
    }
    const size_t row = rows.empty() ? i : rows[i];
    const uint64_t hash = hashes[row];
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      const uint64_t slot = slots_[at];
      if (slot == 0) {
        keys_.Append(batch, key_columns, row);
        states[row] = state(AddGroup(hash));
        break;
      }
      const size_t group = (slot & ~kTagMask) - 1;
      if ((slot & kTagMask) == (hash & kTagMask) && same(row, group)) {
        states[row] = state(group);
        break;
      }
    }
  }
}

size_t GroupTable::AddGroup(uint64_t hash) {
  const size_t group = hashes_.size();
  if (group >> kChunkBits == chunks_.size()) {
    chunks_.emplace_back(new char[row_size_ << kChunkBits]);  // operator new[] aligns to 16
  }
  hashes_.push_back(hash);
  aggregates_->Init(state(group));
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0) at = (at + 1) & mask;
  slots_[at] = (hash & kTagMask) | (group + 1);
  if (hashes_.size() * 2 > slots_.size()) Grow();
  return group;
}

void GroupTable::Grow() {
  std::vector<uint64_t> grown(slots_.size() * 2);
  const size_t mask = grown.size() - 1;
  for (size_t group = 0; group < hashes_.size(); ++group) {
    size_t at = hashes_[group] & mask;
    while (grown[at] != 0) at = (at + 1) & mask;
    grown[at] = (hashes_[group] & kTagMask) | (group + 1);
  }
  slots_ = std::move(grown);
}

void GroupTable::MergeFrom(const GroupTable& other) {
  if (other.size() == 0) return;
  const Batch keys{.num_rows = other.size(), .columns = other.keys_.Columns(0, other.size())};
  std::vector<size_t> columns(keys.columns.size());
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  std::vector<char*> states(other.size());
  Find(keys, columns, other.hashes_.data(), {}, states.data());
  for (size_t group = 0; group < other.size(); ++group) aggregates_->Merge(states[group], other.state(group));
}

}  // namespace millrace::exec
