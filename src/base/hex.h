#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Pairs of hexadecimal digits, any case; nullopt when it is anything else. HexEncode is in strings.h.
std::optional<std::string> HexDecode(std::string_view text);

}  // namespace millrace
