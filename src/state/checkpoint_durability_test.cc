// What of a checkpoint survives the machine: whose folders were synced, and what is made of files that are gone.
#include <stdlib.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "state/checkpoint_storage.h"

namespace millrace::state {
namespace {

// The real disk, noting which folders were synced.
class WatchedFiles final : public FileSystem {
 public:
  std::vector<std::string> synced;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override { return real_.Open(path, mode); }
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
  FileSystem& real_ = RealFileSystem();
};

class OneEntry final : public KeyedSnapshot {
 public:
  Status Write(KeyedWriter& writer) override { return writer.Add({.key_group = 3, .key = "k", .value = "v"}); }
};

class CheckpointDurability : public ::testing::Test {
 protected:
  CheckpointDurability() : root(::mkdtemp(std::string("/tmp/millrace-checkpoint-XXXXXX").data())) {}
  ~CheckpointDurability() override { EXPECT_TRUE(files.RemoveTree(root).ok()); }

  Result<CheckpointMetadata> Write(CheckpointStorage& storage, uint64_t id) {
    std::vector<SlotSnapshot> slots(1);
    slots[0].parts.push_back({.uid = "sum"});
    slots[0].parts[0].snapshot.keyed = std::make_unique<OneEntry>();
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
  // A folder that was there is not synced again.
  files.synced.clear();
  ASSERT_TRUE(CheckpointStorage::Open(files, root + "/state/jobs/a", 1, false).ok());
  EXPECT_TRUE(files.synced.empty());
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
}

}  // namespace
}  // namespace millrace::state
