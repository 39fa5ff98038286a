#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/message.h"

namespace millrace::server {

struct GuardOptions {
  // Names under which the server may be reached, besides loopback and plain addresses. "*" = any.
  std::vector<std::string> hosts;
  int64_t max_changes_per_second = 200;  // of one peer
};

// Refuses what a foreign web page makes a user's browser send, and floods. Thread-safe.
//   Host: a page can point a name of its own at this address (DNS rebinding), so names must be known. An address cannot
//   be
//     rebound and passes.
//   Origin: a change (any method but GET, HEAD, OPTIONS, and Flink's GET .../yarn-cancel) from a page of another
//   origin.
class RequestGuard {
 public:
  RequestGuard(GuardOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

  struct Refusal {
    int status = 0;
    std::string message;
  };
  // None: the request may go on.
  std::optional<Refusal> Check(const http::Request& request);

 private:
  bool IsKnownName(std::string_view host) const;
  std::optional<Refusal> CheckHost(const http::Request& request) const;
  std::optional<Refusal> CheckOrigin(const http::Request& request) const;
  bool TakeToken(const std::string& peer);

  struct Bucket {
    double tokens = 0;
    int64_t nanos = 0;  // when it was looked at last
  };
  const GuardOptions options_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // by peer, under mutex_
};

}  // namespace millrace::server
