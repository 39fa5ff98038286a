#include "base/log.h"

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace millrace {
namespace {

constexpr const char* kPattern = "%Y-%m-%d %H:%M:%S.%e %z %-5l %v";
constexpr size_t kFileBytes = 64 * 1024 * 1024;
constexpr size_t kNumFiles = 3;

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(kPattern);
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt>& RecentSink() {
  static std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink;
  return sink;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::off;
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

void SetTerminalLogLevel(LogLevel level) { Logger().sinks().front()->set_level(ToSpdlog(level)); }

void LogToFile(std::string_view path, bool path_only) {
  auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(std::string(path), kFileBytes, kNumFiles);
  sink->set_pattern(kPattern);
  if (path_only) Logger().sinks().clear();
  Logger().sinks().push_back(std::move(sink));
  Logger().flush_on(spdlog::level::info);
}

void KeepRecentLog(size_t lines) {
  if (RecentSink() != nullptr) return;
  RecentSink() = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(lines);
  RecentSink()->set_pattern(kPattern);
  Logger().sinks().push_back(RecentSink());
}

std::string RecentLog() {
  std::string text;
  if (RecentSink() == nullptr) return text;
  for (const std::string& line : RecentSink()->last_formatted()) text += line;
  return text;
}

bool LogEnabled(LogLevel level) { return Logger().should_log(ToSpdlog(level)); }

void LogLine(LogLevel level, std::string_view component, std::string_view message) {
  Logger().log(ToSpdlog(level), "{}: {}", component, message);
}

}  // namespace millrace
