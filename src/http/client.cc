#include "http/client.h"

#include <curl/curl.h>

#include <cerrno>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/secrets.h"
#include "base/strings.h"

namespace millrace::http {
namespace {

constexpr size_t kMaxIdleHandles = 8;
constexpr long kMaxRedirects = 5;

void InitCurlOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)code;
}

struct Receiver {
  ClientResponse response;
  size_t limit = 0;
  bool too_large = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  Receiver& receiver = *static_cast<Receiver*>(user);
  const size_t bytes = size * count;
  if (receiver.response.body.size() + bytes > receiver.limit) {
    receiver.too_large = true;
    return 0;
  }
  receiver.response.body.append(data, bytes);
  return bytes;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  Receiver& receiver = *static_cast<Receiver*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    receiver.response.headers.fields.clear();  // of a redirect or "100 Continue" before
    receiver.response.body.clear();
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    receiver.response.headers.Add(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  return size * count;
}

struct HeaderList {
  ~HeaderList() { curl_slist_free_all(list); }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  curl_slist* list = nullptr;
};

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given) : options(std::move(given)) { InitCurlOnce(); }
  ~Impl() {
    for (CURL* handle : idle) curl_easy_cleanup(handle);
  }

  CURL* Take() {
    std::lock_guard lock(mutex);
    if (idle.empty()) return curl_easy_init();
    CURL* handle = idle.back();
    idle.pop_back();
    return handle;
  }

  // Keeps the handle with its live connections.
  void GiveBack(CURL* handle) {
    curl_easy_reset(handle);
    std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdleHandles) {
      idle.push_back(handle);
    } else {
      curl_easy_cleanup(handle);
    }
  }

  void Configure(CURL* curl) const {
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(curl, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_millis));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.request_timeout_millis));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
    if (!options.bearer_token.empty()) {
      curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, options.bearer_token.c_str());
    } else if (!options.basic_auth_user.empty() || !options.basic_auth_password.empty()) {
      curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      curl_easy_setopt(curl, CURLOPT_USERNAME, options.basic_auth_user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, options.basic_auth_password.c_str());
    }
    ConfigureTls(curl);
  }

  void ConfigureTls(CURL* curl) const {
    const auto set_file = [&](CURLoption option, const std::string& file) {
      if (!file.empty()) curl_easy_setopt(curl, option, file.c_str());
    };
    set_file(CURLOPT_CAINFO, options.ca_file);
    set_file(CURLOPT_SSLCERT, options.certificate_file);
    set_file(CURLOPT_SSLKEY, options.key_file);
    set_file(CURLOPT_KEYPASSWD, options.key_password);
    const std::string& file = options.certificate_file;
    if (file.ends_with(".p12") || file.ends_with(".pfx")) curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "P12");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, options.verify_peer ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, options.verify_host_name ? 2L : 0L);
  }

  const ClientOptions options;
  std::mutex mutex;
  std::vector<CURL*> idle;  // under mutex
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<ClientResponse> Client::Get(const std::string& url, const Headers& headers) {
  return Send("GET", url, "", headers);
}
Result<ClientResponse> Client::Post(const std::string& url, std::string_view body, const Headers& headers) {
  return Send("POST", url, body, headers);
}
Result<ClientResponse> Client::Put(const std::string& url, std::string_view body, const Headers& headers) {
  return Send("PUT", url, body, headers);
}
Result<ClientResponse> Client::Delete(const std::string& url, const Headers& headers) {
  return Send("DELETE", url, "", headers);
}

Result<ClientResponse> Client::Send(std::string_view method, const std::string& url, std::string_view body,
                                    const Headers& headers) {
  CURL* curl = impl_->Take();
  if (curl == nullptr) return InternalError("Cannot create an HTTP client");
  impl_->Configure(curl);
  Receiver receiver;
  receiver.limit = impl_->options.max_response_bytes;
  HeaderList list;
  for (const auto& [name, value] : headers.fields) list.Add(value.empty() ? name + ";" : name + ": " + value);
  list.Add("Expect:");  // no wait for "100 Continue"
  const std::string method_text(method);
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.list);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiver);
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (!body.empty() || method == "POST" || method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data() == nullptr ? "" : body.data());
  }
  // A body makes it a POST unless told otherwise; some APIs want GET with a body.
  if ((method != "GET" && method != "HEAD") || !body.empty())
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method_text.c_str());
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  long os_error = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
  impl_->GiveBack(curl);
  if (receiver.too_large) {
    return ExternalError(
        fmt::format("{} {}: the answer is larger than {} bytes", method, WithoutCredentials(url), receiver.limit),
        Retry::kNo);
  }
  if (code != CURLE_OK) {
    const bool malformed = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    const bool refused = code == CURLE_COULDNT_CONNECT && os_error == ECONNREFUSED;
    return ExternalError(fmt::format("{} {}: {}", method, WithoutCredentials(url),
                                     reason[0] != '\0' ? reason : curl_easy_strerror(code)),
                         malformed ? Retry::kNo : Retry::kYes)
        .WithCode(refused ? kConnectionRefused : "");
  }
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

namespace {

// What stands before an '@' of no URL may be a login; it is not told from the rest.
std::string HiddenUpToAt(std::string_view text) {
  const size_t at = text.rfind('@');
  return at == std::string_view::npos ? std::string(text) : fmt::format("{}{}", kHiddenValue, text.substr(at));
}

}  // namespace

std::string WithoutCredentials(const std::string& url) {
  if (!ParseUrl(url).ok()) return HiddenUpToAt(url);
  const size_t begin = url.find("://") + 3;
  const std::string_view authority = std::string_view(url).substr(begin, url.find_first_of("/?#", begin) - begin);
  const size_t at = authority.rfind('@');
  return at == std::string_view::npos ? url : url.substr(0, begin) + url.substr(begin + at + 1);
}

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const auto bad = [&](std::string_view why) {
    return UserError(fmt::format("Invalid URL '{}': {}", HiddenUpToAt(text), why));
  };
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return bad("it must start with http:// or https://");
  url.scheme = ToLower(text.substr(0, scheme));
  if (url.scheme != "http" && url.scheme != "https") return bad("it must start with http:// or https://");
  std::string_view rest = text.substr(scheme + 3);
  const size_t end = rest.find_first_of("/?#");
  url.path = end == std::string_view::npos ? "" : rest.substr(end);
  std::string_view authority = rest.substr(0, end);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = authority.substr(0, at);
    const size_t colon = login.find(':');
    auto user = UrlDecode(login.substr(0, colon), false);
    auto password = UrlDecode(colon == std::string_view::npos ? "" : login.substr(colon + 1), false);
    if (!user.ok() || !password.ok()) return bad("its login is no percent-encoded text");
    url.user = *std::move(user);
    url.password = *std::move(password);
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad("']' is missing");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (url.host.empty()) return bad("it has no host");
  url.port = url.scheme == "https" ? 443 : 80;
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? ParseInt64(port.substr(1)) : std::nullopt;
    if (!number || *number < 1 || *number > 65535) return bad("its port is no number from 1 to 65535");
    url.port = static_cast<int>(*number);
  }
  return url;
}

}  // namespace millrace::http
