#include "base/secrets.h"

#include <algorithm>

#include "base/strings.h"

namespace millrace {
namespace {

constexpr std::string_view kWords[] = {"password",     "secret",      "token",        "jaas.config", "basic-auth",
                                       "basic.auth",   "auth-params", "http-headers", "account.key", "service-key",
                                       "apikey",       "api-key",     "api.key",      "access-key",  "access.key",
                                       "accesskey",    "private-key", "private.key",  "ssl.key.pem", "ssl.keystore.key",
                                       "keystore.key", "credential",  "passphrase"};

bool IsReference(std::string_view value) {
  const bool known = value.starts_with("${env:") || value.starts_with("${file:");
  return known && value.find('}') == value.size() - 1;
}

// Up to the last '@' before the path: a password may hold any of "@,;:".
std::string WithoutUserInfo(std::string_view value) {
  std::string out;
  size_t copied = 0;
  for (size_t found = value.find("://"); found != std::string_view::npos; found = value.find("://", found)) {
    found += 3;
    const std::string_view authority = value.substr(found, value.find_first_of("/?# \t\r\n\"", found) - found);
    const size_t at = authority.rfind('@');
    if (at == std::string_view::npos) continue;
    out.append(value.substr(copied, found - copied)).append(kHiddenValue);
    copied = found + at;
  }
  return std::move(out.append(value.substr(copied)));
}

}  // namespace

bool IsSecretKey(std::string_view key) {
  const std::string lower = ToLower(key);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string HiddenIfSecret(std::string_view key, std::string_view value) {
  if (IsReference(value)) return std::string(value);
  return IsSecretKey(key) ? std::string(kHiddenValue) : WithoutUserInfo(value);
}

}  // namespace millrace
