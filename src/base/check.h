#pragma once

namespace millrace {

// Prints "file:line: CHECK failed: expression" to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression);

}  // namespace millrace

// A broken invariant of ours: log, abort, recover from the checkpoint. Never for bad input.
#define CHECK(condition)                                       \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::millrace::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
