#include "registry/model.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::registry {
namespace {

constexpr std::array<std::string_view, 7> kLevels = {
    "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"};
constexpr std::array<std::string_view, 5> kModes = {"READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"};

}  // namespace

SubjectName ParseSubject(std::string_view text) {
  if (text.starts_with(":.")) {
    const size_t end = text.find(':', 1);
    if (end != std::string_view::npos) {
      return {std::string(text.substr(1, end - 1)), std::string(text.substr(end + 1))};
    }
  }
  return {".", std::string(text)};
}

std::string_view LevelName(Level level) { return kLevels[static_cast<size_t>(level)]; }

std::optional<Level> LevelByName(std::string_view name) {
  for (size_t i = 0; i < kLevels.size(); ++i) {
    if (EqualsIgnoreCase(kLevels[i], name)) return static_cast<Level>(i);
  }
  return std::nullopt;
}

bool IsTransitive(Level level) {
  return level == Level::kBackwardTransitive || level == Level::kForwardTransitive || level == Level::kFullTransitive;
}

std::string_view ModeName(Mode mode) { return kModes[static_cast<size_t>(mode)]; }

std::optional<Mode> ModeByName(std::string_view name) {
  for (size_t i = 0; i < kModes.size(); ++i) {
    if (EqualsIgnoreCase(kModes[i], name)) return static_cast<Mode>(i);
  }
  return std::nullopt;
}

Error RegistryError(int code, std::string message) {
  Error error = UserError(std::move(message));
  error.code = std::to_string(code);
  return error;
}

Error SubjectNotFound(std::string_view subject) {
  return RegistryError(kSubjectNotFound, fmt::format("Subject '{}' not found.", subject));
}

Error VersionNotFound(int64_t version) {
  return RegistryError(kVersionNotFound, fmt::format("Version {} not found.", version));
}

}  // namespace millrace::registry
