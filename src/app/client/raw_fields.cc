#include "app/client/raw_fields.h"

#include <algorithm>

#include "formats/json/json_text.h"

namespace millrace::app::client {
namespace {

constexpr std::string_view kBetween = " \t\r\n,:";

// Cuts the first value off; "" when there is none left.
std::string_view TakeValue(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
  size_t end = 0;
  int depth = 0;
  bool in_string = false;
  while (end < text.size()) {
    const char c = text[end];
    if (!in_string && depth == 0 && kBetween.find(c) != std::string_view::npos) break;
    if (in_string && c == '\\') ++end;  // what is escaped ends nothing
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == '{' || c == '[')) ++depth;
    if (!in_string && (c == '}' || c == ']')) --depth;
    ++end;
  }
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(value.size());
  return value;
}

// The items of an array; of an object names and values by turns.
std::vector<std::string_view> Parts(std::string_view container) {
  std::vector<std::string_view> parts;
  if (container.size() < 2) return parts;
  container = container.substr(1, container.size() - 2);
  while (true) {
    const std::string_view part = TakeValue(container);
    if (part.empty()) return parts;
    parts.push_back(part);
  }
}

std::string_view Member(std::string_view object, std::string_view quoted_name) {
  const std::vector<std::string_view> parts = Parts(object);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (parts[i] == quoted_name) return parts[i + 1];
  }
  return "";
}

}  // namespace

std::vector<Cells> RawFields(std::string_view body) {
  std::vector<Cells> rows;
  for (const std::string_view row : Parts(Member(Member(TakeValue(body), R"("results")"), R"("data")"))) {
    Cells& cells = rows.emplace_back();
    for (const std::string_view field : Parts(Member(row, R"("fields")"))) {
      formats::AppendCompactJson(field, cells.emplace_back().emplace());
    }
  }
  return rows;
}

}  // namespace millrace::app::client
