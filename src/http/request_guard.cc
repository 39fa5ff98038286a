#include "http/request_guard.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::http {
namespace {

constexpr size_t kMaxPeers = 10'000;
constexpr int64_t kMaxPerSecondOfPrograms = 10'000;  // no real use comes near it

bool IsChange(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS") return true;
  return request.path.find("/yarn-cancel") != std::string::npos || request.path.find("/yarn-stop") != std::string::npos;
}

// "a.b:80" -> "a.b", "[::1]:80" -> "::1"
std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  std::string_view host = authority.substr(0, authority.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return ToLower(host);
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool IsLoopbackName(const std::string& host) { return host == "localhost" || host.ends_with(".localhost"); }

// What a server listens on.
bool IsLoopback(const std::string& bound) {
  const std::string host = ToLower(bound);
  return IsLoopbackName(host) || host == "::1" || (host.starts_with("127.") && IsAddress(host));
}

// The browser goes to the address itself, and no page sees what it gets.
bool IsFollowedLink(const Request& request) {
  const std::string* mode = request.headers.Find("Sec-Fetch-Mode");
  return request.method == "GET" && mode != nullptr && *mode == "navigate";
}

}  // namespace

GuardOptions GuardForPrograms(const std::string& bound_host, std::vector<std::string> allowed_hosts) {
  allowed_hosts.push_back(bound_host);
  return {.hosts = std::move(allowed_hosts),
          .max_per_second = kMaxPerSecondOfPrograms,
          .for_programs = true,
          .any_host_without_origin = !IsLoopback(bound_host)};
}

RequestGuard::RequestGuard(GuardOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) == 0 && name[0] != 0) options_.hosts.emplace_back(name);
}

bool RequestGuard::IsKnownName(std::string_view host) const {
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& name) { return name == "*" || EqualsIgnoreCase(name, host); });
}

std::optional<RequestGuard::Refusal> RequestGuard::CheckHost(const Request& request) const {
  const std::string* header = request.headers.Find("Host");
  if (header == nullptr) return std::nullopt;  // no browser
  if (options_.any_host_without_origin && request.headers.Find("Origin") == nullptr) return std::nullopt;
  const std::string host = HostOf(*header);
  if (IsLoopbackName(host) || IsAddress(host) || IsKnownName(host)) return std::nullopt;
  return Refusal{403, fmt::format("The host name '{}' is not one of this server. Add it to 'rest.allowed-hosts' (of a "
                                  "registry: --allowed-host) if it is right.",
                                  *header)};
}

std::optional<RequestGuard::Refusal> RequestGuard::CheckOrigin(const Request& request) const {
  const Refusal refusal{403, options_.for_programs ? "A page of another origin may not use this port."
                                                   : "A page of another origin may not change anything here."};
  const std::string* site = request.headers.Find("Sec-Fetch-Site");
  if (site != nullptr && *site != "same-origin" && *site != "none") return refusal;
  const std::string* origin = request.headers.Find("Origin");
  if (origin == nullptr) return std::nullopt;
  const size_t scheme = origin->find("://");
  if (scheme == std::string::npos) return refusal;  // "null"
  const std::string_view authority = std::string_view(*origin).substr(scheme + 3);
  const std::string* host = request.headers.Find("Host");
  if (host != nullptr && EqualsIgnoreCase(authority, *host)) return std::nullopt;
  // A proxy that sets Host to its own target: the name that users see must have been given.
  const std::string name = HostOf(authority);
  const auto& hosts = options_.hosts;
  if (std::any_of(hosts.begin(), hosts.end(), [&](const auto& one) { return EqualsIgnoreCase(one, name); })) {
    return std::nullopt;
  }
  return refusal;
}

bool RequestGuard::TakeToken(const std::string& peer) {
  const auto rate = static_cast<double>(options_.max_per_second);
  const int64_t now = clock_.MonotonicNanos();
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxPeers) {
    std::erase_if(buckets_, [&](const auto& one) { return now - one.second.nanos > 1'000'000'000; });
  }
  const auto [it, is_new] = buckets_.try_emplace(peer, Bucket{rate, now});
  Bucket& bucket = it->second;
  bucket.tokens = std::min(rate, bucket.tokens + rate * static_cast<double>(now - bucket.nanos) / 1e9);
  bucket.nanos = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::optional<RequestGuard::Refusal> RequestGuard::Check(const Request& request) {
  if (auto refusal = CheckHost(request)) return refusal;
  const bool is_change = IsChange(request);
  if (is_change || (options_.for_programs && !IsFollowedLink(request))) {
    if (auto refusal = CheckOrigin(request)) return refusal;
  }
  const bool counts = is_change || options_.for_programs;
  if (!counts || options_.max_per_second == 0 || TakeToken(request.peer)) return std::nullopt;
  return Refusal{429, fmt::format("More than {} {} a second from {}; try again in a second.", options_.max_per_second,
                                  options_.for_programs ? "requests" : "changing requests", request.peer)};
}

Handler Guarded(GuardOptions options, Handler handler, std::function<Response(int, std::string_view)> refuse) {
  const auto guard = std::make_shared<RequestGuard>(std::move(options));
  return [guard, handler = std::move(handler), refuse = std::move(refuse)](Request& request) {
    if (const auto refusal = guard->Check(request)) return refuse(refusal->status, refusal->message);
    return handler(request);
  };
}

}  // namespace millrace::http
