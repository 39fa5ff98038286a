#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace millrace {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

// Lines go to stderr as "2026-01-31 12:00:00.123 +01:00 info  component: message". Thread-safe.
void SetLogLevel(LogLevel level);
// stderr shows lines from this level on; files and the recent log keep all of SetLogLevel. Before LogToFile.
void SetTerminalLogLevel(LogLevel level);
// Also (or only, when `path_only`) writes to a file that is rotated at 64 MiB.
void LogToFile(std::string_view path, bool path_only);
// From now on keeps the last `lines` lines for RecentLog().
void KeepRecentLog(size_t lines);
std::string RecentLog();  // each line ended by '\n'
bool LogEnabled(LogLevel level);
void LogLine(LogLevel level, std::string_view component, std::string_view message);

template <typename... Args>
void Log(LogLevel level, std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(level)) LogLine(level, component, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace millrace
