#pragma once

#include <string>
#include <string_view>

namespace millrace::app::client {

// The text with ANSI colours for keywords, strings, numbers and comments; its visible characters stay. Any text.
std::string Highlight(std::string_view text);

}  // namespace millrace::app::client
