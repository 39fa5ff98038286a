#include "http/router.h"

#include <set>

#include "base/strings.h"

namespace millrace::http {
namespace {

// "/a/b/" -> {"a", "b"}
std::vector<std::string> Segments(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return {};
  return Split(path, '/');
}

bool IsRest(std::string_view segment) { return segment.starts_with('{') && segment.ends_with("*}"); }
bool IsParameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsRest(pattern[i])) return true;
    if (i >= path.size()) return false;
    if (IsParameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return pattern.size() == path.size();
}

Result<std::vector<NameValue>> Bind(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  std::vector<NameValue> out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string& segment = pattern[i];
    if (IsRest(segment)) {
      const std::vector<std::string> rest(path.begin() + static_cast<ptrdiff_t>(i), path.end());
      MR_ASSIGN(std::string value, UrlDecode(Join(rest, "/"), false));
      out.emplace_back(segment.substr(1, segment.size() - 3), std::move(value));
    } else if (IsParameter(segment)) {
      MR_ASSIGN(std::string value, UrlDecode(path[i], false));
      out.emplace_back(segment.substr(1, segment.size() - 2), std::move(value));
    }
  }
  return out;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Handler handler) {
  routes_.push_back({std::string(method), Segments(pattern), std::move(handler)});
}

Response Router::Refuse(const Request& request, int status, std::string_view message) const {
  if (make_error_) return make_error_(request, status, message);
  return Response::Of(status, std::string(message) + "\n", "text/plain; charset=utf-8");
}

Response Router::Handle(Request& request) const {
  const std::vector<std::string> path = Segments(request.path);
  std::set<std::string> allowed;
  for (const Route& route : routes_) {
    if (!Matches(route.segments, path)) continue;
    allowed.insert(route.method);
    const bool method_fits = route.method == request.method || (route.method == "GET" && request.method == "HEAD");
    if (!method_fits) continue;
    auto parameters = Bind(route.segments, path);
    if (!parameters.ok()) return Refuse(request, 400, parameters.error().message);
    request.parameters = std::move(parameters).value();
    return route.handler(request);
  }
  if (allowed.empty()) return Refuse(request, 404, "HTTP 404 Not Found");
  if (allowed.contains("GET")) allowed.insert("HEAD");
  allowed.insert("OPTIONS");
  const std::string list = Join({allowed.begin(), allowed.end()}, ", ");
  Response response =
      request.method == "OPTIONS" ? Response::Of(200, "", "") : Refuse(request, 405, "HTTP 405 Method Not Allowed");
  response.headers.Set("Allow", list);
  return response;
}

}  // namespace millrace::http
