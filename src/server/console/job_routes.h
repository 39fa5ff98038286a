#pragma once

#include <cstdint>
#include <string>

#include "http/router.h"
#include "server/rest/rest_context.h"

namespace millrace::server {

struct ConsoleContext {
  const RestContext& rest;
  std::string version;
  int64_t start_millis = 0;  // of this server, epoch
};

// The 'Jobs' part of the pages' API (docs/cluster-contract.md). `context` outlives the router.
void AddConsoleJobRoutes(http::Router& router, const ConsoleContext& context);

}  // namespace millrace::server
