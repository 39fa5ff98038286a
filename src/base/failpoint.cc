#include "base/failpoint.h"

#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>

#include "base/strings.h"

namespace millrace {
namespace {

struct CrashPlan {
  std::string name;
  int64_t left = 1;
};

std::optional<CrashPlan> ReadPlan() {
  const char* text = std::getenv("MILLRACE_CRASH_AT");
  if (text == nullptr || *text == '\0') return std::nullopt;
  CrashPlan plan{text};
  const size_t colon = plan.name.rfind(':');
  if (colon != std::string::npos) {
    plan.left = ParseInt64(std::string_view(plan.name).substr(colon + 1)).value_or(1);
    plan.name.resize(colon);
  }
  return plan;
}

}  // namespace

void FailPoint(std::string_view name) {
  static std::optional<CrashPlan> plan = ReadPlan();
  if (!plan || plan->name != name) return;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (--plan->left == 0) std::raise(SIGKILL);
}

}  // namespace millrace
