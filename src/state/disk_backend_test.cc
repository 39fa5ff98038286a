#include "state/disk_backend.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "state/testing/scratch.h"

namespace millrace::state {
namespace {

using testing::Scratch;
using testing::SmallDisk;

struct Entry {
  int64_t name_space;
  uint64_t hash;
  std::string key;
  std::string value;
  bool operator==(const Entry&) const = default;
};

constexpr uint64_t Top(uint64_t upper_half) { return upper_half << 32; }

Result<RunPtr> WriteRun(Store& store, const std::vector<Entry>& entries) {
  MR_ASSIGN(const auto writer, store.NewRun());
  for (const Entry& entry : entries) {
    MR_TRY(writer->Add({.name_space = entry.name_space, .hash = entry.hash, .key = entry.key, .value = entry.value}));
  }
  return writer->Finish();
}

std::vector<Entry> Read(RunReader& reader, int64_t name_space, HashRange hashes) {
  std::vector<Entry> out;
  const Status status = reader.Read(name_space, hashes, [&](const RunEntry& entry) {
    out.push_back({entry.name_space, entry.hash, std::string(entry.key), std::string(entry.value)});
    return Ok();
  });
  EXPECT_TRUE(status.ok()) << status.error().ToString();
  return out;
}

class DiskBackend : public ::testing::Test {
 protected:
  void SetUp() override { Make(RealFileSystem()); }
  void Make(FileSystem& files) {
    store.reset();
    backend.reset();
    auto made = MakeDiskBackend(files, {.directory = scratch.path() + "/local/job", .memory_bytes = 1 << 20});
    ASSERT_TRUE(made.ok()) << made.error().ToString();
    backend = std::move(*made);
    store = backend->NewStore();
  }
  std::vector<std::string> Names() { return *RealFileSystem().List(scratch.path() + "/local/job"); }

