#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::app {

// The pages of docs/reference: "commands", "config", "connectors", "formats", "functions".
std::vector<std::string_view> ReferencePages();
// A page as Markdown, from the tables that the code itself works with.
Result<std::string> ReferencePage(std::string_view page);

}  // namespace millrace::app
