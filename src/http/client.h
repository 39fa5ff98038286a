#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace millrace::http {

struct ClientOptions {
  int64_t connect_timeout_millis = 5'000;
  int64_t request_timeout_millis = 30'000;  // all of one call
  size_t max_response_bytes = size_t{64} << 20;
  std::string basic_auth_user;  // with password: HTTP basic
  std::string basic_auth_password;
  std::string bearer_token;  // instead of basic
  // TLS, for https URLs. Files are PEM, or PKCS#12 for the client's own key when the name ends in .p12 or .pfx.
  std::string ca_file;           // empty: the system's
  std::string certificate_file;  // the client's own, with its key unless key_file is given
  std::string key_file;
  std::string key_password;
  bool verify_peer = true;
  bool verify_host_name = true;
  std::string user_agent = "millrace";
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// HTTP(S) calls. Connections are kept and reused. Calls block; they may come from several threads, which then use
// connections of their own. A status of 400 or more is an answer, not an error; errors are external with Retry::kYes
// (unreachable, timeout) and name the URL: "GET http://x:8081/subjects: Connection refused"; a port where nobody
// listens has code kConnectionRefused. Redirects are followed, at most 5. No retries.
class Client {
 public:
  static constexpr const char* kConnectionRefused = "CONNECTION_REFUSED";

  explicit Client(ClientOptions options = {});
  ~Client();

  Result<ClientResponse> Get(const std::string& url, const Headers& headers = {});
  Result<ClientResponse> Post(const std::string& url, std::string_view body, const Headers& headers = {});
  Result<ClientResponse> Put(const std::string& url, std::string_view body, const Headers& headers = {});
  Result<ClientResponse> Delete(const std::string& url, const Headers& headers = {});
  Result<ClientResponse> Send(std::string_view method, const std::string& url, std::string_view body,
                              const Headers& headers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The parts of an http or https URL. Fails on anything else.
struct Url {
  std::string scheme;
  std::string user;  // decoded "user" of user:password@
  std::string password;
  std::string host;  // without brackets
  int port = 0;      // 80 or 443 when absent
  std::string path;  // "/..." with query, or ""
};
Result<Url> ParseUrl(std::string_view text);

// The URL without "user:password@", for messages. All before the last '@' is hidden in what ParseUrl refuses.
std::string WithoutCredentials(const std::string& url);

}  // namespace millrace::http
