#include "base/local_path.h"

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
  if (path.empty() || path.starts_with("file:") || path.find("://") != std::string::npos) return path;
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

Result<std::string> AbsoluteLocalPath(std::string path_or_uri) {
  MR_ASSIGN(std::string path, LocalPath(std::move(path_or_uri)));
  return path.starts_with('/') ? path : AbsolutePath(path);
}

}  // namespace millrace
