#include "exec/window_times.h"

#include <numeric>

#include "base/check.h"

namespace millrace::exec {
namespace {

// The multiple of `step` (shifted by `offset`) at or below `time`; floors for negative times too.
int64_t FloorTo(int64_t time, int64_t step, int64_t offset) {
  int64_t rest = (time - offset) % step;
  if (rest < 0) rest += step;
  return time - rest;
}

int64_t SliceLength(const plan::WindowSpec& spec) {
  switch (spec.kind) {
    case plan::WindowKind::kTumble: return spec.size;
    case plan::WindowKind::kHop: return std::gcd(spec.size, spec.slide);
    case plan::WindowKind::kCumulate: return spec.slide;
  }
  return spec.size;
}

}  // namespace

WindowTimes::WindowTimes(const plan::WindowSpec& spec, const TimeZone* zone)
    : kind_(spec.kind),
      size_(spec.size),
      slide_(spec.slide),
      offset_(spec.offset),
      slice_(SliceLength(spec)),
      zone_(spec.local_zone ? zone : nullptr) {
  if (kind_ == plan::WindowKind::kTumble) slide_ = size_;
  CHECK(size_ > 0 && slide_ > 0);
}

int64_t WindowTimes::SliceEnd(int64_t time) const { return FloorTo(time, slice_, offset_) + slice_; }

int64_t WindowTimes::FirstWindowEnd(int64_t slice_end) const {
  if (kind_ != plan::WindowKind::kHop) return slice_end;
  // Window ends are offset + size + k * slide; the smallest at or above the slice's end.
  const int64_t below = FloorTo(slice_end - 1, slide_, offset_ + size_);
  return below + slide_;
}

int64_t WindowTimes::LastWindowEnd(int64_t slice_end) const {
  const int64_t slice_start = slice_end - slice_;
  if (kind_ == plan::WindowKind::kHop) return FloorTo(slice_start, slide_, offset_) + size_;
  return FloorTo(slice_start, size_, offset_) + size_;
}

int64_t WindowTimes::WindowStart(int64_t window_end) const {
  return kind_ == plan::WindowKind::kCumulate ? FloorTo(window_end - 1, size_, offset_) : window_end - size_;
}

std::optional<int64_t> WindowTimes::NextWindowEnd(int64_t window_end) const {
  if (kind_ == plan::WindowKind::kHop) return window_end + slide_;
  if (kind_ == plan::WindowKind::kCumulate && window_end < WindowStart(window_end) + size_) return window_end + slide_;
  return std::nullopt;
}

int64_t WindowTimes::FireTime(int64_t window_end) const {
  return zone_ == nullptr ? window_end - 1 : zone_->ToLastInstantMillis(window_end - 1);
}

void WindowTimes::WindowEndsOf(int64_t time, std::vector<int64_t>* ends) const {
  if (kind_ == plan::WindowKind::kTumble) {
    ends->push_back(SliceEnd(time));
  } else if (kind_ == plan::WindowKind::kHop) {
    const int64_t last_start = FloorTo(time, slide_, offset_);
    int64_t start = last_start;
    while (start - slide_ > time - size_) start -= slide_;
    for (; start <= last_start; start += slide_) {
      if (start + size_ > time) ends->push_back(start + size_);
    }
  } else {
    const int64_t outer = FloorTo(time, size_, offset_) + size_;
    for (int64_t end = SliceEnd(time); end <= outer; end += slide_) ends->push_back(end);
  }
}

}  // namespace millrace::exec
