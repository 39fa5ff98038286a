#include "connect/references.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::connect {
namespace {

constexpr std::string_view kVariable = "${env:";
constexpr std::string_view kFile = "${file:";

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

Result<std::string> Resolve(std::string_view value, const Environment& environment) {
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

}  // namespace millrace::connect
