#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "exec/event.h"

namespace millrace::exec {

// The watermark of an operator with several inputs: the lowest over the inputs that are neither idle nor ended (Flink's
// StatusWatermarkValve). It never goes back.
class WatermarkMerger {
 public:
  explicit WatermarkMerger(size_t num_inputs) : inputs_(num_inputs) {}

  struct Change {
    std::optional<int64_t> watermark;  // advanced to this
    bool idle = false;                 // has just turned idle; after `watermark`
    bool ended = false;                // the last input has ended; after `watermark`
  };
  Change OnWatermark(size_t input, int64_t watermark);
  // When the last active input turns idle and the output stood at its watermark, the output first moves to the highest
  // watermark over all inputs.
  Change OnIdle(size_t input);
  // A batch: the input is active again, from its old watermark on.
  void OnActive(size_t input);
  Change OnEnd(size_t input);

  int64_t watermark() const { return output_; }
  bool ended() const { return num_ended_ == inputs_.size(); }

 private:
  struct Input {
    int64_t watermark = kNoWatermark;
    bool idle = false;
    bool ended = false;
  };
  std::optional<int64_t> Advance();

  std::vector<Input> inputs_;
  int64_t output_ = kNoWatermark;
  size_t num_ended_ = 0;
  bool idle_ = false;
};

}  // namespace millrace::exec
