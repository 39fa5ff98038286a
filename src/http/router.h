#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace millrace::http {

// Finds the handler of a request. Filled once, then read from any thread.
class Router {
 public:
  // Pattern segments are literal, "{name}" for one segment, or "{name*}" (last) for the rest of the path. Routes are
  // tried in the order they were added: literals before parameters. A path that ends in '/' matches the pattern without
  // it. HEAD goes to GET routes, OPTIONS is answered with the methods there are.
  void Add(std::string_view method, std::string_view pattern, Handler handler);

  // Makes the answer when no route matches (404), only another method does (405), or the path cannot be decoded (400).
  // Without it: a plain text line.
  using MakeError = std::function<Response(const Request& request, int status, std::string_view message)>;
  void OnError(MakeError make) { make_error_ = std::move(make); }

  Response Handle(Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
  };
  Response Refuse(const Request& request, int status, std::string_view message) const;

  std::vector<Route> routes_;
  MakeError make_error_;
};

}  // namespace millrace::http
