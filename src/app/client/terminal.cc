#include "app/client/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "app/command.h"

namespace millrace::app::client {
namespace {

constexpr int kEscapeMillis = 30;  // what follows an escape byte comes at once, if it is a sequence
constexpr char kEnterLine[] = "\x1b[?2004h";
constexpr char kEnterFull[] = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr char kLeaveLine[] = "\x1b[?2004l";
constexpr char kLeaveFull[] = "\x1b[?1049l\x1b[?25h";
constexpr int kFatalSignals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGHUP, SIGQUIT};

termios saved;
std::atomic<const char*> leave = nullptr;  // how to put the terminal back; null = nothing to do
std::atomic<bool> resized = false;

// Async-signal-safe.
void PutBack() {
  const char* sequence = leave.exchange(nullptr);
  if (sequence == nullptr) return;
  static_cast<void>(write(STDOUT_FILENO, sequence, std::strlen(sequence)) > 0);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

void OnFatalSignal(int signal) {
  const int kept = errno;
  PutBack();
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // takes effect on return
  errno = kept;
}

void OnResize(int /*signal*/) { resized = true; }

// Once: later modes find it done.
void InstallHandlers() {
  static const bool done = [] {
    struct sigaction action{};
    action.sa_handler = OnFatalSignal;
    for (const int signal : kFatalSignals) sigaction(signal, &action, nullptr);
    action.sa_handler = OnResize;
    sigaction(SIGWINCH, &action, nullptr);
    OnSuddenExit(PutBack);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

TerminalMode::TerminalMode(Screen screen) {
  InstallHandlers();
  std::fflush(stdout);
  tcgetattr(STDIN_FILENO, &saved);
  leave = screen == Screen::kFull ? kLeaveFull : kLeaveLine;
  termios raw = saved;
  raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  WriteTerminal(screen == Screen::kFull ? kEnterFull : kEnterLine);
}

TerminalMode::~TerminalMode() {
  std::fflush(stdout);
  PutBack();
}

TerminalSize SizeOfTerminal() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.rows = size.ws_row, .columns = size.ws_col};
}

void WriteTerminal(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::optional<Key> KeyReader::Read(int64_t max_wait_millis) {
  while (true) {
    if (resized.exchange(false)) return Key{.kind = Key::Kind::kResize};
    if (auto key = decoder_.Next(false)) return key;
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const bool waits = decoder_.empty();
    const int ready = poll(&input, 1, waits ? static_cast<int>(max_wait_millis) : kEscapeMillis);
    if (ready < 0) {
      if (errno == EINTR && resized) continue;
      return std::nullopt;
    }
    if (ready == 0) {
      auto key = decoder_.Next(true);
      if (key || waits) return key;
      if (decoder_.empty()) continue;
      return std::nullopt;  // a paste whose end has not come yet
    }
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return Key{.kind = Key::Kind::kEndOfInput};
    decoder_.Feed({bytes, static_cast<size_t>(count)});
  }
}

}  // namespace millrace::app::client
