#include "engine/local_zone.h"

#include <unistd.h>
#include <climits>
#include <cstdlib>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/scalar_function.h"

namespace millrace::engine {
namespace {

// The name behind the link /etc/localtime -> ../usr/share/zoneinfo/Europe/Berlin.
std::string SystemZoneName() {
  char target[PATH_MAX];
  const ssize_t length = readlink("/etc/localtime", target, sizeof(target));
  if (length <= 0) return "UTC";
  const std::string path(target, static_cast<size_t>(length));
  constexpr std::string_view kFolder = "zoneinfo/";
  const size_t at = path.find(kFolder);
  return at == std::string::npos ? "UTC" : path.substr(at + kFolder.size());
}

std::string ProcessZoneName() {
  const char* variable = std::getenv("TZ");
  if (variable == nullptr) return SystemZoneName();
  const std::string_view name = variable;
  if (name.empty()) return "UTC";
  return std::string(name.front() == ':' ? name.substr(1) : name);
}

}  // namespace

Result<const TimeZone*> FindSessionZone(const std::string& name) {
  if (EqualsIgnoreCase(name, "default") || name.empty()) {
    const auto zone = functions::FindTimeZone(ProcessZoneName());
    return zone.ok() ? zone : functions::FindTimeZone("UTC");
  }
  auto zone = functions::FindTimeZone(name);
  if (zone.ok()) return zone;
  return UserError(fmt::format("Could not parse value '{}' for key 'table.local-time-zone'.", name))
      .WithCode("java.lang.IllegalArgumentException")
      .WithHint("Give a zone such as 'Europe/Berlin', 'UTC' or 'GMT-08:00'.");
}

}  // namespace millrace::engine
