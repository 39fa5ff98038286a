#include "exec/source_driver.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::exec {

using connect::SourceEvent;

namespace {

// Readers tell of an outside world that is away every few seconds: who is silent about it for longer reaches it again,
// though it may have nothing to give.
constexpr int64_t kQuietNanos = 15'000'000'000;

}  // namespace

Result<bool> SourceDriver::Poll(int64_t max_wait_millis) {
  if (ended_) return false;
  auto event = reader_->Poll(max_wait_millis);
  if (max_wait_millis > 0) polled_nanos_ = context_.kernel.clock->MonotonicNanos();
  if (!event.ok()) return OnError(std::move(event).error());
  started_ = true;
  const bool something = event->kind != SourceEvent::Kind::kNothing || !event->bad_records.empty();
  OnAnswer(something);
  // More splits may follow, and the watermark is the lowest of all.
  const bool announces = event->kind == SourceEvent::Kind::kSplitAdded;
  MR_TRY(Handle(std::move(*event)));
  if (ended_ || announces) return true;
  MarkIdleSplits();
  MR_TRY(EmitWatermark());
  return something;
}

void SourceDriver::OnAnswer(bool something) {
  if (failing_since_nanos_ == 0) return;
  if (!something && context_.kernel.clock->MonotonicNanos() - failed_nanos_ < kQuietNanos) return;
  failing_since_nanos_ = 0;
  const std::lock_guard lock(mutex_);
  trouble_ = {};
}

Result<bool> SourceDriver::OnError(Error error) {
  const int64_t now = failed_nanos_ = context_.kernel.clock->MonotonicNanos();
  if (error.retry == Retry::kNo) return error;
  if (failing_since_nanos_ == 0) failing_since_nanos_ = now;
  const int64_t failing_millis = (now - failing_since_nanos_) / 1'000'000;
  if (failing_millis >= retry_millis_) {
    return std::move(error).InContext(
        fmt::format("Source {} did not answer for {} s", node_.table_name, failing_millis / 1000));
  }
  Log(LogLevel::kWarn, "source", "{}: {}; retrying", node_.table_name, error.ToString());
  const std::lock_guard lock(mutex_);
  if (trouble_.text.empty()) trouble_.since_millis = context_.kernel.clock->WallMillis();
  trouble_.text = fmt::format("Source {}: {}", node_.table_name, error.ToString());
  return false;
}

Status SourceDriver::Handle(SourceEvent event) {
  if (!event.bad_records.empty()) {
    context_.metrics->bad_records.Add(static_cast<int64_t>(event.bad_records.size()));
    if (!node_.bad_record_table.empty()) {
      MR_TRY(bad_records_->Write(node_.bad_record_table, event.bad_records, context_.kernel.clock->WallMillis()));
    }
  }
  switch (event.kind) {
    case SourceEvent::Kind::kNothing: return Ok();
    case SourceEvent::Kind::kSplitAdded: {
      const std::lock_guard lock(mutex_);
      if (splits_.size() <= event.split.value) splits_.resize(event.split.value + 1);
      Split& split = splits_[event.split.value];
      split.name = std::move(event.split_name);
      split.last_event_nanos = context_.kernel.clock->MonotonicNanos();
      const auto restored = restored_watermarks_.find(split.name);
      if (restored != restored_watermarks_.end()) split.watermark = restored->second;
      return Ok();
    }
    case SourceEvent::Kind::kRows: return OnRows(std::move(event));
    case SourceEvent::Kind::kWatermark: {
      Touch(event.split);
      const std::lock_guard lock(mutex_);
      Split& split = splits_[event.split.value];
      split.watermark = std::max(split.watermark, event.watermark_millis);
      return Ok();
    }
    case SourceEvent::Kind::kSplitFinished: {
      const std::lock_guard lock(mutex_);
      splits_[event.split.value].finished = true;
      return Ok();
    }
    case SourceEvent::Kind::kEnd: return EmitEnd();
  }
  return Ok();
}

