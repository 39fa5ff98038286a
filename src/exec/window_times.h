#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/physical.h"

namespace millrace::exec {

// The arithmetic of one window specification (flink-sql.md 3.2, 3.3). Windows are named by their end E; a slice is the
// largest piece of time that every window contains wholly or not at all, named by its end too. For TIMESTAMP_LTZ
// attributes all of these are wall-clock millis of the session's zone and only FireTime is an instant.
class WindowTimes {
 public:
  WindowTimes(const plan::WindowSpec& spec, const TimeZone* zone);

  // Of a time attribute's value to the clock that windows are cut on.
  int64_t ToWindowClock(int64_t millis) const { return zone_ == nullptr ? millis : zone_->ToLocalMillis(millis); }

  int64_t SliceEnd(int64_t time) const;  // time in window clock
  int64_t slice_length() const { return slice_; }
  // The first window (in order of ends) that contains the slice, and the last one.
  int64_t FirstWindowEnd(int64_t slice_end) const;
  int64_t LastWindowEnd(int64_t slice_end) const;
  int64_t WindowStart(int64_t window_end) const;
  // The window after this one that may hold the same rows; nullopt for TUMBLE and a full CUMULATE.
  std::optional<int64_t> NextWindowEnd(int64_t window_end) const;
  // A window fires when the watermark reaches this instant: its end minus one millisecond.
  int64_t FireTime(int64_t window_end) const;
  // window_time of the window: end - 1 ms, in the attribute's own type.
  int64_t WindowTime(int64_t window_end) const { return FireTime(window_end); }
  // Appends the ends of all windows that contain `time`, ascending by start (HOP, CUMULATE: several).
  void WindowEndsOf(int64_t time, std::vector<int64_t>* ends) const;

  plan::WindowKind kind() const { return kind_; }

 private:
  plan::WindowKind kind_;
  int64_t size_;
  int64_t slide_;
  int64_t offset_;
  int64_t slice_;
  const TimeZone* zone_;  // null unless the attribute is TIMESTAMP_LTZ
};

}  // namespace millrace::exec
