#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/message.h"

namespace millrace::server {

// A file of the web app inside the binary.
struct StaticFile {
  std::string_view path;  // "/assets/index-4f2a91c3.js"
  std::string_view content_type;
  std::string_view gzip;   // its bytes, compressed
  std::string_view etag;   // with quotes
  bool immutable = false;  // its name changes with its content
};

// What ui/dist held when the binary was built; empty when it was not there. Made by tools/embed_ui.py.
std::span<const StaticFile> WebAppFiles();

// Serves a table of files; nothing outside the table can be reached. Thread-safe.
class StaticFiles {
 public:
  explicit StaticFiles(std::span<const StaticFile> files) : files_(files) {}

  // For GET and HEAD of a path in the table ("/" is index.html); else none.
  std::optional<http::Response> Find(const http::Request& request) const;
  // index.html, or the page that says how to build it: for addresses that only the app knows.
  http::Response Index(const http::Request& request) const;

 private:
  std::span<const StaticFile> files_;
};

}  // namespace millrace::server
