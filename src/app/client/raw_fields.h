#pragma once

#include <string_view>
#include <vector>

#include "app/client/executor.h"

namespace millrace::app::client {

// The fields of every row of a gateway's page, as they stand in its text without blanks: so a DECIMAL keeps the digits
// that a double has not. `body` is valid JSON; a page without rows gives none.
std::vector<Cells> RawFields(std::string_view body);

}  // namespace millrace::app::client
