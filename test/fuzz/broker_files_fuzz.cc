// A broker's data folder as any bytes: the files of a partition (segments, indexes, producers' snapshot, checkpoint, a
// half-done compaction) are opened, read with and without open transactions, searched by time, compacted, appended to
// and opened again; the metadata journal is replayed, single changes are applied. Input: pieces of `kind u8 | length
// u16 | bytes`, each one a file.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "broker/log/metadata_journal.h"
#include "broker/log/metadata_state.h"
#include "broker/log/partition_log.h"

using namespace millrace;          // NOLINT
using namespace millrace::broker;  // NOLINT

namespace {

constexpr int64_t kNow = 1'700'000'000'000;

void Require(bool holds) {
  if (!holds) std::abort();
}

// Files in memory, one folder deep.
class MemoryFiles final : public FileSystem {
 public:
  using Bytes = std::shared_ptr<std::string>;
  std::map<std::string, Bytes> all;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    Bytes& bytes = all[path];
    if (bytes == nullptr) {
      if (mode != OpenMode::kCreate) {
        all.erase(path);
        return ExternalError("no such file");
      }
      bytes = std::make_shared<std::string>();
    }
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(bytes));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    std::vector<std::string> names;
    for (const auto& [path, bytes] : all) {
      if (path.starts_with(directory + "/")) names.push_back(path.substr(directory.size() + 1));
    }
    return names;
  }
  bool Exists(const std::string& path) override { return all.contains(path); }
  bool IsDirectory(const std::string&) override { return false; }
  Status MakeDirectories(const std::string&) override { return Ok(); }
  Status Rename(const std::string& from, const std::string& to) override {
    const auto found = all.find(from);
    if (found == all.end()) return ExternalError("no such file");
    Bytes bytes = std::move(found->second);
    all.erase(found);
    all[to] = std::move(bytes);
    return Ok();
  }
  Status Remove(const std::string& path) override {
    all.erase(path);
    return Ok();
  }
  Status RemoveTree(const std::string&) override { return Ok(); }
  Status SyncDirectory(const std::string&) override { return Ok(); }

 private:
  class MemoryFile final : public File {
   public:
    explicit MemoryFile(Bytes bytes) : bytes_(std::move(bytes)) {}
    Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) override {
      return position >= bytes_->size() ? 0 : bytes_->copy(buffer, size, position);
    }
    Status WriteAt(uint64_t position, std::string_view bytes) override {
      if (bytes_->size() < position + bytes.size()) bytes_->resize(position + bytes.size());
      bytes_->replace(position, bytes.size(), bytes);
      return Ok();
    }
    Result<uint64_t> Size() override { return bytes_->size(); }
    Status Truncate(uint64_t size) override {
      bytes_->resize(size);
      return Ok();
    }
    Status Sync() override { return Ok(); }
    int descriptor() const override { return -1; }

   private:
    Bytes bytes_;
  };
};

// Gives all batches that look like some a right checksum, so that what lies behind the check is reached.
void RepairChecksums(std::string* log) {
  size_t at = 0;
  while (log->size() - at >= kafka::kBatchHeaderSize) {
    const auto header = kafka::ParseBatchHeader(std::string_view(*log).substr(at));
    if (!header.ok()) return;
    kafka::UpdateCrc(log->data() + at, std::string_view(*log).substr(at + kafka::kBatchHeaderSize,
                                                                     header->size() - kafka::kBatchHeaderSize));
    at += header->size();
  }
}

// True when a metadata journal is among the files.
bool Unpack(std::string_view input, MemoryFiles* files) {
  static constexpr const char* kNames[] = {"00000000000000000000.log",
                                           "00000000000000000000.index",
                                           "00000000000000000000.timeindex",
                                           "00000000000000000006.log",
                                           "00000000000000000006.index",
                                           "00000000000000000006.timeindex",
                                           "checkpoint",
                                           "00000000000000000006.snapshot",
                                           "00000000000000000000.log.swap",
                                           "metadata-000001.journal",
                                           "00000000000000000000.log.cleaned",
                                           "00000000000000000000.txnindex",
                                           "00000000000000000006.txnindex",
                                           "metadata.change"};
  constexpr uint8_t kRepair = 0x80;
  bool has_journal = false;
  while (input.size() >= 3) {
    const auto kind = static_cast<uint8_t>(input[0]);
    const size_t length = static_cast<uint8_t>(input[1]) << 8 | static_cast<uint8_t>(input[2]);
    input.remove_prefix(3);
    const std::string name = kNames[(kind & 0x7f) % std::size(kNames)];
    auto bytes = std::make_shared<std::string>(input.substr(0, length));
    if ((kind & kRepair) != 0 && name.find(".log") != std::string::npos) RepairChecksums(bytes.get());
    has_journal = has_journal || name.ends_with(".journal");
    files->all["p/" + name] = std::move(bytes);
    input.remove_prefix(std::min(length, input.size()));
  }
  return has_journal;
}

