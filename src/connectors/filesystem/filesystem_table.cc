#include "connectors/filesystem/filesystem_table.h"

#include <glob.h>

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/file.h"
#include "base/local_path.h"
#include "base/strings.h"

namespace millrace::connectors {
namespace {

using Type = OptionType;

constexpr std::string_view kTextFormats[] = {"csv", "json", "raw"};

bool IsHidden(std::string_view name) { return name.starts_with('.') || name.starts_with('_'); }

Status AddFiles(const std::string& path, std::vector<std::string>& out) {
  FileSystem& files = RealFileSystem();
  if (!files.IsDirectory(path)) {
    out.push_back(path);
    return Ok();
  }
  MR_ASSIGN(const std::vector<std::string> names, files.List(path));
  for (const std::string& name : names) {
    if (!IsHidden(name)) MR_TRY(AddFiles(path.ends_with('/') ? path + name : path + "/" + name, out));
  }
  return Ok();
}

}  // namespace

const OptionTable& FilesystemOptions() {
  static const OptionTable table = {
      {"connector", Type::kString, "", "The connector's name.", true},
      {"path", Type::kString, "", "A file, a directory, or a pattern such as `/data/*.csv`.", true},
      {"format", Type::kString, "", "csv, json or raw.", true},
      {"source.monitor-interval", Type::kDuration, "",
       "Look for new files so often; without it the source is bounded."},
      {"source.path.regex-pattern", Type::kString, "", "Read only files whose whole path matches."},
      {"source.report-statistics", Type::kString, "ALL", "Accepted for compatibility."},
      {"error-handling.mode",
       Type::kEnum,
       "fail",
       "What to do with a record that cannot be decoded: fail the job, ignore it, or log it to a table.",
       false,
       {"fail", "ignore", "log"}},
      {"error-handling.log.target", Type::kString, "", "The table that takes bad records in mode `log`."},
      {"sink.rolling-policy.file-size", Type::kMemory, "128 mb", "Begin a new part file after so many bytes."},
      {"sink.rolling-policy.rollover-interval", Type::kDuration, "30 min", "Accepted; files roll at checkpoints."},
      {"sink.rolling-policy.check-interval", Type::kDuration, "1 min", "Accepted; files roll at checkpoints."},
      {"sink.rolling-policy.inactivity-interval", Type::kDuration, "30 min", "Accepted; files roll at checkpoints."},
      {"sink.parallelism", Type::kInt, "", "Accepted; sinks run in every slot."},
  };
  return table;
}

std::vector<connect::MetadataKey> FilesystemMetadataKeys() {
  return {
      {"file.path", DataType::String().NotNull(), true, false},
      {"file.name", DataType::String().NotNull(), true, false},
      {"file.size", DataType::Of(TypeKind::kBigInt).NotNull(), true, false},
      {"file.modification-time", DataType::TimestampLtzOf(3).NotNull(), true, false},
  };
}

Result<FilesystemTable> ReadFilesystemTable(const connect::TableContext& context) {
  const Options& options = context.options;
  FilesystemTable table;
  table.name = context.table_name;
  table.fields = context.physical_fields;
  table.environment = context.environment;
  MR_ASSIGN(table.path, LocalPath(options.GetString("path")));
  if (table.path.empty()) return ValidationError("Option 'path' of the filesystem connector is empty.");
  MR_ASSIGN(table.format, connect::FindFormat(context, "format"));
  MR_ASSIGN(table.format_options, connect::FormatOptions(context, "format"));
  if (std::find(std::begin(kTextFormats), std::end(kTextFormats), table.format->name) == std::end(kTextFormats)) {
    return ValidationError(
               fmt::format("The filesystem connector does not read or write format '{}'.", table.format->name))
        .WithHint("Its formats are csv, json and raw.");
  }
  if (table.format->make_record_size) {
    MR_ASSIGN(table.record_size, table.format->make_record_size(table.format_options));
  } else {
    table.record_size = [](std::string_view bytes) {
      const size_t end = bytes.find('\n');
      return end == std::string_view::npos ? end : end + 1;
    };
  }
  table.monitor_millis = options.GetDurationMillis("source.monitor-interval");
  table.path_regex = options.GetString("source.path.regex-pattern");
  table.fail_on_bad_record = options.GetEnum("error-handling.mode") == "fail";
  table.rolling_bytes = options.GetMemoryBytes("sink.rolling-policy.file-size");
  try {
    const std::regex checked(table.path_regex);
  } catch (const std::regex_error& error) {
    return ValidationError(fmt::format("Option 'source.path.regex-pattern' is no regular expression: '{}' ({}).",
                                       table.path_regex, error.what()));
  }
  return table;
}

Result<std::vector<std::string>> ListFiles(const FilesystemTable& table) {
  std::vector<std::string> out;
  if (RealFileSystem().Exists(table.path)) {
    MR_TRY(AddFiles(table.path, out));
  } else if (table.path.find_first_of("*?[") != std::string::npos) {
    glob_t found{};
    const int code = glob(table.path.c_str(), 0, nullptr, &found);
    std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    if (code != 0 && code != GLOB_NOMATCH) return ExternalError(fmt::format("Cannot list files of '{}'", table.path));
    for (const std::string& path : paths) {
      if (!IsHidden(path.substr(path.rfind('/') + 1))) MR_TRY(AddFiles(path, out));
    }
  } else {
    return ExternalError(fmt::format("Path '{}' of table '{}' does not exist.", table.path, table.name), Retry::kNo)
        .WithHint("Check option 'path'.");
  }
  if (!table.path_regex.empty()) {
    const std::regex pattern(table.path_regex);
    std::erase_if(out, [&](const std::string& path) { return !std::regex_match(path, pattern); });
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace millrace::connectors
