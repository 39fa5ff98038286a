// What checkpoints share and what they do not.
#include "state/checkpoint_storage.h"

#include <sys/stat.h>

#include <set>

#include <gtest/gtest.h>

#include "data/hash.h"
#include "state/bytes.h"
#include "state/disk_backend.h"
#include "state/testing/scratch.h"

namespace millrace::state {
namespace {

using testing::Scratch;

// An operator's state: some runs, and one entry in memory; name space 60.
class RunsSnapshot final : public KeyedSnapshot {
 public:
  RunsSnapshot(std::vector<RunPtr> runs, std::string in_memory)
      : runs_(std::move(runs)), in_memory_(std::move(in_memory)) {}
  Status Write(KeyedWriter& writer) override { return writer.Add({.key_group = 0, .key = "all", .value = "in full"}); }
  std::vector<NativeFile> NativeFiles() const override {
    std::vector<NativeFile> out;
    for (const RunPtr& run : runs_) out.push_back(run->file);
    return out;
  }
  int64_t DeadUpTo() const override { return 59; }
  Status WriteBesideFiles(KeyedWriter& writer) override {
    return writer.Add({.key_group = 5, .key = "memory", .value = in_memory_});
  }

 private:
  std::vector<RunPtr> runs_;
  std::string in_memory_;
};

class CheckpointStorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MakeDiskBackend(RealFileSystem(), {.directory = scratch.path() + "/local"});
    ASSERT_TRUE(made.ok());
    backend = std::move(*made);
    store = backend->NewStore();
  }

  RunPtr MakeRun(const std::string& key) {
    auto writer = store->NewRun();
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->Add({.name_space = 59, .hash = 1ULL << 57, .key = key, .value = "dropped"}).ok());
    EXPECT_TRUE((*writer)->Add({.name_space = 60, .hash = 1ULL << 57, .key = key, .value = "run"}).ok());
    EXPECT_TRUE((*writer)->Add({.name_space = 60, .hash = 9ULL << 57, .key = key, .value = "run"}).ok());
    return *(*writer)->Finish();
  }

  CheckpointStorage Open(bool incremental = true) {
    auto storage = CheckpointStorage::Open(RealFileSystem(), folder, 1, incremental);
    CHECK(storage.ok());
    return std::move(*storage);
  }

  static std::vector<SlotSnapshot> Snapshot(std::vector<RunPtr> runs, std::string in_memory) {
    std::vector<SlotSnapshot> slots(1);
    slots[0].parts.push_back({.uid = "op"});
    slots[0].parts[0].snapshot.values = "v";
    slots[0].parts[0].snapshot.keyed = std::make_unique<RunsSnapshot>(std::move(runs), std::move(in_memory));
    return slots;
  }

  static CheckpointMetadata Write(CheckpointStorage& storage, uint64_t id, std::vector<RunPtr> runs) {
    auto slots = Snapshot(std::move(runs), "checkpoint " + std::to_string(id));
    const auto written = storage.Write({.id = id, .key_groups = kDefaultKeyGroups}, slots);
    CHECK(written.ok());
    CHECK(storage.RemoveOld(id).ok());
    return *written;
  }

  std::set<std::string> Shared() const {
    const auto names = RealFileSystem().List(folder + "/shared");
    return {names->begin(), names->end()};
  }

  // Key and value of what a part gives back, in its order.
  static std::vector<std::string> Entries(const OperatorPart::ReadEntries& read, KeyGroupRange range) {
    std::vector<std::string> out;
    const Status status = read(range, [&](const KeyedEntry& entry) {
      out.push_back(std::to_string(entry.key_group) + " " + std::string(entry.key) + "=" + std::string(entry.value));
      return Ok();
    });
    EXPECT_TRUE(status.ok()) << status.error().ToString();
    return out;
  }

  Scratch scratch;
  const std::string folder = scratch.path() + "/job";
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Store> store;
};

std::string RunKey(const std::string& key) {
  std::string out;
  PutOrdered(60, out);
  return out + key;
}

