#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "broker/request.h"

namespace millrace::broker {

struct BrokerContext;

// One supported API. Called on the connection's IO thread; answers through the responder, at once or later.
struct Handler {
  int16_t api_key;
  std::string_view name;
  int16_t min_version;  // the advertised range
  int16_t max_version;
  int16_t first_accepted;  // below it (but advertised, see Produce) the connection is closed
  void (*handle)(BrokerContext& broker, Request request, const Responder& responder);
};

std::span<const Handler> Handlers();          // the list of what the broker supports, by key
const Handler* FindHandler(int16_t api_key);  // nullptr: not supported

}  // namespace millrace::broker
