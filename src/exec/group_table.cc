#include "exec/group_table.h"

#include <cstring>

#include "base/check.h"
#include "data/row_encoding.h"

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
    : aggregates_(aggregates), row_size_(std::max<size_t>(16, aggregates->row_size())), slots_(kFirstSlots) {
  for (DataType& type : key_types) {
    const size_t width = PhysicalWidth(type.physical());
    const Physical physical = type.physical();
    keys_.push_back({.type = std::move(type), .physical = physical, .width = width});
  }
}

GroupTable::GroupTable(GroupTable&&) noexcept = default;

GroupTable::~GroupTable() {
  if (aggregates_->trivially_destructible()) return;
  for (size_t group = 0; group < hashes_.size(); ++group) aggregates_->Destroy(state(group));
}

void GroupTable::Find(const Batch& batch, std::span<const size_t> key_columns, const uint64_t* hashes,
                      std::span<const uint32_t> rows, char** states) {
  // One key without NULLs is compared in place; the key's values move when groups are added, so they are looked up
  // anew.
  if (keys_.size() == 1 && keys_[0].nulls.empty() && !batch.columns[key_columns[0]]->has_nulls()) {
    const Column& column = *batch.columns[key_columns[0]];
    const Key& key = keys_[0];
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
           [&](size_t row, size_t group) { return SameKeys(batch, key_columns, row, group); });
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
        AddKeys(batch, key_columns, row);
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

bool GroupTable::SameKeys(const Batch& batch, std::span<const size_t> key_columns, size_t row, size_t group) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    const Column& column = *batch.columns[key_columns[i]];
    const bool null = !key.nulls.empty() && key.nulls[group] != 0;
    if (column.IsNull(row) != null) return false;
    if (null) continue;
    if (key.width == 0) {
      std::string encoded;
      EncodeRow(batch, std::span(&key_columns[i], 1), row, encoded);
      if (encoded != key.encoded[group]) return false;
    } else if (key.physical == Physical::kString) {
      StringRef mine;
      std::memcpy(&mine, key.values.data() + group * 16, 16);
      if (!(mine == column.values<StringRef>()[row])) return false;
    } else if (key.physical == Physical::kDouble || key.physical == Physical::kFloat) {
      // -0.0 equals 0.0 and NaN equals NaN, as in the hash.
      const bool is_double = key.width == 8;
      double a = 0;
      float f = 0;
      std::memcpy(is_double ? static_cast<void*>(&a) : &f, key.values.data() + group * key.width, key.width);
      if (!is_double) a = f;
      const double b = is_double ? column.values<double>()[row] : column.values<float>()[row];
      if (a != b && (a == a || b == b)) return false;
    } else if (key.physical == Physical::kTimestamp) {
      Timestamp mine;
      std::memcpy(&mine, key.values.data() + group * 16, 16);
      if (mine != column.values<Timestamp>()[row]) return false;
    } else {
      const auto* values = static_cast<const char*>(column.parts().values.get());
      if (std::memcmp(key.values.data() + group * key.width, values + row * key.width, key.width) != 0) return false;
    }
  }
  return true;
}

void GroupTable::AddKeys(const Batch& batch, std::span<const size_t> key_columns, size_t row) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    Key& key = keys_[i];
    const Column& column = *batch.columns[key_columns[i]];
    const bool null = column.IsNull(row);
    if (null && key.nulls.empty()) key.nulls.assign(hashes_.size(), 0);
    if (!key.nulls.empty() || null) key.nulls.push_back(null ? 1 : 0);
    if (key.width == 0) {
      std::string& encoded = key.encoded.emplace_back();
      EncodeRow(batch, std::span(&key_columns[i], 1), row, encoded);
      continue;
    }
    const size_t at = key.values.size();
    key.values.resize(at + key.width);
    const auto* values = static_cast<const char*>(column.parts().values.get());
    std::memcpy(key.values.data() + at, values + row * key.width, key.width);
    if (key.physical != Physical::kString) continue;
    const StringRef ref = column.values<StringRef>()[row];
    if (ref.is_inline()) continue;
    char* bytes = key.strings.emplace_back(std::make_unique_for_overwrite<char[]>(ref.size)).get();
    std::memcpy(bytes, ref.pointer, ref.size);
    const StringRef own(std::string_view(bytes, ref.size));
    std::memcpy(key.values.data() + at, &own, 16);
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

std::vector<ColumnPtr> GroupTable::KeyColumns() const {
  std::vector<ColumnPtr> out;
  for (const Key& key : keys_) {
    std::vector<ColumnBuilder> builders;
    ColumnBuilder& builder = builders.emplace_back(key.type);
    builder.Reserve(size());
    for (size_t group = 0; group < size(); ++group) {
      if (!key.nulls.empty() && key.nulls[group] != 0) {
        builder.AppendNull();
      } else if (key.width == 0) {
        CHECK(DecodeRow(key.encoded[group], builders).ok());
      } else if (key.physical == Physical::kString) {
        StringRef ref;
        std::memcpy(&ref, key.values.data() + group * 16, 16);
        builder.AppendString(ref.view());
      } else {
        const char* value = key.values.data() + group * key.width;
        if (key.width == 1) builder.Append(*reinterpret_cast<const uint8_t*>(value));
        if (key.width == 2) builder.Append(*reinterpret_cast<const uint16_t*>(value));
        if (key.width == 4) builder.Append(*reinterpret_cast<const uint32_t*>(value));
        if (key.width == 8) builder.Append(*reinterpret_cast<const uint64_t*>(value));
        if (key.width == 16) {
          Int128 wide;
          std::memcpy(&wide, value, 16);
          builder.Append(wide);
        }
      }
    }
    out.push_back(builder.Finish());
  }
  return out;
}

void GroupTable::MergeFrom(const GroupTable& other) {
  if (other.size() == 0) return;
  const Batch keys{.num_rows = other.size(), .columns = other.KeyColumns()};
  std::vector<size_t> columns(keys_.size());
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  std::vector<char*> states(other.size());
  Find(keys, columns, other.hashes_.data(), {}, states.data());
  for (size_t group = 0; group < other.size(); ++group) aggregates_->Merge(states[group], other.state(group));
}

}  // namespace millrace::exec
