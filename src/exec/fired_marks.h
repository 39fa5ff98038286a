#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "data/hash.h"
#include "exec/event.h"
#include "state/bytes.h"
#include "state/key_groups.h"

namespace millrace::exec {

// Up to which time the slots of the earlier run had fired windows, by key group. Slots may differ a little (processing
// time; inputs that turn idle), and the restored operator goes on from the lowest one, as Flink's does. A window that a
// key's former slot had fired already must not fire for it again.
//
// As bytes: version 1, the slot's key groups (begin, end), and runs of key groups (end, time).
class FiredMarks {
 public:
  FiredMarks() { marks_.fill(kNoWatermark); }

  int64_t lowest() const { return lowest_; }
  // Whether some key had windows of this fire time behind it that others had not.
  bool Reaches(int64_t fire_time) const { return highest_ != lowest_ && fire_time <= highest_; }
  bool HasFired(uint64_t key_hash, int64_t fire_time) const {
    return fire_time <= marks_[KeyGroupOf(key_hash, kDefaultKeyGroups)];
  }

  // The marks of a slot that has fired up to `fired_up_to` since.
  std::string Encode(state::KeyGroupRange range, int64_t fired_up_to) const {
    std::string out(1, '\1');
    state::PutNumber(range.begin, out);
    state::PutNumber(range.end, out);
    for (uint32_t group = range.begin; group < range.end; ++group) {
      const int64_t mark = std::max(marks_[group], fired_up_to);
      if (group + 1 < range.end && std::max(marks_[group + 1], fired_up_to) == mark) continue;
      state::PutNumber(group + 1, out);
      state::PutNumber(mark, out);
    }
    return out;
  }

  // Fails unless the parts give a mark to every key group of the state's range.
  Status Decode(const state::OperatorState& state) {
    std::array<bool, kDefaultKeyGroups> known{};
    for (const state::OperatorPart& part : state.parts) MR_TRY(DecodePart(part.values, known));
    lowest_ = kEndOfTime;
    highest_ = kNoWatermark;
    for (uint32_t group = state.range.begin; group < state.range.end; ++group) {
      if (group >= kDefaultKeyGroups || !known[group]) return Damaged();
      lowest_ = std::min(lowest_, marks_[group]);
      highest_ = std::max(highest_, marks_[group]);
    }
    return state.range.begin < state.range.end ? Ok() : Status(Damaged());
  }

 private:
  static Error Damaged() { return InternalError("The values of a window aggregation's state are damaged."); }

  Status DecodePart(std::string_view bytes, std::array<bool, kDefaultKeyGroups>& known) {
    uint8_t version = 0;
    uint32_t group = 0;
    uint32_t end = 0;
    MR_TRY(state::TakeNumber(bytes, &version));
    MR_TRY(state::TakeNumber(bytes, &group));
    MR_TRY(state::TakeNumber(bytes, &end));
    if (version != 1 || group > end || end > kDefaultKeyGroups) return Damaged();
    while (group < end) {
      uint32_t run_end = 0;
      int64_t mark = 0;
      MR_TRY(state::TakeNumber(bytes, &run_end));
      MR_TRY(state::TakeNumber(bytes, &mark));
      if (run_end <= group || run_end > end) return Damaged();
      for (; group < run_end; ++group) {
        if (known[group]) return Damaged();
        known[group] = true;
        marks_[group] = mark;
      }
    }
    return bytes.empty() ? Ok() : Status(Damaged());
  }

  std::array<int64_t, kDefaultKeyGroups> marks_;
  int64_t lowest_ = kNoWatermark;
  int64_t highest_ = kNoWatermark;
};

}  // namespace millrace::exec
