#include "engine/restart_strategy.h"

#include <algorithm>

namespace millrace::engine {

bool MayRestart(const Error& error) {
  return error.domain != ErrorDomain::kUser && error.code != "PRODUCER_FENCED" && error.code != "CHECKPOINT_DAMAGED";
}

RestartStrategy::RestartStrategy(RestartSettings settings, double (*random)())
    : settings_(settings), random_(random), delay_(static_cast<double>(settings.delay)) {}

std::optional<int64_t> RestartStrategy::DelayAfterFailure(int64_t started_millis, int64_t now_millis) {
  using Kind = RestartSettings::Kind;
  switch (settings_.kind) {
    case Kind::kNone: return std::nullopt;
    case Kind::kFixedDelay:
      if (++failures_ > settings_.attempts) return std::nullopt;
      return settings_.delay;
    case Kind::kFailureRate:
      // Flink's FailureRateRestartBackoffTimeStrategy keeps max + 1 failures (its queue is full above the maximum) and
      // is told of this one before ExecutionFailureHandler asks canRestart: the maximum itself is survived.
      recent_.push_back(now_millis);
      while (now_millis - recent_.front() > settings_.interval) recent_.pop_front();
      if (static_cast<int64_t>(recent_.size()) > settings_.attempts) return std::nullopt;
      return settings_.delay;
    case Kind::kExponentialDelay: {
      if (now_millis - started_millis >= settings_.interval) {
        failures_ = 0;
        delay_ = static_cast<double>(settings_.delay);
      }
      if (++failures_ > settings_.attempts) return std::nullopt;
      const double wobble = 1 + settings_.jitter * (2 * random_() - 1);
      const auto wait = static_cast<int64_t>(std::min(delay_ * wobble, static_cast<double>(settings_.max_delay)));
      delay_ = std::min(delay_ * settings_.multiplier, static_cast<double>(settings_.max_delay));
      return wait;
    }
  }
  return std::nullopt;
}

}  // namespace millrace::engine
