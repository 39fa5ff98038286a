#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/client/executor.h"

namespace millrace::app::client {

// What `millrace sql --json` prints: one JSON object per line, told apart by its member. Cells are CellFormat::kJson.

// {"row":{"store_id":"ABC","total":42}}; the rows of a changelog {"op":"+U","row":{..}}.
std::string JsonRows(const Schema& schema, const std::vector<Cells>& rows);
std::string JsonChanges(const Schema& schema, const std::vector<ResultRow>& rows);

// {"<name>":"<text>"}
std::string JsonLine(std::string_view name, std::string_view text);

// {"error":{"class":..,"message":..,"line":..,"column":..,"hint":..}}: what is not known is left out.
std::string JsonError(const Error& error);

}  // namespace millrace::app::client