TEST_F(CheckpointStorageTest, TheSecondCheckpointStoresNewFilesOnly) {
  CheckpointStorage storage = Open();
  const RunPtr a = MakeRun("a");
  Write(storage, 1, {a});
  const auto first = Shared();
  ASSERT_EQ(first.size(), 1U);
  const std::string path = folder + "/shared/" + *first.begin();
  struct stat before{};
  struct stat of_run{};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  ASSERT_EQ(::stat(a->file.path.c_str(), &of_run), 0);
  EXPECT_EQ(before.st_ino, of_run.st_ino);  // a link, no copy

  const RunPtr b = MakeRun("b");
  const CheckpointMetadata second = Write(storage, 2, {a, b});
  EXPECT_FALSE(second.parts[0].native_files[0].added);
  EXPECT_TRUE(second.parts[0].native_files[1].added);
  EXPECT_EQ(Shared().size(), 2U);
  struct stat after{};
  ASSERT_EQ(::stat(path.c_str(), &after), 0);
  EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);  // nobody linked it anew
  EXPECT_EQ(after.st_nlink, 2U);
}

TEST_F(CheckpointStorageTest, ARepeatedWriteHasAddedTheSameFiles) {
  CheckpointStorage storage = Open();
  auto slots = Snapshot({MakeRun("a")}, "x");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto written = storage.Write({.id = 1, .key_groups = kDefaultKeyGroups}, slots);
    ASSERT_TRUE(written.ok()) << written.error().ToString();
    EXPECT_TRUE(written->parts[0].native_files[0].added) << attempt;
  }
}

TEST_F(CheckpointStorageTest, AFileStaysAsLongAsACheckpointNeedsIt) {
  CheckpointStorage storage = Open();
  RunPtr a = MakeRun("a");
  RunPtr b = MakeRun("b");
  Write(storage, 1, {a});
  Write(storage, 2, {a, b});
  a.reset();  // the operator needs it no more
  EXPECT_EQ(Shared().size(), 2U);
  Write(storage, 3, {b});
  EXPECT_EQ(Shared().size(), 1U);
  const auto loaded = storage.Load(3);
  ASSERT_TRUE(loaded.ok()) << loaded.error().ToString();
  Write(storage, 4, {});
  EXPECT_EQ(Shared().size(), 0U);
}

TEST_F(CheckpointStorageTest, AFileIsKnownAgainAfterARestart) {
  const RunPtr a = MakeRun("a");
  {
    CheckpointStorage storage = Open();
    Write(storage, 1, {a});
  }
  const auto names = Shared();
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), folder + "/shared/left-over", "x").ok());
  CheckpointStorage storage = Open();
  EXPECT_EQ(Shared().size(), 2U);  // a start that is refused removes nothing
  ASSERT_TRUE(storage.RemoveUnusedNativeFiles().ok());
  EXPECT_EQ(Shared(), names);
  // The store that took the file over links it under its own name; that is no new file.
  const auto adopted = [&] {
    auto made = MakeDiskBackend(RealFileSystem(), {.directory = scratch.path() + "/again"});
    backend = std::move(*made);
    store = backend->NewStore();
    return store->Adopt({a->file.name, folder + "/shared/" + *names.begin()});
  }();
  ASSERT_TRUE(adopted.ok()) << adopted.error().ToString();
  EXPECT_FALSE(Write(storage, 2, {*adopted}).parts[0].native_files[0].added);
  EXPECT_EQ(Shared(), names);
}

