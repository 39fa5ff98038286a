// What of a checkpoint survives the machine: whose folders were synced, and what is made of files that are gone.
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

#include "state/checkpoint_storage.h"
#include "state/disk_backend.h"

namespace millrace::state {
namespace {

// The real disk, noting which folders were synced. Syncs of files under `failing` fail.
class WatchedFiles final : public FileSystem {
 public:
  std::vector<std::string> synced;
  std::string failing = "nothing";

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    MR_ASSIGN(auto file, real_.Open(path, mode));
    if (path.find(failing) == std::string::npos) return file;
    return std::unique_ptr<File>(std::make_unique<Unsynced>(std::move(file)));
  }
  Status LinkOrCopy(const std::string& from, const std::string& to) override { return real_.LinkOrCopy(from, to); }
  Result<std::vector<std::string>> List(const std::string& directory) override { return real_.List(directory); }
  bool Exists(const std::string& path) override { return real_.Exists(path); }
  bool IsDirectory(const std::string& path) override { return real_.IsDirectory(path); }
  Status MakeDirectories(const std::string& path) override { return real_.MakeDirectories(path); }
  Status Rename(const std::string& from, const std::string& to) override { return real_.Rename(from, to); }
  Status Remove(const std::string& path) override { return real_.Remove(path); }
  Status RemoveTree(const std::string& path) override { return real_.RemoveTree(path); }
  Status SyncDirectory(const std::string& path) override {
    synced.push_back(path);
    return real_.SyncDirectory(path);
  }

 private:
  class Unsynced final : public File {
   public:
    explicit Unsynced(std::unique_ptr<File> file) : file_(std::move(file)) {}
    Result<size_t> ReadAt(uint64_t at, char* to, size_t size) override { return file_->ReadAt(at, to, size); }
    Status WriteAt(uint64_t at, std::string_view bytes) override { return file_->WriteAt(at, bytes); }
    Result<uint64_t> Size() override { return file_->Size(); }
    Status Truncate(uint64_t size) override { return file_->Truncate(size); }
    Status Sync() override { return ErrnoError("Cannot sync", EIO); }
    int descriptor() const override { return file_->descriptor(); }

   private:
    std::unique_ptr<File> file_;
  };

  FileSystem& real_ = RealFileSystem();
};

class OneEntry final : public KeyedSnapshot {
 public:
  explicit OneEntry(RunPtr run = nullptr) : run_(std::move(run)) {}
  Status Write(KeyedWriter& writer) override { return writer.Add({.key_group = 3, .key = "k", .value = "v"}); }
  std::vector<NativeFile> NativeFiles() const override {
    return run_ == nullptr ? std::vector<NativeFile>() : std::vector<NativeFile>{run_->file};
  }
  Status WriteBesideFiles(KeyedWriter&) override { return Ok(); }

 private:
  RunPtr run_;
};

ino_t Inode(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

class CheckpointDurability : public ::testing::Test {
 protected:
  CheckpointDurability() : root(::mkdtemp(std::string("/tmp/millrace-checkpoint-XXXXXX").data())) {}
  void TearDown() override { EXPECT_TRUE(files.RemoveTree(root).ok()); }

  Result<CheckpointMetadata> Write(CheckpointStorage& storage, uint64_t id, RunPtr run = nullptr) {
    std::vector<SlotSnapshot> slots(1);
    slots[0].parts.push_back({.uid = "sum"});
    slots[0].parts[0].snapshot.keyed = std::make_unique<OneEntry>(std::move(run));
    return storage.Write({.id = id, .job_name = "sales", .taken_by = "c0ffee", .time_millis = -7}, slots);
  }

  WatchedFiles files;
  std::string root;
};

TEST_F(CheckpointDurability, FoldersAroundTheFirstCheckpointAreSynced) {
  auto storage = CheckpointStorage::Open(files, root + "/state/jobs/a", 1, false);
  ASSERT_TRUE(storage.ok()) << storage.error().ToString();
  ASSERT_TRUE(Write(*storage, 1).ok());
  for (const char* folder : {"", "/state", "/state/jobs", "/state/jobs/a", "/state/jobs/a/chk-1"}) {
    EXPECT_TRUE(std::count(files.synced.begin(), files.synced.end(), root + folder) > 0) << folder;
  }
  // Of a folder that was there only its own entry is: who made it may have died before that.
  files.synced.clear();
  ASSERT_TRUE(CheckpointStorage::Open(files, root + "/state/jobs/a", 1, false).ok());
  EXPECT_EQ(files.synced, std::vector{root + "/state/jobs"});
}

TEST_F(CheckpointDurability, KnowsWhoTookIt) {
  auto storage = CheckpointStorage::Open(files, root + "/a", 1, false);
  ASSERT_TRUE(storage.ok());
  ASSERT_TRUE(Write(*storage, 4).ok());
  const auto loaded = storage->Load(4);
  ASSERT_TRUE(loaded.ok()) << loaded.error().ToString();
  EXPECT_EQ(loaded->taken_by, "c0ffee");
  EXPECT_EQ(loaded->time_millis, -7);
}

TEST_F(CheckpointDurability, LostDataFileIsDamage) {
  auto storage = CheckpointStorage::Open(files, root + "/a", 1, false);
  ASSERT_TRUE(storage.ok());
  ASSERT_TRUE(Write(*storage, 1).ok());
  ASSERT_TRUE(files.Remove(storage->FolderOf(1) + "/" + DataFileName(0)).ok());
  const auto loaded = storage->Load(1);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, "CHECKPOINT_DAMAGED");
  EXPECT_NE(loaded.error().message.find("slot-0.data is missing"), std::string::npos) << loaded.error().message;
  EXPECT_NE(loaded.error().hint.find("execution.state-recovery.path"), std::string::npos) << loaded.error().hint;
}

// The kernel takes pages for written once their sync has failed: that the next sync succeeds proves nothing.
TEST_F(CheckpointDurability, FileWhoseSyncFailedIsWrittenAnew) {
  auto backend = MakeDiskBackend(files, {.directory = root + "/local"});
  ASSERT_TRUE(backend.ok());
  const auto store = (*backend)->NewStore();
  auto writer = store->NewRun();
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Add({.name_space = 60, .hash = 1ULL << 57, .key = "k", .value = "run"}).ok());
  const RunPtr run = *(*writer)->Finish();

  auto storage = CheckpointStorage::Open(files, root + "/a", 1, true);
  ASSERT_TRUE(storage.ok());
  files.failing = "/shared/";
  EXPECT_FALSE(Write(*storage, 1, run).ok());
  files.failing = "nothing";
  ASSERT_TRUE(storage->Discard(1).ok());
  EXPECT_FALSE(files.Exists(storage->FolderOf(1)));
  const auto written = Write(*storage, 2, run);
  ASSERT_TRUE(written.ok()) << written.error().ToString();
  const std::string stored = storage->FolderOf(2) + "/" + written->parts[0].native_files[0].path;
  EXPECT_NE(Inode(stored), 0U);
  EXPECT_NE(Inode(stored), Inode(run->file.path));
  EXPECT_TRUE(storage->Load(2).ok());
}

}  // namespace
}  // namespace millrace::state
