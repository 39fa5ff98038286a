#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "app/client/keys.h"

namespace millrace::app::client {

struct TerminalSize {
  size_t rows = 24;
  size_t columns = 80;
};

// The terminal at stdin and stdout takes keys as they are typed, for the life of the object; one at a time. What was
// changed is put back by the destructor, and by whatever signal ends the process.
class TerminalMode {
 public:
  enum class Screen {
    kLine,  // output goes on below; pastes come whole
    kFull,  // the alternate screen without a cursor
  };
  explicit TerminalMode(Screen screen);
  ~TerminalMode();
  TerminalMode(const TerminalMode&) = delete;
  TerminalMode& operator=(const TerminalMode&) = delete;
};

TerminalSize SizeOfTerminal();
void WriteTerminal(std::string_view text);

// Keys of the terminal at stdin. One thread.
class KeyReader {
 public:
  // nullopt: none within `max_wait_millis` (-1: no limit), or a signal came.
  std::optional<Key> Read(int64_t max_wait_millis);

 private:
  KeyDecoder decoder_;
};

}  // namespace millrace::app::client
