#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"

namespace millrace::connectors {

const OptionTable& FilesystemOptions();
std::vector<connect::MetadataKey> FilesystemMetadataKeys();

// A filesystem table, its options understood.
struct FilesystemTable {
  std::string name;
  std::vector<Field> fields;  // physical
  std::string path;           // local: a scheme `file:` is cut off
  const connect::FormatDef* format = nullptr;
  Options format_options;
  std::string path_regex;      // whole paths must match; empty = all
  int64_t monitor_millis = 0;  // 0 = read once what is there
  bool fail_on_bad_record = true;
  int64_t rolling_bytes = 0;
  const connect::Environment* environment = nullptr;
  // The size of the first record of some bytes, npos when its end is not among them.
  std::function<size_t(std::string_view)> record_size;
};

Result<FilesystemTable> ReadFilesystemTable(const connect::TableContext& table);

// All files behind a path, sorted: the file itself, the files of a directory and its sub-directories, or those that
// match a pattern with * ? [..]. Names that begin with '.' or '_' are hidden.
Result<std::vector<std::string>> ListFiles(const FilesystemTable& table);

}  // namespace millrace::connectors