TEST_F(CheckpointStorageTest, APartGivesItsEntriesInBothForms) {
  CheckpointStorage storage = Open();
  Write(storage, 1, {MakeRun("a"), MakeRun("b")});
  const auto metadata = storage.Load(1);
  ASSERT_TRUE(metadata.ok()) << metadata.error().ToString();
  const OperatorState state = StateOf(RealFileSystem(), storage.FolderOf(1), *metadata, "op", {0, 128});
  ASSERT_EQ(state.parts.size(), 1U);
  const OperatorPart& part = state.parts[0];
  EXPECT_EQ(part.range.begin, 0U);
  EXPECT_EQ(part.range.end, 128U);
  EXPECT_EQ(part.native_files.size(), 2U);
  EXPECT_EQ(part.dead_up_to, 59);
  EXPECT_EQ(Entries(part.read_beside_files, {0, 128}), std::vector<std::string>{"5 memory=checkpoint 1"});
  EXPECT_EQ(
      Entries(part.read_keyed, {0, 128}),
      (std::vector<std::string>{"1 " + RunKey("a") + "=run", "9 " + RunKey("a") + "=run", "1 " + RunKey("b") + "=run",
                                "9 " + RunKey("b") + "=run", "5 memory=checkpoint 1"}));
  EXPECT_EQ(Entries(part.read_keyed, {8, 128}),
            (std::vector<std::string>{"9 " + RunKey("a") + "=run", "9 " + RunKey("b") + "=run"}));
}

TEST_F(CheckpointStorageTest, SavepointsAndFullCheckpointsStandAlone) {
  CheckpointStorage storage = Open(false);
  Write(storage, 1, {MakeRun("a")});
  EXPECT_EQ(Shared().size(), 0U);
  const std::string savepoint = scratch.path() + "/savepoint";
  auto slots = Snapshot({MakeRun("a")}, "x");
  ASSERT_TRUE(CheckpointStorage::WriteSavepoint(RealFileSystem(), savepoint, {.id = 2}, slots).ok());
  for (const std::string& of : {storage.FolderOf(1), savepoint}) {
    const auto metadata = ReadMetadata(RealFileSystem(), of);
    ASSERT_TRUE(metadata.ok());
    const OperatorState state = StateOf(RealFileSystem(), of, *metadata, "op", {0, 128});
    EXPECT_TRUE(state.parts[0].native_files.empty());
    EXPECT_EQ(Entries(state.parts[0].read_keyed, {0, 128}), std::vector<std::string>{"0 all=in full"});
  }
}

TEST_F(CheckpointStorageTest, ADamagedNativeFileIsNamed) {
  CheckpointStorage storage = Open();
  Write(storage, 1, {MakeRun("a")});
  ASSERT_TRUE(storage.Load(1).ok());
  const std::string path = folder + "/shared/" + *Shared().begin();
  const std::string good = *ReadWholeFile(RealFileSystem(), path);
  std::string flipped = good;
  flipped[10] = static_cast<char>(flipped[10] ^ 1);
  for (const std::string& bytes : {flipped, good.substr(0, good.size() - 1), std::string()}) {
    ASSERT_TRUE(RealFileSystem().Remove(path).ok());
    if (!bytes.empty()) {
      ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path, bytes).ok());
    }
    const auto loaded = storage.Load(1);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, "CHECKPOINT_DAMAGED");
    EXPECT_NE(loaded.error().message.find(Shared().empty() ? "is missing" : *Shared().begin()), std::string::npos)
        << loaded.error().ToString();
  }
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path, good).ok());
  EXPECT_TRUE(storage.Load(1).ok());
}

// Written by a newer program: it is no damage, so nobody goes back to the one before, and nothing of it is removed.
TEST_F(CheckpointStorageTest, ALaterFormatIsRefusedAndKept) {
  {
    CheckpointStorage storage = Open();
    Write(storage, 1, {MakeRun("a")});
  }
  const std::string path = folder + "/chk-1/" + kMetadataName;
  std::string bytes = *ReadWholeFile(RealFileSystem(), path);
  ASSERT_EQ(bytes[4], static_cast<char>(kCheckpointVersion));
  ++bytes[4];
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path, bytes).ok());
  CheckpointStorage storage = Open();
  const auto loaded = storage.Load(1);
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().code, "CHECKPOINT_DAMAGED");
  EXPECT_EQ(loaded.error().retry, Retry::kNo);
  EXPECT_EQ(loaded.error().ToString(), folder +
                                           "/chk-1: The checkpoint has format 3, this version of Millrace reads up "
                                           "to 2. A newer version has written it: start that one.");
  ASSERT_TRUE(storage.RemoveUnusedNativeFiles().ok());
  EXPECT_EQ(Shared().size(), 1u);
}

}  // namespace
}  // namespace millrace::state
