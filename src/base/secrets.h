#pragma once

#include <string>
#include <string_view>

namespace millrace {

inline constexpr std::string_view kHiddenValue = "******";

// Whether the values of this option or setting are kept from view: its name holds one of the words of Flink's
// GlobalConfiguration (password, secret, token, jaas.config ..) or of common connectors (credential, access-key ..).
bool IsSecretKey(std::string_view key);

// What may be shown of the value: nothing of a secret one, and no user-info of URLs, also in a list:
// http://******@host. A reference such as ${env:NAME} is no secret.
std::string HiddenIfSecret(std::string_view key, std::string_view value);

}  // namespace millrace
