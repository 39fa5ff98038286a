#include "base/local_path.h"

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

}  // namespace millrace
