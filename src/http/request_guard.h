#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/message.h"

namespace millrace::http {

struct GuardOptions {
  // Names under which the server may be reached, besides loopback, plain addresses and the machine's own. "*" = any.
  std::vector<std::string> hosts;
  int64_t max_per_second = 200;  // changes of one peer, on a port for programs all its requests; 0 = any number
  // No page is served here: what comes from one of another origin is refused even when it only reads, except a link
  // that a user follows.
  bool for_programs = false;
  // Programs of other machines may use any name. They send no Origin; where there is one, the name must be known.
  bool any_host_without_origin = false;
};

// For a port that programs use, listening on `bound_host`: up to 10 000 requests a second of one peer, and on another
// address than loopback under any name.
GuardOptions GuardForPrograms(const std::string& bound_host, std::vector<std::string> allowed_hosts = {});

// Refuses what a foreign web page makes a user's browser send, and floods. Thread-safe.
//   Host: a page can point a name of its own at this address (DNS rebinding), so names must be known. An address cannot
//     be rebound and passes.
//   Origin: a change (any method but GET, HEAD, OPTIONS, and Flink's GET .../yarn-cancel) from a page of another
//     origin.
class RequestGuard {
 public:
  explicit RequestGuard(GuardOptions options, Clock& clock = SystemClock());

  struct Refusal {
    int status = 0;
    std::string message;
  };
  // None: the request may go on.
  std::optional<Refusal> Check(const Request& request);

 private:
  bool IsKnownName(std::string_view host) const;
  std::optional<Refusal> CheckHost(const Request& request) const;
  std::optional<Refusal> CheckOrigin(const Request& request) const;
  bool TakeToken(const std::string& peer);

  struct Bucket {
    double tokens = 0;
    int64_t nanos = 0;  // when it was looked at last
  };
  GuardOptions options_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // by peer, under mutex_
};

// `handler` behind a guard; `refuse` makes the answers to what is refused.
Handler Guarded(GuardOptions options, Handler handler, std::function<Response(int, std::string_view)> refuse);

}  // namespace millrace::http