  Scratch scratch;
  SmallDisk disk{100};
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Store> store;
  const std::vector<Entry> entries = {{-5, Top(1), "a", "1"}, {-5, Top(1), "b", "2"}, {-5, Top(7), "", "3"},
                                      {60, Top(0), "c", ""},  {60, Top(9), "d", "5"}, {60, Top(0xFFFFFFFF), "e", "6"},
                                      {120, Top(8), "x", "7"}};
};

TEST_F(DiskBackend, ReadsNameSpacesAndRangesOfHashes) {
  auto run = WriteRun(*store, entries);
  ASSERT_TRUE(run.ok()) << run.error().ToString();
  EXPECT_EQ((*run)->num_entries, 7U);
  EXPECT_EQ((*run)->first, -5);
  EXPECT_EQ((*run)->last, 120);
  auto reader = (*run)->Open();
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(Read(**reader, 60, {}), (std::vector<Entry>{entries[3], entries[4], entries[5]}));
  EXPECT_EQ(Read(**reader, -5, {1, 7}), (std::vector<Entry>{entries[0], entries[1]}));
  EXPECT_EQ(Read(**reader, -5, {7, 8}), (std::vector<Entry>{entries[2]}));
  EXPECT_EQ(Read(**reader, 0, {}), std::vector<Entry>());
  EXPECT_EQ(*(*reader)->NameSpaces({}), (std::vector<int64_t>{-5, 60, 120}));
  EXPECT_EQ(*(*reader)->NameSpaces({8, 10}), (std::vector<int64_t>{60, 120}));
  EXPECT_EQ(*(*reader)->NameSpaces({100, 200}), std::vector<int64_t>());
}

TEST_F(DiskBackend, KeyGroupsAreRangesOfHashes) {
  const HashRange range = HashRange::Of({3, 5});
  EXPECT_TRUE(range.Contains(3ULL << 57));
  EXPECT_TRUE(range.Contains((5ULL << 57) - 1));
  EXPECT_FALSE(range.Contains((3ULL << 57) - 1));
  EXPECT_FALSE(range.Contains(5ULL << 57));
  EXPECT_TRUE(HashRange::Of({0, 128}).Contains(UINT64_MAX));
}

TEST_F(DiskBackend, AFileGoesWithItsLastOwner) {
  auto run = WriteRun(*store, entries);
  ASSERT_TRUE(run.ok());
  RunPtr pinned = *run;
  run = RunPtr();
  EXPECT_EQ(Names(), std::vector<std::string>{pinned->file.name});
  pinned.reset();
  EXPECT_EQ(Names(), std::vector<std::string>());
  // A writer that is given up leaves nothing either.
  auto writer = store->NewRun();
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Add({.name_space = 1, .key = "k", .value = "v"}).ok());
  writer->reset();
  EXPECT_EQ(Names(), std::vector<std::string>());
}

TEST_F(DiskBackend, AdoptedFilesAreLinksAndStayAsTheyAre) {
  const auto first = WriteRun(*store, entries);
  ASSERT_TRUE(first.ok());
  const std::string kept = scratch.path() + "/kept";
  ASSERT_TRUE(RealFileSystem().LinkOrCopy((*first)->file.path, kept).ok());
  const std::string bytes = *ReadWholeFile(RealFileSystem(), kept);
  const std::string name = (*first)->file.name;
  Make(RealFileSystem());
  {
    const auto run = store->Adopt({name, kept});
    ASSERT_TRUE(run.ok()) << run.error().ToString();
    struct stat a{};
    struct stat b{};
    ASSERT_EQ(::stat(kept.c_str(), &a), 0);
    ASSERT_EQ(::stat((*run)->file.path.c_str(), &b), 0);
    EXPECT_EQ(a.st_ino, b.st_ino);
    EXPECT_EQ((*run)->file.name, name);
    EXPECT_EQ((*run)->num_entries, 7U);
    EXPECT_EQ((*run)->num_bytes, (*first)->num_bytes);
    EXPECT_EQ((*run)->first, -5);
    EXPECT_EQ((*run)->last, 120);
    EXPECT_EQ(Read(**(*run)->Open(), 120, {}), std::vector<Entry>{entries[6]});
  }
  EXPECT_EQ(*ReadWholeFile(RealFileSystem(), kept), bytes);
}

TEST_F(DiskBackend, TheFolderIsEmptiedAtTheStartAndRemovedAtTheEnd) {
  const std::string folder = scratch.path() + "/local/job";
  ASSERT_TRUE(RealFileSystem().MakeDirectories(folder + "/left/over").ok());
  const auto run = WriteRun(*store, entries);
  ASSERT_TRUE(run.ok());
  Make(RealFileSystem());
  EXPECT_EQ(Names(), std::vector<std::string>());
  store.reset();
  backend.reset();
  EXPECT_FALSE(RealFileSystem().Exists(folder));
}

TEST_F(DiskBackend, MemoryIsSharedByTheStores) {
  EXPECT_EQ(store->table_bytes(), 512U << 10);
  EXPECT_EQ(store->merge_bytes(), 256U << 10);
  const auto second = backend->NewStore();
  EXPECT_EQ(store->table_bytes(), 256U << 10);
}

TEST_F(DiskBackend, AFolderThatCannotBeMadeIsNamed) {
  ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), scratch.path() + "/file", "x").ok());
  const auto made = MakeDiskBackend(RealFileSystem(), {.directory = scratch.path() + "/file/below"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().domain, ErrorDomain::kExternal);
  EXPECT_NE(made.error().ToString().find(scratch.path() + "/file"), std::string::npos) << made.error().ToString();
  EXPECT_NE(made.error().hint.find("state.backend.rocksdb.localdir"), std::string::npos);
}

TEST_F(DiskBackend, AFullDiskIsAnErrorThatMayHeal) {
  Make(disk);
  const auto run = WriteRun(*store, entries);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().domain, ErrorDomain::kExternal);
  EXPECT_EQ(run.error().retry, Retry::kYes);
  EXPECT_NE(run.error().message.find("No space left on device"), std::string::npos) << run.error().ToString();
  EXPECT_EQ(Names(), std::vector<std::string>());
  disk.Free(1 << 20);
  EXPECT_TRUE(WriteRun(*store, entries).ok());
}

TEST_F(DiskBackend, DamageIsFound) {
  const auto run = WriteRun(*store, entries);
  ASSERT_TRUE(run.ok());
  const std::string good = *ReadWholeFile(RealFileSystem(), (*run)->file.path);
  ASSERT_TRUE(VerifyRunFile((*run)->file.path).ok());
  const std::string path = scratch.path() + "/damaged";
  size_t found = 0;
  for (size_t at = 0; at < good.size(); at += 3) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    ASSERT_TRUE(WriteFileAtomically(RealFileSystem(), path, bytes).ok());
    const Status verified = VerifyRunFile(path);
    found += verified.ok() ? 0 : 1;
    if (at < 60) {
      ASSERT_FALSE(verified.ok()) << "entries, byte " << at;
      EXPECT_NE(verified.error().message.find(path), std::string::npos);
    }
  }
  EXPECT_GT(found, good.size() / 3 * 9 / 10);  // all but a few bytes of the footer that nothing reads
}

}  // namespace
}  // namespace millrace::state
