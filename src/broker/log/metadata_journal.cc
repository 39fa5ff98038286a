#include "broker/log/metadata_journal.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "broker/log/bytes.h"
#include "codec/crc32c.h"

namespace millrace::broker {
namespace {

constexpr std::string_view kMagic = "MRMETA1\n";
constexpr size_t kHeaderSize = 16;
constexpr size_t kFrameHeaderSize = 8;
constexpr uint64_t kSlack = 1 << 20;
constexpr std::string_view kPrefix = "metadata-";
constexpr std::string_view kSuffix = ".journal";

void AppendFrame(std::string_view change, std::string* out) {
  char head[kFrameHeaderSize];
  StoreBig(head, static_cast<uint32_t>(change.size()));
  StoreBig(head + 4, codec::Crc32c(change));
  out->append(head, sizeof head);
  out->append(change);
}

// The change at the front of `bytes`; nullopt when there is no whole and sound one.
std::optional<std::string_view> ReadFrame(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderSize) return std::nullopt;
  const auto length = LoadBig<uint32_t>(bytes.data());
  if (length == 0 || length > bytes.size() - kFrameHeaderSize) return std::nullopt;
  const std::string_view change = bytes.substr(kFrameHeaderSize, length);
  if (codec::Crc32c(change) != LoadBig<uint32_t>(bytes.data() + 4)) return std::nullopt;
  return change;
}

std::optional<int64_t> NumberIn(std::string_view name) {
  if (name.size() <= kPrefix.size() + kSuffix.size() || name.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  if (name.substr(name.size() - kSuffix.size()) != kSuffix) return std::nullopt;
  return ParseInt64(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
}

}  // namespace

std::string MetadataJournal::PathOf(int64_t number) const {
  return fmt::format("{}/{}{:06d}{}", directory_, kPrefix, number, kSuffix);
}

Result<std::unique_ptr<MetadataJournal>> MetadataJournal::Open(FileSystem& files, const std::string& directory,
                                                               const std::function<Status(std::string_view)>& apply) {
  std::unique_ptr<MetadataJournal> journal(new MetadataJournal(files, directory));
  MR_ASSIGN(const auto names, files.List(directory));
  int64_t newest = -1;
  for (const std::string& name : names) newest = std::max(newest, NumberIn(name).value_or(-1));
  if (newest < 0) {
    MR_TRY(journal->Begin(0, {}));
    return journal;
  }
  MR_TRY(journal->Load(newest, apply));
  for (const std::string& name : names) {
    const auto number = NumberIn(name);
    if (number.has_value() && *number < newest) MR_TRY(files.Remove(directory + "/" + name));
  }
  return journal;
}

Status MetadataJournal::Begin(int64_t number, const std::vector<std::string>& snapshot) {
  std::string bytes(kHeaderSize, '\0');
  for (const std::string& change : snapshot) AppendFrame(change, &bytes);
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  StoreBig(bytes.data() + kMagic.size(), static_cast<uint64_t>(bytes.size()));
  MR_TRY(WriteFileAtomically(files_, PathOf(number), bytes));
  MR_ASSIGN(file_, files_.Open(PathOf(number), OpenMode::kReadWrite));
  number_ = number;
  snapshot_size_ = size_ = bytes.size();
  torn_ = false;
  return Ok();
}

Status MetadataJournal::Load(int64_t number, const std::function<Status(std::string_view)>& apply) {
  const std::string path = PathOf(number);
  MR_ASSIGN(const std::string bytes, ReadWholeFile(files_, path));
  const bool has_header = bytes.size() >= kHeaderSize && std::string_view(bytes).starts_with(kMagic);
  const uint64_t snapshot_size = has_header ? LoadBig<uint64_t>(bytes.data() + kMagic.size()) : 0;
  if (!has_header || snapshot_size < kHeaderSize || snapshot_size > bytes.size()) {
    return UserError(fmt::format("{} is not a metadata journal of this version, or it is damaged", path))
        .WithHint("Restore the file from a backup, or choose another --data-dir.");
  }
  uint64_t at = kHeaderSize;
  while (at < bytes.size()) {
    const auto change = ReadFrame(std::string_view(bytes).substr(at));
    if (!change.has_value()) break;
    if (Status status = apply(*change); !status.ok()) {
      return std::move(status.error()).InContext(fmt::format("{}, position {}", path, at));
    }
    at += kFrameHeaderSize + change->size();
  }
  if (at < snapshot_size) {
    return UserError(fmt::format("{} is damaged at position {}", path, at))
        .WithHint("Restore the file from a backup, or choose another --data-dir.");
  }
  number_ = number;
  snapshot_size_ = snapshot_size;
  size_ = at;
  MR_ASSIGN(file_, files_.Open(path, OpenMode::kReadWrite));
  if (at == bytes.size()) return Ok();
  // What is cut off is kept beside, for a look at what happened.
  Log(LogLevel::kWarn, "log", "{}: cut {} bytes off at position {}: no whole change stands there", path,
      bytes.size() - at, at);
  MR_TRY(KeepDamaged(path, std::string_view(bytes).substr(at)));
  return file_->Truncate(at);
}

Status MetadataJournal::KeepDamaged(const std::string& path, std::string_view bytes) {
  MR_ASSIGN(const auto file, files_.Open(path + ".damaged", OpenMode::kCreate));
  MR_TRY(file->Truncate(0));
  return file->WriteAt(0, bytes);
}

Status MetadataJournal::Append(std::string_view change) {
  if (torn_) {
    MR_TRY(file_->Truncate(size_));
    torn_ = false;
  }
  std::string frame;
  AppendFrame(change, &frame);
  if (Status status = file_->WriteAt(size_, frame); !status.ok()) {
    torn_ = !file_->Truncate(size_).ok();
    return status;
  }
  size_ += frame.size();
  return Ok();
}

Status MetadataJournal::Sync() { return file_->Sync(); }

bool MetadataJournal::IsLong() const { return size_ > 4 * snapshot_size_ + kSlack; }

Status MetadataJournal::Rewrite(const std::vector<std::string>& snapshot) {
  const int64_t old = number_;
  MR_TRY(Begin(old + 1, snapshot));
  return files_.Remove(PathOf(old));
}

}  // namespace millrace::broker
