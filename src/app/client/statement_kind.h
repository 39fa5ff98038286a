#pragma once

#include <string_view>

namespace millrace::app::client {

// Statements that the client carries out itself, as Flink's client does; all others go to the executor.
enum class ClientCommand { kNone, kQuit, kClear, kHelp };
ClientCommand CommandOf(std::string_view statement);

// EXPLAIN and SHOW CREATE ..: the result is a text, printed without a table round it.
bool IsRawText(std::string_view statement);

bool IsSet(std::string_view statement);

// The statement without the comments before it and the ';' behind it.
std::string_view BareStatement(std::string_view statement);

}  // namespace millrace::app::client
