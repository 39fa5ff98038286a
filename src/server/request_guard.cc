#include "server/request_guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::server {
namespace {

constexpr size_t kMaxPeers = 10'000;

bool IsChange(const http::Request& request) {
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

}  // namespace

bool RequestGuard::IsKnownName(std::string_view host) const {
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& name) { return name == "*" || EqualsIgnoreCase(name, host); });
}

std::optional<RequestGuard::Refusal> RequestGuard::CheckHost(const http::Request& request) const {
  const std::string* header = request.headers.Find("Host");
  if (header == nullptr) return std::nullopt;  // no browser
  const std::string host = HostOf(*header);
  if (host == "localhost" || host.ends_with(".localhost") || IsAddress(host) || IsKnownName(host)) return std::nullopt;
  return Refusal{403, fmt::format("The host name '{}' is not one of this server. Add it to 'rest.allowed-hosts' if it "
                                  "is right.",
                                  *header)};
}

std::optional<RequestGuard::Refusal> RequestGuard::CheckOrigin(const http::Request& request) const {
  const Refusal refusal{403, "A page of another origin may not change anything here."};
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
  const auto rate = static_cast<double>(options_.max_changes_per_second);
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

std::optional<RequestGuard::Refusal> RequestGuard::Check(const http::Request& request) {
  if (auto refusal = CheckHost(request)) return refusal;
  if (!IsChange(request)) return std::nullopt;
  if (auto refusal = CheckOrigin(request)) return refusal;
  if (TakeToken(request.peer)) return std::nullopt;
  return Refusal{429, fmt::format("More than {} changing requests a second from {}; try again in a second.",
                                  options_.max_changes_per_second, request.peer)};
}

}  // namespace millrace::server
