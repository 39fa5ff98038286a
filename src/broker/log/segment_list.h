#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "broker/log/segment.h"

namespace millrace::broker {

using Segments = std::vector<std::shared_ptr<Segment>>;  // by base offset; the last one takes the appends

// The segments of a log as readers see them: a list that never changes once it is shown, replaced as a whole. The lock
// is held for the copy of one pointer. Any thread; Replace under the log's append lock.
class SegmentList {
 public:
  std::shared_ptr<const Segments> Snapshot() const {
    std::lock_guard lock(mutex_);
    return segments_;
  }
  void Replace(Segments segments) {
    auto fresh = std::make_shared<const Segments>(std::move(segments));
    std::lock_guard lock(mutex_);
    segments_.swap(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Segments> segments_ = std::make_shared<const Segments>();
};

}  // namespace millrace::broker
