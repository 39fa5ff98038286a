#pragma once

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/file.h"

namespace millrace::state::testing {

// A folder of a test, removed at its end; in memory where the system can.
class Scratch {
 public:
  Scratch() : path_(std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/millrace-test-XXXXXX") {
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~Scratch() { (void)RealFileSystem().RemoveTree(path_).ok(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The real disk, until it has taken so many bytes: then it is full.
class SmallDisk final : public FileSystem {
 public:
  explicit SmallDisk(int64_t bytes) : left_(bytes) {}
  void Free(int64_t bytes) { left_.fetch_add(bytes); }

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    MR_ASSIGN(auto file, real_.Open(path, mode));
    return std::unique_ptr<File>(std::make_unique<Counted>(std::move(file), path, &left_));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override { return real_.List(directory); }
  bool Exists(const std::string& path) override { return real_.Exists(path); }
  bool IsDirectory(const std::string& path) override { return real_.IsDirectory(path); }
  Status MakeDirectories(const std::string& path) override { return real_.MakeDirectories(path); }
  Status Rename(const std::string& from, const std::string& to) override { return real_.Rename(from, to); }
  Status LinkOrCopy(const std::string& from, const std::string& to) override { return real_.LinkOrCopy(from, to); }
  Status Remove(const std::string& path) override { return real_.Remove(path); }
  Status RemoveTree(const std::string& path) override { return real_.RemoveTree(path); }
  Status SyncDirectory(const std::string& path) override { return real_.SyncDirectory(path); }

 private:
  class Counted final : public File {
   public:
    Counted(std::unique_ptr<File> file, std::string path, std::atomic<int64_t>* left)
        : file_(std::move(file)), path_(std::move(path)), left_(left) {}
    Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) override {
      return file_->ReadAt(position, buffer, size);
    }
    Status WriteAt(uint64_t position, std::string_view bytes) override {
      if (left_->fetch_sub(static_cast<int64_t>(bytes.size())) < static_cast<int64_t>(bytes.size()))
        return ErrnoError("Cannot write " + path_, ENOSPC);
      return file_->WriteAt(position, bytes);
    }
    Result<uint64_t> Size() override { return file_->Size(); }
    Status Truncate(uint64_t size) override { return file_->Truncate(size); }
    Status Sync() override { return file_->Sync(); }
    int descriptor() const override { return file_->descriptor(); }

   private:
    std::unique_ptr<File> file_;
    std::string path_;
    std::atomic<int64_t>* left_;
  };

  FileSystem& real_ = RealFileSystem();
  std::atomic<int64_t> left_;
};

}  // namespace millrace::state::testing
