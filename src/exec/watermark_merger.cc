#include "exec/watermark_merger.h"

#include <algorithm>

namespace millrace::exec {

std::optional<int64_t> WatermarkMerger::Advance() {
  int64_t lowest = kEndOfTime;
  bool any = false;
  for (const Input& input : inputs_) {
    if (input.idle || input.ended) continue;
    lowest = std::min(lowest, input.watermark);
    any = true;
  }
  if (!any || lowest <= output_) return std::nullopt;
  output_ = lowest;
  return lowest;
}

WatermarkMerger::Change WatermarkMerger::OnWatermark(size_t input, int64_t watermark) {
  inputs_[input].watermark = std::max(inputs_[input].watermark, watermark);
  OnActive(input);
  return {.watermark = Advance()};
}

WatermarkMerger::Change WatermarkMerger::OnIdle(size_t input) {
  if (inputs_[input].idle || inputs_[input].ended) return {};
  const bool held_output = inputs_[input].watermark == output_;
  inputs_[input].idle = true;
  const bool any_active =
      std::any_of(inputs_.begin(), inputs_.end(), [](const Input& one) { return !one.idle && !one.ended; });
  if (any_active) return {.watermark = Advance()};
  Change change{.idle = !idle_};
  idle_ = true;
  if (held_output) {
    int64_t highest = output_;
    for (const Input& one : inputs_) highest = std::max(highest, one.ended ? kNoWatermark : one.watermark);
    if (highest > output_) change.watermark = output_ = highest;
  }
  return change;
}

void WatermarkMerger::OnActive(size_t input) {
  inputs_[input].idle = false;
  idle_ = false;
}

WatermarkMerger::Change WatermarkMerger::OnEnd(size_t input) {
  if (inputs_[input].ended) return {};
  inputs_[input].ended = true;
  ++num_ended_;
  if (!ended()) return {.watermark = Advance()};
  Change change{.ended = true};
  if (output_ != kEndOfTime) change.watermark = output_ = kEndOfTime;
  return change;
}

}  // namespace millrace::exec
