#include <fmt/format.h>

#include "base/strings.h"
#include "broker/broker.h"

namespace millrace::broker {
namespace {

struct HostPort {
  std::string host;
  uint16_t port = 0;
};

Result<HostPort> ParseHostPort(std::string_view text) {
  constexpr std::string_view kScheme = "PLAINTEXT://";  // as server.properties writes it
  if (StartsWithIgnoreCase(text, kScheme)) text.remove_prefix(kScheme.size());
  const size_t colon = text.rfind(':');
  const auto invalid = [&] {
    return UserError(fmt::format("Not an address: '{}'.", text))
        .WithHint("Write HOST:PORT, for example 127.0.0.1:9092.");
  };
  if (colon == std::string_view::npos) return invalid();
  const std::optional<int64_t> port = ParseInt64(text.substr(colon + 1));
  if (!port.has_value() || *port < 0 || *port > UINT16_MAX) return invalid();
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return HostPort{std::string(host), static_cast<uint16_t>(*port)};
}

}  // namespace

Result<ListenerOptions> ParseListener(std::string_view text) {
  MR_ASSIGN(HostPort parsed, ParseHostPort(text));
  ListenerOptions listener;
  listener.host = parsed.host.empty() ? "0.0.0.0" : std::move(parsed.host);
  listener.port = parsed.port;
  return listener;
}

Status ParseAdvertised(std::string_view text, ListenerOptions* listener) {
  MR_ASSIGN(HostPort parsed, ParseHostPort(text));
  if (parsed.host.empty() || parsed.host == "0.0.0.0" || parsed.host == "::") {
    return UserError(fmt::format("Clients cannot connect to the advertised address '{}'.", text))
        .WithHint("Give the name or address by which they reach this machine.");
  }
  listener->advertised_host = std::move(parsed.host);
  listener->advertised_port = parsed.port;
  return Ok();
}

}  // namespace millrace::broker
