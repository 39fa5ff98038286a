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
  const std::filesystem::path folder = std::filesystem::current_path(error);
  if (error) return path;
  // Only what changes no meaning goes: the folder above a link is that of its target.
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(std::min(rest.find_first_not_of('/', 1), rest.size()));
  return rest.empty() || rest == "." ? folder.string() : (folder / rest).string();
}

Result<std::string> AbsoluteLocalPath(std::string path_or_uri) {
  MR_ASSIGN(const std::string path, LocalPath(std::move(path_or_uri)));
  return AbsolutePath(path);
}

}  // namespace millrace
