#pragma once

#include <string>

#include "base/result.h"

namespace millrace {

// The path in a path or file: URI, without slashes at its end. Other file systems are not there: an error that names
// the scheme.
Result<std::string> LocalPath(std::string path_or_uri);

// The same file for a process in another working folder. "" and URIs stay as they are, and so does a ".." behind a
// name: if that is a link, it is not the folder the link stands in.
std::string AbsolutePath(const std::string& path);
// Of LocalPath; an absolute one stays as it was written.
Result<std::string> AbsoluteLocalPath(std::string path_or_uri);

}  // namespace millrace
