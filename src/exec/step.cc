#include "exec/step.h"

#include <algorithm>

namespace millrace::exec {

Status Step::HandleEvent(size_t input, Event event) {
  if (ended_) return Ok();  // a LIMIT that is full ignores the rest
  switch (event.kind) {
    case Event::Kind::kBatch: {
      merger_.OnActive(input);
      context_.metrics->records_in.Add(static_cast<int64_t>(event.batch.num_rows));
      MR_TRY(operator_->Process(std::move(event.batch), *downstream_));
      if (!operator_->Done()) return Ok();
      ended_ = true;
      if (full_ != nullptr) full_->store(true, std::memory_order_relaxed);
      MR_TRY(operator_->Finish(*downstream_));
      return downstream_->Emit(Event::End());
    }
    case Event::Kind::kWatermark: return Apply(merger_.OnWatermark(input, event.number));
    case Event::Kind::kIdle: return Apply(merger_.OnIdle(input));
    case Event::Kind::kBarrier: barriers_[input] = event.number; return PassBarrier();
    case Event::Kind::kEnd:
      barriers_[input] = kEndOfTime;
      MR_TRY(Apply(merger_.OnEnd(input)));
      // The other inputs may have waited for this one.
      return ended_ ? Ok() : PassBarrier();
  }
  return Ok();
}

Status Step::PassBarrier() {
  const int64_t barrier = *std::min_element(barriers_.begin(), barriers_.end());
  if (barrier <= passed_ || barrier == kEndOfTime) return Ok();
  MR_TRY(AtBarrier(barrier));
  return downstream_->Emit(Event::Barrier(barrier));
}

Status Step::AtBarrier(int64_t checkpoint) {
  MR_TRY(operator_->OnBarrier(checkpoint, *downstream_));
  snapshot_ = {};
  if (!uid_.empty()) {
    const int64_t begin = context_.kernel.clock->MonotonicNanos();
    MR_TRY(operator_->Snapshot(snapshot_));
    snapshot_nanos_ = context_.kernel.clock->MonotonicNanos() - begin;
    Counter& longest = context_.metrics->snapshot_micros;
    longest.Set(std::max(longest.Get(), snapshot_nanos_ / 1'000));
  }
  passed_ = checkpoint;
  return Ok();
}

Result<state::OperatorSnapshot> Step::TakeSnapshot(int64_t checkpoint) {
  if (passed_ < checkpoint) MR_TRY(Noted(AtBarrier(checkpoint)));
  return std::move(snapshot_);
}

Status Step::Apply(const WatermarkMerger::Change& change) {
  if (change.watermark) {
    context_.metrics->watermark.Set(*change.watermark);
    MR_TRY(operator_->OnWatermark(*change.watermark, *downstream_));
    // The end of input says by itself that time has ended. A watermark kEndOfTime ahead of it would, while all other
    // slots are idle, make every later row of theirs late.
    const int64_t watermark = operator_->OutputWatermark(*change.watermark);
    if (watermark != kNoWatermark && !change.ended) MR_TRY(downstream_->Emit(Event::Watermark(watermark)));
  }
  if (change.idle) {
    MR_TRY(operator_->OnIdle(*downstream_));
    MR_TRY(downstream_->Emit(Event::Idle()));
  }
  if (change.ended) {
    ended_ = true;
    MR_TRY(operator_->Finish(*downstream_));
    return downstream_->Emit(Event::End());
  }
  return Ok();
}

}  // namespace millrace::exec
