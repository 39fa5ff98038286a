#include "app/client/completion_popup.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/client/tableau.h"
#include "base/strings.h"

namespace millrace::app::client {
namespace {

constexpr std::string_view kPlain = "\x1b[48;5;238;97m";
constexpr std::string_view kSelected = "\x1b[48;5;31;97m";
constexpr std::string_view kReset = "\x1b[0m";

std::string Padded(std::string_view text, size_t width) {
  const std::string fitted = FitText(text, width);
  const size_t used = DisplayWidth(fitted);
  return fitted + std::string(used < width ? width - used : 0, ' ');
}

// What stands behind the name: "function  (x) BIGINT".
std::string Side(const Candidate& candidate) {
  return candidate.detail.empty() ? candidate.kind : candidate.kind + "  " + candidate.detail;
}

}  // namespace

bool Continues(const Candidate& candidate, std::string_view typed) {
  std::string_view text = candidate.text;
  if (StartsWithIgnoreCase(text, typed)) return true;
  if (text.starts_with('\'') || text.starts_with('`')) text.remove_prefix(1);
  const size_t dot = text.rfind('.');
  return StartsWithIgnoreCase(text, typed) ||
         (dot != std::string_view::npos && StartsWithIgnoreCase(text.substr(dot + 1), typed));
}

void CompletionPopup::Move(int steps) {
  const auto count = static_cast<int>(size());
  selected_ = static_cast<size_t>(((static_cast<int>(selected_) + steps) % count + count) % count);
}

bool CompletionPopup::Narrow(std::string_view typed) {
  std::erase_if(completion_.candidates, [&](const Candidate& candidate) { return !Continues(candidate, typed); });
  selected_ = 0;
  return !completion_.candidates.empty();
}

std::string CompletionPopup::CommonPrefix() const {
  std::string prefix = completion_.candidates.front().text;
  for (const Candidate& candidate : completion_.candidates) {
    size_t n = 0;
    while (n < prefix.size() && n < candidate.text.size() &&
           EqualsIgnoreCase(prefix.substr(n, 1), candidate.text.substr(n, 1))) {
      ++n;
    }
    prefix.resize(n);
  }
  return prefix;
}

std::vector<std::string> CompletionPopup::Lines(size_t max_rows, size_t columns, size_t indent) const {
  const size_t rows = std::min(max_rows, size());
  if (rows == 0) return {};
  const size_t first = selected_ < rows ? 0 : selected_ - rows + 1;
  // Rows that do not fit are told apart from none.
  const std::string count = rows < size() ? fmt::format(" {}/{}", selected_ + 1, size()) : "";
  columns -= std::min(columns, count.size());
  size_t name_width = 0;
  size_t side_width = 0;
  for (const Candidate& candidate : completion_.candidates) {
    name_width = std::max(name_width, DisplayWidth(candidate.text));
    side_width = std::max(side_width, DisplayWidth(Side(candidate)));
  }
  name_width = std::min(name_width, std::max<size_t>(columns / 2, 8));
  side_width = std::min(side_width, columns - std::min(columns, name_width + 6));
  const size_t width = name_width + (side_width == 0 ? 2 : side_width + 4);
  indent = std::min(indent, columns > width ? columns - width : 0);
  std::vector<std::string> lines;
  for (size_t i = first; i < first + rows; ++i) {
    const Candidate& candidate = completion_.candidates[i];
    std::string line = std::string(indent, ' ') + std::string(i == selected_ ? kSelected : kPlain) + " " +
                       Padded(candidate.text, name_width) + " ";
    if (side_width > 0) line += " " + Padded(Side(candidate), side_width) + " ";
    lines.push_back(line + std::string(kReset));
  }
  lines.back() += count;
  return lines;
}

}  // namespace millrace::app::client
