#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "server/gateway/sessions.h"
#include "server/web_server.h"

namespace millrace::server::gateway {

struct GatewayOptions {
  engine::SessionEnvironment environment;  // of every session
  int64_t idle_timeout_millis = 600'000;   // sessions nobody has asked for so long are closed; 0 = never
  size_t max_sessions = 10'000;
  Clock* clock = &SystemClock();
};

// Flink's SQL gateway: the sessions of all users over the jobs of one cluster. Thread-safe.
class Gateway {
 public:
  // `jobs` outlives it.
  Gateway(GatewayOptions options, engine::JobService& jobs);
  ~Gateway();  // closes all sessions

  // A new session with these settings. Error: there are too many.
  Result<std::shared_ptr<GatewaySession>> Open(const std::map<std::string, std::string>& properties);
  // Counts as use of the session.
  Result<std::shared_ptr<GatewaySession>> Find(std::string_view session);
  Status Close(std::string_view session);
  void CloseIdle();  // those that are idle for too long; runs by itself too
  void CloseAll();   // as the process ends: requests that wait for rows end, jobs that write go on
  size_t num_sessions() const;

 private:
  struct Entry {
    std::shared_ptr<GatewaySession> session;
    int64_t used_nanos = 0;  // monotonic
  };
  void Watch();

  const GatewayOptions options_;
  SharedJobs jobs_;
  mutable std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;  // under mutex_, as below
  std::map<std::string, Entry, std::less<>> sessions_;
  std::thread watcher_;
};

// Flink's REST API of the gateway, /v1 .. /v4 and bare; api_versions names V1 and V2, which all of Flink's clients
// know.
void AddGatewayRoutes(http::Router& router, Gateway& gateway);
// The editor's questions, /api/sql/… (docs/cluster-contract.md).
void AddWorkspaceRoutes(http::Router& router, Gateway& gateway);
// Both, for WebServer. `gateway` outlives the server.
Routes GatewayRoutes(Gateway& gateway);

}  // namespace millrace::server::gateway
