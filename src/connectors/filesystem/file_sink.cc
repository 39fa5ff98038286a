#include "connectors/filesystem/file_sink.h"

#include <set>

#include <fmt/format.h>

#include "base/file.h"

namespace millrace::connectors {
namespace {

constexpr size_t kWriteBytes = 1 << 20;  // collected before a write to the disk

class FileWriter final : public connect::SinkWriter {
 public:
  FileWriter(std::shared_ptr<const FilesystemTable> table, std::unique_ptr<connect::Encoder> encoder,
             std::string prefix)
      : table_(std::move(table)), encoder_(std::move(encoder)), prefix_(std::move(prefix)) {}

  Status Write(const Batch& batch) override {
    bytes_.clear();
    ends_.clear();
    MR_TRY(encoder_->Encode(batch, bytes_, ends_));
    bytes_written_ += static_cast<int64_t>(bytes_.size() + ends_.size());
    size_t begin = 0;
    for (const size_t end : ends_) {
      pending_.append(bytes_, begin, end - begin);
      pending_.push_back('\n');
      begin = end;
    }
    return pending_.size() >= kWriteBytes ? WritePending() : Ok();
  }

  Status Flush() override {
    MR_TRY(WritePending());
    MR_TRY(ClosePart());
    for (const std::string& name : closed_) MR_TRY(files_.Rename(HiddenPath(name), Path(name)));
    if (!closed_.empty()) MR_TRY(files_.SyncDirectory(table_->path));
    closed_.clear();
    return Ok();
  }

  int64_t BytesWritten() const override { return bytes_written_; }

 private:
  int64_t bytes_written_ = 0;
  std::string Path(const std::string& name) const { return table_->path + "/" + name; }
  static std::string HiddenName(const std::string& name) { return fmt::format(".{}.inprogress", name); }
  std::string HiddenPath(const std::string& name) const { return Path(HiddenName(name)); }

  Status WritePending() {
    if (pending_.empty()) return Ok();
    if (file_ == nullptr) {
      MR_TRY(files_.MakeDirectories(table_->path));
      MR_ASSIGN(const auto names, files_.List(table_->path));
      const std::set<std::string> taken(names.begin(), names.end());
      do {
        part_ = fmt::format("{}-{}", prefix_, next_part_++);
      } while (taken.contains(part_) || taken.contains(HiddenName(part_)));
      MR_ASSIGN(file_, files_.Open(HiddenPath(part_), OpenMode::kCreate));
      written_ = 0;
    }
    MR_TRY(file_->WriteAt(written_, pending_));
    written_ += pending_.size();
    pending_.clear();
    return written_ >= static_cast<uint64_t>(table_->rolling_bytes) ? ClosePart() : Ok();
  }

  Status ClosePart() {
    if (file_ == nullptr) return Ok();
    MR_TRY(file_->Sync());
    file_.reset();
    closed_.push_back(part_);
    return Ok();
  }

  FileSystem& files_ = RealFileSystem();
  std::shared_ptr<const FilesystemTable> table_;
  std::unique_ptr<connect::Encoder> encoder_;
  std::string prefix_;
  uint64_t next_part_ = 0;
  std::unique_ptr<File> file_;
  std::string part_;
  uint64_t written_ = 0;
  std::vector<std::string> closed_;  // durable, still hidden
  std::string pending_;
  std::string bytes_;
  std::vector<size_t> ends_;
};

class FileSink final : public connect::Sink {
 public:
  explicit FileSink(FilesystemTable table)
      : table_(std::make_shared<const FilesystemTable>(std::move(table))),
        run_(table_->environment->clock->WallMillis()) {}

  Result<std::unique_ptr<connect::Encoder>> MakeEncoder() const {
    connect::FormatContext context;
    context.fields = table_->fields;
    context.options = table_->format_options;
    context.environment = table_->environment;
    return table_->format->make_encoder(context);
  }

  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t slot, uint32_t) override {
    MR_ASSIGN(auto encoder, MakeEncoder());
    return std::unique_ptr<connect::SinkWriter>(
        std::make_unique<FileWriter>(table_, std::move(encoder), fmt::format("part-{:x}-{}", run_, slot)));
  }

 private:
  std::shared_ptr<const FilesystemTable> table_;
  int64_t run_;  // sets the parts of one run apart from those of others
};

}  // namespace

Result<std::unique_ptr<connect::Sink>> MakeFileSink(FilesystemTable table) {
  auto sink = std::make_unique<FileSink>(std::move(table));
  MR_TRY(sink->MakeEncoder());
  return std::unique_ptr<connect::Sink>(std::move(sink));
}

}  // namespace millrace::connectors
