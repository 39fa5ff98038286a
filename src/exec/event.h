#pragma once

#include <cstdint>
#include <utility>

#include "data/batch.h"

namespace millrace::exec {

inline constexpr int64_t kNoWatermark = INT64_MIN;
inline constexpr int64_t kEndOfTime = INT64_MAX;  // the watermark of finished input: every window fires

// What travels between operators, in order: data and control share one queue.
struct Event {
  enum class Kind : uint8_t {
    kBatch,
    kWatermark,  // `number` = epoch millis: no later row is below it, or it is late
    kIdle,       // the input is idle: it does not hold the watermark back until its next event
    kBarrier,    // `number` = checkpoint; what came before it belongs to that checkpoint
    kEnd,        // no more events from this input
  };
  Kind kind = Kind::kBatch;
  int64_t number = 0;
  Batch batch;

  static Event Of(Batch batch) { return {Kind::kBatch, 0, std::move(batch)}; }
  static Event Watermark(int64_t millis) { return {Kind::kWatermark, millis, {}}; }
  static Event Idle() { return {Kind::kIdle, 0, {}}; }
  static Event Barrier(int64_t checkpoint) { return {Kind::kBarrier, checkpoint, {}}; }
  static Event End() { return {Kind::kEnd, 0, {}}; }
};

}  // namespace millrace::exec
