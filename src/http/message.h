#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace::http {

using NameValue = std::pair<std::string, std::string>;

// Header fields in order. Names compare without case.
struct Headers {
  std::vector<NameValue> fields;

  const std::string* Find(std::string_view name) const;
  void Add(std::string_view name, std::string_view value) { fields.emplace_back(name, value); }
  void Set(std::string_view name, std::string_view value);  // replaces all of that name
};

struct Request {
  std::string method;                 // "GET"
  std::string target;                 // as sent: "/subjects/a%2Fb?deleted=true"
  std::string path;                   // target up to '?', still percent-encoded
  std::vector<NameValue> query;       // decoded
  std::vector<NameValue> parameters;  // of the route that matched, decoded
  Headers headers;
  std::string body;
  std::string peer;        // address of the other end: "127.0.0.1"
  bool keep_alive = true;  // the peer wants the connection kept

  // A path parameter of the matched route; "" when the route has none of that name.
  const std::string& Parameter(std::string_view name) const;
  // The first query parameter of that name.
  std::optional<std::string> Query(std::string_view name) const;
  // true for "name=true" and bare "name"; false for anything else or absent.
  bool QueryFlag(std::string_view name) const;
};

// Whether Accept-Encoding names this coding, and not with q=0.
bool AcceptsCoding(const Headers& headers, std::string_view coding);

// Where a streaming response goes. Calls block while the peer is slow.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // False once the peer is gone or the server stops: the handler should return then.
  virtual bool Write(std::string_view bytes) = 0;
  virtual bool IsOpen() = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string content_type = "application/json";  // "" = no Content-Type
  std::string body;
  // When set, it is called instead of sending `body`, on the connection's worker thread, and may run as long as it
  // likes (server-sent events). Each Write goes out as one chunk.
  std::function<void(ResponseStream&)> stream;

  static Response Of(int status, std::string body, std::string content_type = "application/json");
  static Response EventStream(std::function<void(ResponseStream&)> stream);  // text/event-stream, uncached
};

using Handler = std::function<Response(Request&)>;

// "Not Found" for 404; "" for an unknown status.
std::string_view StatusText(int status);

// Percent-decoding; '+' becomes a blank only where `plus_is_blank` (query strings). Fails on broken escapes and on
// bytes that are not UTF-8 or NUL.
Result<std::string> UrlDecode(std::string_view text, bool plus_is_blank);
// Everything but letters, digits and -._~ is escaped, '/' too.
std::string UrlEncode(std::string_view text);
Result<std::vector<NameValue>> ParseQuery(std::string_view text);

}  // namespace millrace::http