void ReadAll(PartitionLog& log, Isolation isolation = Isolation::kReadUncommitted) {
  const PartitionBounds bounds = log.Bounds();
  Require(bounds.log_start <= bounds.last_stable && bounds.last_stable <= bounds.high_watermark);
  const bool committed = isolation == Isolation::kReadCommitted;
  int64_t offset = bounds.log_start;
  while (offset < bounds.high_watermark) {
    const ReadOutcome read = log.Read(offset, 4096, true, isolation);
    if (read.error != kafka::ErrorCode::kNone || read.records->bytes.empty()) return;  // damage in what was believed
    std::string_view bytes = read.records->bytes;
    while (!bytes.empty()) {
      const auto header = kafka::ParseBatchHeader(bytes);
      Require(header.ok() && header->next_offset() > offset);
      Require(!committed || header->base_offset < bounds.last_stable);
      offset = header->next_offset();
      bytes.remove_prefix(header->size());
    }
  }
}

void UsePartition(MemoryFiles& files) {
  ManualClock clock(kNow);
  LogOptions options;
  options.files = &files;
  options.clock = &clock;
  options.directory = "p";
  options.name = "p-0";
  options.config.compact = true;
  options.config.min_cleanable_dirty_ratio = 0;
  options.config.compaction_memory_bytes = 1 << 12;
  options.config.index_interval_bytes = 64;
  auto log = PartitionLog::Open(options);
  if (!log.ok()) return;
  ReadAll(**log);
  ReadAll(**log, Isolation::kReadCommitted);
  (void)(*log)->OffsetForTime(1000).ok();
  (void)(*log)->OffsetOfMaxTime().ok();
  kafka::RecordBatchBuilder builder({.producer_id = 1, .producer_epoch = 0, .base_sequence = 0});
  builder.Add(1000, "key", "value");
  const AppendOutcome appended = (*log)->Append(*builder.Build());
  if (appended.error == kafka::ErrorCode::kNone) {
    (void)(*log)->Read(appended.base_offset, 1, true, Isolation::kReadUncommitted);
  }
  // Whatever is open is ended, as by the coordinator after a start.
  for (const ActiveProducer& producer : (*log)->Producers()) {
    if (producer.open_transaction_from < 0) continue;
    if ((*log)->AppendMarker({producer.id, producer.epoch, false, 0}).error != kafka::ErrorCode::kNone) return;
  }
  ReadAll(**log, Isolation::kReadCommitted);
  const PartitionBounds bounds = (*log)->Bounds();
  Require(bounds.last_stable == bounds.high_watermark);
  // After the end of the process all is there again.
  log->reset();
  log = PartitionLog::Open(options);
  Require(log.ok() && (*log)->Bounds().high_watermark == bounds.high_watermark);
  (void)(*log)->CompactIfNeeded(kNow).ok();
  (void)(*log)->ApplyRetention(kNow).ok();
  ReadAll(**log);
  ReadAll(**log, Isolation::kReadCommitted);
  Require((*log)->Bounds().high_watermark == bounds.high_watermark);
  Require((*log)->Close().ok());
  options.clean = true;
  log = PartitionLog::Open(options);
  Require(log.ok() && (*log)->Bounds().high_watermark == bounds.high_watermark);
}

void UseJournal(MemoryFiles& files) {
  MetadataState state;
  const auto apply = [&state](std::string_view change) { return state.Apply(change); };
  auto journal = MetadataJournal::Open(files, "p", apply);
  if (!journal.ok()) return;
  Require((*journal)->Rewrite(state.Snapshot()).ok());
  const MetadataState before = std::exchange(state, MetadataState());
  Require(MetadataJournal::Open(files, "p", apply).ok());
  Require(state.Snapshot() == before.Snapshot());
}

// A change without the frame whose checksum guards it in the journal.
void UseChange(std::string_view change) {
  MetadataState state;
  if (!state.Apply(change).ok()) return;
  MetadataState again;
  for (const std::string& each : state.Snapshot()) Require(again.Apply(each).ok());
  Require(again.Snapshot() == state.Snapshot());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MemoryFiles files;
  if (Unpack({reinterpret_cast<const char*>(data), size}, &files)) UseJournal(files);
  if (const auto change = files.all.find("p/metadata.change"); change != files.all.end()) UseChange(*change->second);
  std::erase_if(files.all, [](const auto& file) { return file.first.find("/metadata") != std::string::npos; });
  UsePartition(files);
  return 0;
}
