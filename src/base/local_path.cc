#include "base/local_path.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace millrace {

Result<std::string> LocalPath(std::string path_or_uri) {
  std::string path = std::move(path_or_uri);
  if (path.starts_with("file:")) path.erase(0, path.starts_with("file://") ? 7 : 5);
  if (const size_t scheme = path.find("://"); scheme != std::string::npos) {
    return ValidationError(
               fmt::format("Could not find a file system implementation for scheme '{}'.", path.substr(0, scheme)))
        .WithHint("Give a path of this machine or a file:// URI.");
  }
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string AbsolutePath(const std::string& path) {
  if (path.empty() || path.starts_with('/') || path.starts_with("file:") || path.find("://") != std::string::npos) {
    return path;
  }
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  if (error) return path;
  std::string_view rest = path;
  const auto took = [&rest](std::string_view step) {
    if (rest.substr(0, rest.find('/')) != step) return false;
    rest.remove_prefix(std::min(rest.find_first_not_of('/', step.size()), rest.size()));
    return true;
  };
  // There is no link in the working folder, so that one can go up from it. Behind a link ".." leads elsewhere.
  while (true) {
    if (took(".."))
      folder = folder.parent_path();
    else if (!took("."))
      break;
  }
  return rest.empty() ? folder.string() : (folder / rest).string();
}

Result<std::string> AbsoluteLocalPath(std::string path_or_uri) {
  MR_ASSIGN(const std::string path, LocalPath(std::move(path_or_uri)));
  return AbsolutePath(path);
}

}  // namespace millrace
