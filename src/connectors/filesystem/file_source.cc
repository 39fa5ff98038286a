#include "connectors/filesystem/file_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "data/hash.h"

namespace millrace::connectors {
namespace {

using connect::SourceEvent;

constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kMaxRecordBytes = 256 << 20;

// Cuts one file into records.
class RecordFile {
 public:
  static Result<std::unique_ptr<RecordFile>> Open(const std::string& path, uint64_t position) {
    auto out = std::make_unique<RecordFile>();
    out->path_ = path;
    out->position_ = out->read_ = position;
    MR_ASSIGN(out->file_, RealFileSystem().Open(path, OpenMode::kRead));
    struct stat status{};
    if (fstat(out->file_->descriptor(), &status) != 0)
      return ErrnoError("Cannot read the attributes of " + path, errno);
    out->size_ = status.st_size;
    if (position > static_cast<uint64_t>(status.st_size)) {
      Log(LogLevel::kWarn, "filesystem", "{} is shorter than what was read of it: another file, read from its start",
          path);
      out->position_ = out->read_ = 0;
    }
    out->modified_millis_ = status.st_mtim.tv_sec * int64_t{1000} + status.st_mtim.tv_nsec / 1'000'000;
    return out;
  }

  // Up to `count` records without their line ends; none at the end of the file. The views live until the next call.
  // `offsets` gets where each begins. The position is moved by Advance only.
  Status Next(size_t count, const std::function<size_t(std::string_view)>& record_size,
              std::vector<connect::ByteView>& records, std::vector<uint64_t>& offsets) {
    records.clear();
    offsets.clear();
    buffer_.erase(0, static_cast<size_t>(position_ - (read_ - buffer_.size())));
    size_t at = 0;
    while (records.size() < count) {
      const std::string_view rest = std::string_view(buffer_).substr(at);
      size_t size = rest.empty() ? std::string_view::npos : record_size(rest);
      if (size == std::string_view::npos) {
        if (!at_end_) {
          if (!records.empty()) break;  // hand out what there is before views move
          MR_TRY(ReadChunk());
          continue;
        }
        if (rest.empty()) break;
        size = rest.size();  // the last line has no end
      }
      std::string_view record = rest.substr(0, size);
      if (record.ends_with('\n')) record.remove_suffix(1);
      if (record.ends_with('\r')) record.remove_suffix(1);
      offsets.push_back(position_ + at);
      records.push_back({record.data(), record.size()});
      at += size;
    }
    next_ = position_ + at;
    return Ok();
  }
  void Advance() { position_ = next_; }

  const std::string& path() const { return path_; }
  uint64_t position() const { return position_; }
  int64_t size() const { return size_; }
  int64_t modified_millis() const { return modified_millis_; }

 private:
  Status ReadChunk() {
    if (buffer_.size() > kMaxRecordBytes) {
      return UserError(fmt::format("File {} holds a record of more than {} at byte {}.", path_,
                                   FormatBytes(kMaxRecordBytes), position_));
    }
    // Record sizes are looked for from the record's start again, so the chunks of a long record grow.
    const size_t chunk = std::max(kChunkBytes, buffer_.size());
    const size_t before = buffer_.size();
    buffer_.resize(before + chunk);
    const auto got = file_->ReadAt(read_, buffer_.data() + before, chunk);
    buffer_.resize(before + (got.ok() ? *got : 0));
    if (!got.ok()) return got.error();
    read_ += *got;
    at_end_ = *got < chunk;
    return Ok();
  }

  std::string path_;
  std::unique_ptr<File> file_;
  int64_t size_ = 0;
  int64_t modified_millis_ = 0;
  uint64_t position_ = 0;  // of the next record
  uint64_t next_ = 0;      // after the records of the last Next
  uint64_t read_ = 0;      // end of buffer_ in the file
  bool at_end_ = false;
  std::string buffer_;
};

class FileReader final : public connect::SourceReader {
 public:
  FileReader(std::shared_ptr<const FilesystemTable> table, std::vector<connect::MetadataColumn> metadata, uint32_t slot,
             uint32_t parallelism)
      : table_(std::move(table)), metadata_(std::move(metadata)), slot_(slot), parallelism_(parallelism) {}

  Status MakeDecoder(const std::vector<size_t>& projected);

  Result<SourceEvent> Poll(int64_t max_wait_millis) override;
  std::vector<SplitState> Snapshot() override;
  Status Restore(const std::vector<SplitState>& states) override;

