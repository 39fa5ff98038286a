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

}  // namespace

bool IsSecretKey(std::string_view key) {
  const std::string lower = ToLower(key);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string HiddenIfSecret(std::string_view key, std::string_view value) {
  return std::string(IsSecretKey(key) && !IsReference(value) ? kHiddenValue : value);
}

}  // namespace millrace
