#include "state/disk_backend.h"

#include <atomic>
#include <random>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "data/hash.h"
#include "state/bytes.h"

namespace millrace::state {
namespace {

// The key of an entry in a file: name space (ordered) | upper half of the hash (big-endian) | key.
constexpr size_t kKeyPrefix = 12;
constexpr size_t kSequenceBytes = 8;  // that RocksDB adds to each key
constexpr size_t kTableBlockBytes = 16 << 10;
constexpr size_t kReadAhead = 128 << 10;

void PutPrefix(int64_t name_space, uint64_t hash32, std::string& out) {
  PutOrdered(name_space, out);
  PutNumber(__builtin_bswap32(static_cast<uint32_t>(hash32)), out);
}

rocksdb::Options TableOptions(std::shared_ptr<rocksdb::Cache> cache) {
  rocksdb::Options options;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kTableBlockBytes;
  table.format_version = 5;
  if (cache != nullptr) {
    table.block_cache = std::move(cache);
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
  } else {
    table.no_block_cache = true;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Error FileError(const rocksdb::Status& status, std::string_view doing, const std::string& path) {
  return ExternalError(fmt::format("Cannot {} the state file {}: {}", doing, path, status.ToString()),
                       status.IsCorruption() ? Retry::kNo : Retry::kYes);
}

inline Status Checked(const rocksdb::Status& status, std::string_view doing, const std::string& path) {
  return status.ok() ? Ok() : Status(FileError(status, doing, path));
}

// Writes through our own files. Nothing is synced: state outlives its process only in checkpoints, which do that.
class RunFile final : public rocksdb::WritableFile {
 public:
  explicit RunFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  using rocksdb::WritableFile::Append;
  rocksdb::Status Append(const rocksdb::Slice& data) override {
    const Status written = file_->WriteAt(size_, data.ToStringView());
    if (!written.ok()) return rocksdb::Status::IOError(written.error().message);
    size_ += data.size();
    return rocksdb::Status::OK();
  }
  rocksdb::Status Flush() override { return rocksdb::Status::OK(); }
  rocksdb::Status Sync() override { return rocksdb::Status::OK(); }
  rocksdb::Status Close() override {
    file_.reset();
    return rocksdb::Status::OK();
  }
  uint64_t GetFileSize() override { return size_; }

 private:
  std::unique_ptr<File> file_;
  uint64_t size_ = 0;
};

class RunFiles final : public rocksdb::EnvWrapper {
 public:
  explicit RunFiles(FileSystem* files) : EnvWrapper(rocksdb::Env::Default()), files_(files) {}
  const char* Name() const override { return "millrace"; }
  rocksdb::Status NewWritableFile(const std::string& path, std::unique_ptr<rocksdb::WritableFile>* out,
                                  const rocksdb::EnvOptions&) override {
    auto file = files_->Open(path, OpenMode::kCreate);
    if (!file.ok()) return rocksdb::Status::IOError(file.error().message);
    *out = std::make_unique<RunFile>(*std::move(file));
    return rocksdb::Status::OK();
  }

 private:
  FileSystem* files_;
};

class FileReader final : public RunReader {
 public:
  static Result<std::unique_ptr<FileReader>> Open(const rocksdb::Options& options, const std::string& path) {
    auto reader = std::unique_ptr<FileReader>(new FileReader(options, path));
    MR_TRY(Checked(reader->reader_.Open(path), "open", path));
    rocksdb::ReadOptions read;
    read.fill_cache = false;  // the system caches the file already
    read.readahead_size = kReadAhead;
    reader->iterator_.reset(reader->reader_.NewIterator(read));
    return reader;
  }

  Status Read(int64_t name_space, HashRange hashes, const TakeRunEntry& take) override {
    bound_.clear();
    PutPrefix(name_space, hashes.begin, bound_);
    for (iterator_->Seek(bound_); iterator_->Valid(); iterator_->Next()) {
      MR_ASSIGN(const RunEntry entry, Entry());
      if (entry.name_space != name_space || !hashes.Contains(entry.hash)) break;
      MR_TRY(take(entry));
    }
    return Checked(iterator_->status(), "read", path_);
  }

  Result<std::vector<int64_t>> NameSpaces(HashRange hashes) override {
    std::vector<int64_t> out;
    iterator_->SeekToFirst();
    while (iterator_->Valid()) {
      MR_ASSIGN(const RunEntry entry, Entry());
      const int64_t name_space = entry.name_space;
      bool found = false;
      MR_TRY(ReadFirst(name_space, hashes, &found));
      if (found) out.push_back(name_space);
      bound_.clear();
      PutOrdered(name_space + 1, bound_);
      iterator_->Seek(bound_);
    }
    MR_TRY(Checked(iterator_->status(), "read", path_));
    return out;
  }

  // Of the whole file; 0 entries give 0 and 0.
  Status Ends(int64_t* first, int64_t* last) {
    iterator_->SeekToFirst();
    if (iterator_->Valid()) {
      MR_ASSIGN(const RunEntry entry, Entry());
      *first = entry.name_space;
      iterator_->SeekToLast();
    }
    if (iterator_->Valid()) {
      MR_ASSIGN(const RunEntry entry, Entry());
      *last = entry.name_space;
    }
    return Checked(iterator_->status(), "read", path_);
  }

  rocksdb::TableProperties properties() const { return *reader_.GetTableProperties(); }

 private:
  FileReader(const rocksdb::Options& options, std::string path) : path_(std::move(path)), reader_(options) {}

  Status ReadFirst(int64_t name_space, HashRange hashes, bool* found) {
    bound_.clear();
    PutPrefix(name_space, hashes.begin, bound_);
    iterator_->Seek(bound_);
    if (!iterator_->Valid()) return Ok();
    MR_ASSIGN(const RunEntry entry, Entry());
    *found = entry.name_space == name_space && hashes.Contains(entry.hash);
    return Ok();
  }

  Result<RunEntry> Entry() const {
    std::string_view key = iterator_->key().ToStringView();
    RunEntry entry{.value = iterator_->value().ToStringView()};
    uint32_t hash32 = 0;
    Status taken = TakeOrdered(key, &entry.name_space);
    if (taken.ok()) taken = TakeNumber(key, &hash32);
    if (!taken.ok())
      return Error(ExternalError("The state file " + path_ + " holds no entries of windows", Retry::kNo));
    entry.hash = static_cast<uint64_t>(__builtin_bswap32(hash32)) << 32;
    entry.key = key;
    return entry;
  }

  std::string path_;
  rocksdb::SstFileReader reader_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::string bound_;
};

// What the runs of a backend share, and keep when it is gone.
struct Shared {
  explicit Shared(FileSystem* disk) : files(disk), env(disk) {}

  FileSystem* files;
  RunFiles env;
  DiskBackendOptions options;
  rocksdb::Options table;
  rocksdb::Options writing;  // the same with `env`
  std::string prefix;        // of file names: no two backends have the same
  std::atomic<uint64_t> next_file{1};
  std::atomic<size_t> num_stores{0};
};

class FileRun final : public Run {
 public:
  explicit FileRun(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~FileRun() override {
    if (const Status removed = shared_->files->Remove(file.path); !removed.ok())
      Log(LogLevel::kWarn, "state", "{}", removed.error().ToString());
  }
  Result<std::unique_ptr<RunReader>> Open() const override {
    MR_ASSIGN(auto reader, FileReader::Open(shared_->table, file.path));
    return std::unique_ptr<RunReader>(std::move(reader));
  }

 private:
  std::shared_ptr<Shared> shared_;
};

class FileWriter final : public RunWriter {
 public:
  explicit FileWriter(std::shared_ptr<Shared> shared)
      : run_(std::make_shared<FileRun>(shared)),
        writer_(rocksdb::EnvOptions(), shared->writing, nullptr, /*invalidate_page_cache=*/false) {
    run_->file.name = fmt::format("{}-{}", shared->prefix, shared->next_file.fetch_add(1));
    run_->file.path = shared->options.directory + "/" + run_->file.name;
  }
  Status Open() { return Written(writer_.Open(run_->file.path)); }

  Status Add(const RunEntry& entry) override {
    if (run_->num_entries++ == 0) run_->first = entry.name_space;
    run_->last = entry.name_space;
    key_.clear();
    PutPrefix(entry.name_space, entry.hash >> 32, key_);
    key_ += entry.key;
    run_->num_bytes += key_.size() + entry.value.size();
    return Written(writer_.Put(key_, entry.value));
  }

  Result<RunPtr> Finish() override {
    MR_TRY(Written(writer_.Finish()));
    return RunPtr(std::move(run_));
  }

 private:
  Status Written(const rocksdb::Status& status) const {
    if (status.ok()) return Ok();
    return FileError(status, "write", run_->file.path)
        .WithHint("Free some space there, or SET 'state.backend.rocksdb.localdir' to another folder.");
  }

  std::shared_ptr<FileRun> run_;
  rocksdb::SstFileWriter writer_;
  std::string key_;
};

class DiskStore final : public Store {
 public:
  explicit DiskStore(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) { shared_->num_stores.fetch_add(1); }
  ~DiskStore() override { shared_->num_stores.fetch_sub(1); }

  size_t table_bytes() const override { return Share(shared_->options.table_ratio); }
  size_t merge_bytes() const override { return Share((1 - shared_->options.table_ratio) / 2); }

  Result<std::unique_ptr<RunWriter>> NewRun() override {
    auto writer = std::make_unique<FileWriter>(shared_);
    MR_TRY(writer->Open());
    return std::unique_ptr<RunWriter>(std::move(writer));
  }

  Result<RunPtr> Adopt(const KeyedSnapshot::NativeFile& file) override {
    auto run = std::make_shared<FileRun>(shared_);
    run->file = {file.name, shared_->options.directory + "/" + file.name};
    MR_TRY(shared_->files->LinkOrCopy(file.path, run->file.path));
    FailPoint("state.file.linked");
    MR_ASSIGN(const auto reader, FileReader::Open(shared_->table, run->file.path));
    const rocksdb::TableProperties properties = reader->properties();
    run->num_entries = properties.num_entries;
    run->num_bytes = properties.raw_key_size - kSequenceBytes * run->num_entries + properties.raw_value_size;
    MR_TRY(reader->Ends(&run->first, &run->last));
    return RunPtr(std::move(run));
  }

 private:
  size_t Share(double ratio) const {
    const double bytes = static_cast<double>(shared_->options.memory_bytes) * ratio;
    return static_cast<size_t>(bytes) / std::max<size_t>(1, shared_->num_stores.load(std::memory_order_relaxed));
  }

  std::shared_ptr<Shared> shared_;
};

class DiskBackend final : public Backend {
 public:
  explicit DiskBackend(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~DiskBackend() override {
    if (const Status removed = shared_->files->RemoveTree(shared_->options.directory); !removed.ok())
      Log(LogLevel::kWarn, "state", "{}", removed.error().ToString());
  }
  std::unique_ptr<Store> NewStore() override { return std::make_unique<DiskStore>(shared_); }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

HashRange HashRange::Of(KeyGroupRange groups) {
  static_assert(kDefaultKeyGroups == 128, "a key group is the upper 7 bits of a hash");
  return {static_cast<uint64_t>(groups.begin) << 25, static_cast<uint64_t>(groups.end) << 25};
}

Result<std::unique_ptr<Backend>> MakeDiskBackend(FileSystem& files, DiskBackendOptions options) {
  auto shared = std::make_shared<Shared>(&files);
  std::random_device random;
  shared->prefix = fmt::format("{:08x}{:08x}", random(), random());
  const auto prepare = [&]() -> Status {
    MR_TRY(files.RemoveTree(options.directory));
    MR_TRY(files.MakeDirectories(options.directory));
    FailPoint("state.folder.made");
    return Ok();
  };
  if (Status prepared = prepare(); !prepared.ok()) {
    return std::move(prepared)
        .error()
        .InContext("State cannot be kept on disk")
        .WithHint("SET 'state.backend.rocksdb.localdir' to a folder that this process may write to.");
  }
  const double cache_bytes = static_cast<double>(options.memory_bytes) * (1 - options.table_ratio) / 2;
  rocksdb::LRUCacheOptions cache;
  cache.capacity = static_cast<size_t>(cache_bytes);
  cache.high_pri_pool_ratio = options.index_ratio;
  shared->table = TableOptions(rocksdb::NewLRUCache(cache));
  shared->writing = shared->table;
  shared->writing.env = &shared->env;
  shared->options = std::move(options);
  return std::unique_ptr<Backend>(std::make_unique<DiskBackend>(std::move(shared)));
}

Result<std::unique_ptr<RunReader>> OpenRunFile(const std::string& path) {
  MR_ASSIGN(auto reader, FileReader::Open(TableOptions(nullptr), path));
  return std::unique_ptr<RunReader>(std::move(reader));
}

Status VerifyRunFile(const std::string& path) {
  rocksdb::SstFileReader reader(TableOptions(nullptr));
  MR_TRY(Checked(reader.Open(path), "open", path));
  rocksdb::ReadOptions read;
  read.readahead_size = 1 << 20;
  return Checked(reader.VerifyChecksum(read), "read", path);
}

}  // namespace millrace::state