 private:
  Status LookForFiles();
  Status OpenNext();
  Result<SourceEvent> ReadRows();
  Status AddBadRecords(const connect::DecodeResult& result, SourceEvent& event) const;
  void AddMetadata(Batch& batch) const;
  SourceEvent TakeEvent();
  bool IsOurs(const std::string& path) const { return HashBytes(path) % parallelism_ == slot_; }

  std::shared_ptr<const FilesystemTable> table_;
  std::vector<connect::MetadataColumn> metadata_;
  uint32_t slot_;
  uint32_t parallelism_;
  std::unique_ptr<connect::Decoder> decoder_;
  std::vector<ColumnBuilder> builders_;
  std::vector<int> column_of_output_;  // builder of each projected field
  std::set<std::string> known_;
  std::deque<std::string> waiting_;
  std::map<std::string, uint64_t> positions_;  // of files that are done, or were in the checkpoint
  std::unique_ptr<RecordFile> file_;
  uint32_t num_splits_ = 0;  // the open file is the last one
  std::deque<SourceEvent> events_;
  int64_t next_look_nanos_ = 0;
  bool looked_ = false;
  std::vector<connect::ByteView> records_;
  std::vector<uint64_t> offsets_;
};

Status FileReader::MakeDecoder(const std::vector<size_t>& projected) {
  connect::FormatContext context;
  context.options = table_->format_options;
  context.environment = table_->environment;
  std::vector<int> column_of_field(table_->fields.size(), -1);
  for (size_t i = 0; i < table_->fields.size(); ++i) {
    const bool wanted = std::find(projected.begin(), projected.end(), i) != projected.end();
    if (!wanted && !table_->format->by_position) continue;
    column_of_field[i] = static_cast<int>(context.fields.size());
    context.fields.push_back(table_->fields[i]);
  }
  if (context.fields.empty() && !table_->fields.empty()) context.fields.push_back(table_->fields[0]);
  for (const size_t field : projected) column_of_output_.push_back(column_of_field[field]);
  MR_ASSIGN(decoder_, table_->format->make_decoder(context));
  for (const Field& field : context.fields) builders_.emplace_back(field.type);
  return Ok();
}

Status FileReader::LookForFiles() {
  MR_ASSIGN(const std::vector<std::string> paths, ListFiles(*table_));
  for (const std::string& path : paths) {
    if (!IsOurs(path) || !known_.insert(path).second) continue;
    waiting_.push_back(path);
  }
  looked_ = true;
  next_look_nanos_ = table_->environment->clock->MonotonicNanos() + table_->monitor_millis * 1'000'000;
  return Ok();
}

SourceEvent FileReader::TakeEvent() {
  SourceEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// Ends the open file and opens the next one, which is announced first so that the watermark has somebody to wait for.
Status FileReader::OpenNext() {
  std::unique_ptr<RecordFile> next;
  if (!waiting_.empty()) {
    const auto known = positions_.find(waiting_.front());
    MR_ASSIGN(next, RecordFile::Open(waiting_.front(), known == positions_.end() ? 0 : known->second));
    waiting_.pop_front();
    SourceEvent added;
    added.kind = SourceEvent::Kind::kSplitAdded;
    added.split.value = num_splits_;
    added.split_name = next->path();
    events_.push_back(std::move(added));
  }
  if (file_ != nullptr) {
    positions_[file_->path()] = file_->position();
    SourceEvent finished;
    finished.kind = SourceEvent::Kind::kSplitFinished;
    finished.split.value = num_splits_ - 1;
    events_.push_back(std::move(finished));
  }
  if (next != nullptr) ++num_splits_;
  file_ = std::move(next);
  return Ok();
}

Result<SourceEvent> FileReader::Poll(int64_t max_wait_millis) {
  if (!events_.empty()) return TakeEvent();
  Clock& clock = *table_->environment->clock;
  const bool monitored = table_->monitor_millis > 0;
  if (!looked_ || (monitored && clock.MonotonicNanos() >= next_look_nanos_)) MR_TRY(LookForFiles());
  if (file_ == nullptr) {
    MR_TRY(OpenNext());
    if (!events_.empty()) return TakeEvent();
    SourceEvent event;
    if (!monitored) {
      event.kind = SourceEvent::Kind::kEnd;
    } else {
      clock.SleepMillis(std::min(max_wait_millis, table_->monitor_millis));
    }
    return event;
  }
  MR_ASSIGN(SourceEvent event, ReadRows());
  if (event.kind == SourceEvent::Kind::kNothing && records_.empty()) {
    MR_TRY(OpenNext());
    return TakeEvent();
  }
  return event;
}

Result<SourceEvent> FileReader::ReadRows() {
  SourceEvent event;
  MR_TRY(file_->Next(kBatchRows, table_->record_size, records_, offsets_));
  if (records_.empty()) return event;
  auto result = decoder_->Decode(records_, builders_);
  if (!result.ok()) {
    for (ColumnBuilder& builder : builders_) builder.TruncateTo(0);
    return std::move(result).error();
  }
  Batch batch;
  batch.num_rows = builders_[0].size();
  std::vector<ColumnPtr> columns;
  for (ColumnBuilder& builder : builders_) columns.push_back(builder.Finish());
  MR_TRY(AddBadRecords(*result, event));
  for (const connect::ByteView& record : records_) event.bytes += record.size + 1;
  file_->Advance();
  if (batch.num_rows == 0) return event;
  for (const int column : column_of_output_) batch.columns.push_back(columns[static_cast<size_t>(column)]);
  AddMetadata(batch);
  if (!result->kinds.empty()) batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(result->kinds));
  event.kind = SourceEvent::Kind::kRows;
  event.split.value = num_splits_ - 1;
  event.batch = std::move(batch);
  return event;
}

Status FileReader::AddBadRecords(const connect::DecodeResult& result, SourceEvent& event) const {
  for (const connect::RecordError& error : result.errors) {
    const std::string place = fmt::format("file {} byte {}", file_->path(), offsets_[error.index]);
    if (table_->fail_on_bad_record) {
      Error out = error.error;
      return std::move(out).InContext("Bad record in " + place);
    }
    connect::BadRecord record;
    record.place = place;
    record.reason = error.error.message;
    record.bytes = records_[error.index].view();
    record.offset = static_cast<int64_t>(offsets_[error.index]);
    event.bad_records.push_back(std::move(record));
  }
  return Ok();
}

void FileReader::AddMetadata(Batch& batch) const {
  for (const connect::MetadataColumn& column : metadata_) {
    Value value;
    if (column.key == "file.path") {
      value = file_->path();
    } else if (column.key == "file.name") {
      value = file_->path().substr(file_->path().rfind('/') + 1);
    } else if (column.key == "file.size") {
      value = file_->size();
    } else {
      value = file_->modified_millis();
    }
    batch.columns.push_back(ConstantColumn(column.field.type, value, batch.num_rows));
  }
}

std::vector<connect::SourceReader::SplitState> FileReader::Snapshot() {
  // With those of files that were not opened again yet.
  std::map<std::string, uint64_t> positions = positions_;
  if (file_ != nullptr) positions[file_->path()] = file_->position();
  std::vector<SplitState> out;
  for (const auto& [path, position] : positions) out.push_back({path, std::to_string(position)});
  return out;
}

Status FileReader::Restore(const std::vector<SplitState>& states) {
  for (const SplitState& state : states) {
    const auto position = ParseInt64(state.position);
    if (!position || *position < 0) {
      return ExternalError(
          fmt::format("The checkpoint holds no position for {}: '{}'", state.split_name, state.position), Retry::kNo);
    }
    // Every slot is given those of all.
    if (IsOurs(state.split_name)) positions_[state.split_name] = static_cast<uint64_t>(*position);
  }
  return Ok();
}

class FileSource final : public connect::Source {
 public:
  FileSource(FilesystemTable table, std::vector<size_t> projected, std::vector<connect::MetadataColumn> metadata)
      : table_(std::make_shared<const FilesystemTable>(std::move(table))),
        projected_(std::move(projected)),
        metadata_(std::move(metadata)) {}
  bool bounded() const override { return table_->monitor_millis == 0; }
  ChangelogMode changelog() const override { return table_->format->changelog; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t parallelism) override {
    auto reader = std::make_unique<FileReader>(table_, metadata_, slot, parallelism);
    MR_TRY(reader->MakeDecoder(projected_));
    return std::unique_ptr<connect::SourceReader>(std::move(reader));
  }

 private:
  std::shared_ptr<const FilesystemTable> table_;
  std::vector<size_t> projected_;
  std::vector<connect::MetadataColumn> metadata_;
};

}  // namespace

Result<std::unique_ptr<connect::Source>> MakeFileSource(FilesystemTable table, std::vector<size_t> projected_fields,
                                                        std::vector<connect::MetadataColumn> metadata) {
  auto source = std::make_unique<FileSource>(std::move(table), std::move(projected_fields), std::move(metadata));
  MR_TRY(source->CreateReader(0, 1));
  return std::unique_ptr<connect::Source>(std::move(source));
}

}  // namespace millrace::connectors
