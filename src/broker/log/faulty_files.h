#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"

namespace millrace::broker {

// The real disk with faults, for tests: room for so many more bytes, and syncs that fail. Syncs that do not fail are
// only counted: no test can pull the plug.
class FaultyFiles final : public FileSystem {
 public:
  static constexpr int64_t kUnlimited = INT64_MAX;
  std::atomic<int64_t> room = kUnlimited;  // bytes that can still be written
  std::atomic<bool> fail_sync = false;
  std::atomic<bool> fail_truncate = false;
  std::atomic<int> num_syncs = 0;
  std::atomic<int> num_writes = 0;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    if (mode == OpenMode::kCreate && room <= 0 && !real_.Exists(path)) return ErrnoError("Cannot open " + path, ENOSPC);
    MR_ASSIGN(auto file, real_.Open(path, mode));
    return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, std::move(file)));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override { return real_.List(directory); }
  bool Exists(const std::string& path) override { return real_.Exists(path); }
  bool IsDirectory(const std::string& path) override { return real_.IsDirectory(path); }
  Status MakeDirectories(const std::string& path) override { return real_.MakeDirectories(path); }
  Status Rename(const std::string& from, const std::string& to) override { return real_.Rename(from, to); }
  Status Remove(const std::string& path) override { return real_.Remove(path); }
  Status RemoveTree(const std::string& path) override { return real_.RemoveTree(path); }
  Status SyncDirectory(const std::string&) override {
    return fail_sync ? Status(ErrnoError("Cannot sync", EIO)) : Ok();
  }

 private:
  class FaultyFile final : public File {
   public:
    FaultyFile(FaultyFiles& owner, std::unique_ptr<File> real) : owner_(owner), real_(std::move(real)) {}
    Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) override {
      return real_->ReadAt(position, buffer, size);
    }
    // A full disk takes what fits.
    Status WriteAt(uint64_t position, std::string_view bytes) override {
      ++owner_.num_writes;
      if (owner_.room == kUnlimited) return real_->WriteAt(position, bytes);
      const auto fits = static_cast<size_t>(std::max<int64_t>(owner_.room, 0));
      const std::string_view taken = bytes.substr(0, fits);
      MR_TRY(real_->WriteAt(position, taken));
      owner_.room -= static_cast<int64_t>(taken.size());
      return taken.size() == bytes.size() ? Ok() : Status(ErrnoError("Cannot write", ENOSPC));
    }
    Result<uint64_t> Size() override { return real_->Size(); }
    Status Truncate(uint64_t size) override {
      if (owner_.fail_truncate) return ErrnoError("Cannot truncate", EIO);
      return real_->Truncate(size);
    }
    Status Sync() override {
      ++owner_.num_syncs;
      return owner_.fail_sync ? Status(ErrnoError("Cannot sync", EIO)) : Ok();
    }
    int descriptor() const override { return real_->descriptor(); }

   private:
    FaultyFiles& owner_;
    std::unique_ptr<File> real_;
  };

  FileSystem& real_ = RealFileSystem();
};

}  // namespace millrace::broker
