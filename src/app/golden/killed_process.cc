#include "app/golden/killed_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

namespace millrace::app::golden {
namespace {

[[noreturn]] void WorkAndDie(int pipe, const std::function<void(const Tell&)>& work) {
  std::mutex mutex;
  work([&](std::string_view line) {
    const std::string bytes = std::string(line) + "\n";
    const std::lock_guard lock(mutex);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t more = write(pipe, bytes.data() + sent, bytes.size() - sent);
      if (more < 0 && errno != EINTR) _exit(EXIT_FAILURE);
      if (more > 0) sent += static_cast<size_t>(more);
    }
  });
  std::raise(SIGKILL);
  std::abort();
}

std::string ReadToEnd(int pipe) {
  std::string out;
  char buffer[4096];
  while (true) {
    const ssize_t size = read(pipe, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return out;
    out.append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

Result<std::vector<std::string>> RunAndKill(const std::function<void(const Tell&)>& work) {
  int ends[2];
  if (pipe(ends) != 0) return ErrnoError("pipe", errno);
  const pid_t process = fork();
  if (process == 0) WorkAndDie(ends[1], work);
  const int fork_error = errno;
  close(ends[1]);
  const std::string told = process < 0 ? "" : ReadToEnd(ends[0]);
  close(ends[0]);
  if (process < 0) return ErrnoError("fork", fork_error);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
    return InternalError(WIFSIGNALED(status)
                             ? fmt::format("The process died of signal {} before it was killed.", WTERMSIG(status))
                             : fmt::format("The process ended with {} before it was killed.", WEXITSTATUS(status)));
  }
  // The death may cut off the last line: what it tells has not happened.
  std::vector<std::string> lines;
  for (size_t begin = 0, end = 0; (end = told.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(told.substr(begin, end - begin));
  return lines;
}

}  // namespace millrace::app::golden
