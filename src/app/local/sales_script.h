#pragma once

#include <string_view>

namespace millrace::app {

// The text of examples/sales-aggregate.sql, put into the binary by the build.
extern const std::string_view kSalesScript;

}  // namespace millrace::app
