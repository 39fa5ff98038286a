#include "base/listen_error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace millrace {
namespace {

const char* Hint(int errno_value) {
  switch (errno_value) {
    case EADDRINUSE: return "Choose a free port or stop the process that uses it.";
    case EACCES: return "Choose a port from 1024 on: the lower ones need a privilege.";
    case 0:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL: return "Name an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all it has.";
    default: return "";  // no files or memory left: no other address helps
  }
}

}  // namespace

Error CannotListen(std::string_view host, int port, int errno_value) {
  const char* why = errno_value == 0 ? "the host has no known address" : std::strerror(errno_value);
  return ExternalError(fmt::format("Cannot listen on {}:{}: {}", host, port, why), Retry::kNo)
      .WithHint(Hint(errno_value));
}

}  // namespace millrace
