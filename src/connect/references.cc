#include "connect/references.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::connect {
namespace {

constexpr std::string_view kVariable = "${env:";
constexpr std::string_view kFile = "${file:";
constexpr size_t kLongText = 6;  // "hunter2" is one, "false" is not

Result<std::string> Variable(const std::string& name, const Environment& environment) {
  std::optional<std::string> value;
  if (environment.variable) {
    value = environment.variable(name);
  } else if (const char* text = std::getenv(name.c_str()); text != nullptr) {
    value = text;
  }
  if (value) return *std::move(value);
  return ValidationError(fmt::format("the environment variable {} is not set", name))
      .WithHint("Set it for the process that plans the job and for the one that runs it.");
}

Result<std::string> FileText(const std::string& path, const Environment& environment) {
  auto text = ReadWholeFile(*environment.files, path);
  if (!text.ok()) {
    return ValidationError(fmt::format("the file {} cannot be read: {}", path, text.error().message))
        .WithHint("It must be there for the process that plans the job and for the one that runs it.");
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return text;
}

// What references brought, with the text they were written as.
using Brought = std::vector<std::pair<std::string, std::string>>;

Result<std::string> Resolve(std::string_view value, const Environment& environment, Brought* brought = nullptr) {
  std::string out;
  while (true) {
    const size_t begin = std::min(value.find(kVariable), value.find(kFile));
    const size_t end = begin == std::string_view::npos ? begin : value.find('}', begin);
    if (begin == std::string_view::npos) return out.append(value);
    if (end == std::string_view::npos) {
      // No more of it: a secret may follow.
      const size_t name_end = value.find_first_of(" \t\r\n\"';,@", begin);
      return ValidationError(fmt::format("{} is not closed", value.substr(begin, name_end - begin)))
          .WithHint("A reference is written ${env:NAME} or ${file:PATH}.");
    }
    out.append(value.substr(0, begin));
    const std::string_view reference = value.substr(begin, end - begin);
    const bool variable = reference.starts_with(kVariable);
    const std::string name(Trim(reference.substr(variable ? kVariable.size() : kFile.size())));
    MR_ASSIGN(const std::string text, variable ? Variable(name, environment) : FileText(name, environment));
    if (brought != nullptr) brought->emplace_back(text, value.substr(begin, end + 1 - begin));
    out += text;
    value.remove_prefix(end + 1);
  }
}

}  // namespace

Result<OptionMap> ResolveReferences(OptionMap options, std::string_view table, const Environment& environment) {
  for (auto& [key, value] : options) {
    auto resolved = Resolve(value, environment);
    if (!resolved.ok()) {
      return std::move(resolved).error().InContext(fmt::format("Option '{}' of table {}", key, table));
    }
    value = *std::move(resolved);
  }
  return options;
}

std::string WithReferences(std::string message, const OptionMap& options, const Environment& environment) {
  Brought brought;
  for (const auto& [key, value] : options) {
    const auto resolved = Resolve(value, environment, &brought);
    if (resolved.ok()) brought.emplace_back(*resolved, value);
  }
  // The longest first: one text may be a part of another.
  std::stable_sort(brought.begin(), brought.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  for (const auto& [text, written] : brought) {
    const std::string_view trimmed = Trim(text);
    if (text == written || trimmed.empty()) continue;
    // A short one, such as "1" or "true", is a part of other words too: only where it is quoted.
    message = trimmed.size() >= kLongText
                  ? ReplaceAll(message, trimmed, written)
                  : ReplaceAll(message, fmt::format("'{}'", text), fmt::format("'{}'", written));
  }
  return message;
}

}  // namespace millrace::connect
