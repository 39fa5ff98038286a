#include "cluster/process_text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"

namespace millrace::cluster {
namespace {

constexpr int64_t kStdoutBytes = 1 << 20;

std::string FirstLine(const std::filesystem::path& path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

std::string Stdout() {
  struct stat info{};
  if (::fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode)) {
    return "What this process prints goes to its terminal or its supervisor, not to a file.\n";
  }
  std::ifstream file("/proc/self/fd/1");
  if (info.st_size > kStdoutBytes) file.seekg(info.st_size - kStdoutBytes);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "12 kafka-fetch state S (sleeping) in ep_poll, 3.21 s of CPU"
std::string ThreadDump() {
  std::vector<std::pair<int64_t, std::string>> lines;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", error)) {
    const std::string id = entry.path().filename().string();
    const std::string stat = FirstLine(entry.path() / "stat");
    const size_t close = stat.rfind(')');      // the name before it may hold anything
    if (close == std::string::npos) continue;  // it has just ended
    const std::vector<std::string> fields = Split(stat.substr(std::min(close + 2, stat.size())), ' ');
    if (fields.size() < 13) continue;
    const std::string waits = FirstLine(entry.path() / "wchan");
    const double cpu = static_cast<double>(ParseInt64(fields[11]).value_or(0) + ParseInt64(fields[12]).value_or(0)) /
                       static_cast<double>(sysconf(_SC_CLK_TCK));
    lines.emplace_back(ParseInt64(id).value_or(0),
                       fmt::format("{} {} state {}{}, {:.2f} s of CPU\n", id, FirstLine(entry.path() / "comm"),
                                   fields[0], waits.empty() || waits == "0" ? "" : " in " + waits, cpu));
  }
  std::sort(lines.begin(), lines.end());
  std::string text = fmt::format("{} threads\n", lines.size());
  for (const auto& [id, line] : lines) text += line;
  return text;
}

}  // namespace

Result<std::string> ProcessText(std::string_view what) {
  if (what == "log") return RecentLog();
  if (what == "stdout") return Stdout();
  if (what == "thread-dump") return ThreadDump();
  return UserError(fmt::format("This process has no text '{}': log, stdout, thread-dump.", what)).WithCode("NOT_FOUND");
}

}  // namespace millrace::cluster