Status SourceDriver::OnRows(SourceEvent event) {
  Touch(event.split);
  context_.metrics->records_in.Add(static_cast<int64_t>(event.batch.num_rows));
  context_.metrics->bytes_in.Add(static_cast<int64_t>(event.bytes));
  int64_t highest = kNoWatermark;
  if (generator_) {
    MR_ASSIGN(highest, generator_->Highest(event.batch, context_.kernel));
  }
  MR_TRY(output_->Emit(std::move(event.batch)));
  const std::lock_guard lock(mutex_);
  Split& split = splits_[event.split.value];
  split.watermark = std::max(split.watermark, highest);
  return Ok();
}

void SourceDriver::Touch(connect::SplitId id) {
  const std::lock_guard lock(mutex_);
  if (splits_.size() <= id.value) splits_.resize(id.value + 1);
  splits_[id.value].last_event_nanos = context_.kernel.clock->MonotonicNanos();
  splits_[id.value].idle = false;
  idle_ = false;
}

void SourceDriver::MarkIdleSplits() {
  if (!node_.watermark || node_.watermark->idle_timeout_millis <= 0) return;
  const int64_t now = context_.kernel.clock->MonotonicNanos();
  const std::lock_guard lock(mutex_);
  for (Split& split : splits_) {
    if (now - split.last_event_nanos >= node_.watermark->idle_timeout_millis * 1'000'000) split.idle = true;
  }
}

Status SourceDriver::EmitWatermark() {
  int64_t lowest = kEndOfTime;
  bool any_active = false;
  for (const Split& split : splits_) {
    if (split.finished || split.idle) continue;
    any_active = true;
    lowest = std::min(lowest, split.watermark);
  }
  if (!any_active) {
    if (idle_) return Ok();
    idle_ = true;
    return output_->Emit(Event::Idle());
  }
  if (lowest <= watermark_) return Ok();
  watermark_ = lowest;
  context_.metrics->watermark.Set(watermark_);
  return output_->Emit(Event::Watermark(watermark_));
}

Status SourceDriver::EmitEnd() {
  ended_ = true;
  {
    const std::lock_guard lock(mutex_);
    trouble_ = {};
  }
  context_.metrics->watermark.Set(kEndOfTime);
  return output_->Emit(Event::End());
}

Result<std::vector<SourceDriver::SplitState>> SourceDriver::EmitBarrier(int64_t checkpoint) {
  std::map<std::string_view, int64_t> watermarks(restored_watermarks_.begin(), restored_watermarks_.end());
  for (const Split& split : splits_) watermarks[split.name] = split.watermark;
  std::vector<SplitState> states;
  for (connect::SourceReader::SplitState& split : reader_->Snapshot()) {
    const auto watermark = watermarks.find(split.split_name);
    states.push_back({.position = std::move(split.position)});
    if (watermark != watermarks.end()) states.back().watermark = watermark->second;
    states.back().name = std::move(split.split_name);
  }
  if (!ended_) MR_TRY(output_->Emit(Event::Barrier(checkpoint)));
  return states;
}

Status SourceDriver::Restore(const std::vector<SplitState>& states) {
  std::vector<connect::SourceReader::SplitState> positions;
  for (const SplitState& state : states) {
    positions.push_back({state.name, state.position});
    restored_watermarks_[state.name] = state.watermark;
  }
  return reader_->Restore(positions);
}

Status SourceDriver::NotifyCheckpointComplete(const std::vector<SplitState>& states) {
  std::vector<connect::SourceReader::SplitState> positions;
  for (const SplitState& state : states) positions.push_back({state.name, state.position});
  return reader_->NotifyCheckpointComplete(positions);
}

Status SourceDriver::Stop() { return ended_ ? Ok() : EmitEnd(); }

connect::Trouble SourceDriver::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::vector<SplitStatus> SourceDriver::splits() const {
  const std::lock_guard lock(mutex_);
  std::vector<SplitStatus> out;
  for (const Split& split : splits_)
    out.push_back({split.name, split.finished ? kEndOfTime : split.watermark, split.idle});
  return out;
}

}  // namespace millrace::exec
