#include "broker/log/checkpoint.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "codec/crc32c.h"

namespace millrace::broker {
namespace {

constexpr std::string_view kName = "checkpoint";

std::string PathOf(const std::string& directory) { return fmt::format("{}/{}", directory, kName); }

}  // namespace

Checkpoint LoadCheckpoint(FileSystem& files, const std::string& directory) {
  const std::string path = PathOf(directory);
  if (!files.Exists(path)) return {};
  const auto text = ReadWholeFile(files, path);
  if (!text.ok()) return {};
  // "version 1\nrecovery_point 5\n...\ncrc 1234\n"; unknown names are of later versions and skipped.
  Checkpoint checkpoint;
  bool complete = false;
  size_t at = 0;
  for (const std::string& line : Split(*text, '\n')) {
    const size_t blank = line.find(' ');
    const auto value = blank == std::string::npos ? std::nullopt : ParseInt64(std::string_view(line).substr(blank + 1));
    const std::string_view name = std::string_view(line).substr(0, blank);
    if (value.has_value() && name == "recovery_point") checkpoint.recovery_point = *value;
    if (value.has_value() && name == "log_start") checkpoint.log_start = *value;
    if (value.has_value() && name == "cleaned_offset") checkpoint.cleaned_offset = *value;
    if (value.has_value() && name == "cleaned_ms") checkpoint.cleaned_ms = *value;
    if (value.has_value() && name == "crc") complete = *value == codec::Crc32c(std::string_view(*text).substr(0, at));
    at += line.size() + 1;
  }
  if (complete) return checkpoint;
  Log(LogLevel::kWarn, "log", "{} is damaged and ignored: the whole partition is checked", path);
  return {};
}

Status SaveCheckpointFile(FileSystem& files, const std::string& directory, const Checkpoint& checkpoint, bool durable) {
  std::string text =
      fmt::format("version 1\nrecovery_point {}\nlog_start {}\ncleaned_offset {}\ncleaned_ms {}\n",
                  checkpoint.recovery_point, checkpoint.log_start, checkpoint.cleaned_offset, checkpoint.cleaned_ms);
  text += fmt::format("crc {}\n", codec::Crc32c(text));
  return ReplaceFile(files, PathOf(directory), text, durable);
}

Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view bytes, bool durable) {
  if (durable) return WriteFileAtomically(files, path, bytes);
  const std::string temp = path + ".tmp";
  {
    MR_ASSIGN(const auto file, files.Open(temp, OpenMode::kCreate));
    MR_TRY(file->Truncate(0));
    MR_TRY(file->WriteAt(0, bytes));
  }
  return files.Rename(temp, path);
}

}  // namespace millrace::broker
