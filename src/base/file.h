#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// An open file; positions in bytes. Reads and writes at explicit positions may come from several threads.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) = 0;
  // Writes all bytes or fails.
  virtual Status WriteAt(uint64_t position, std::string_view bytes) = 0;
  // Writes two pieces one behind the other, in one system call where the system can.
  virtual Status WritePartsAt(uint64_t position, std::string_view first, std::string_view second);
  virtual Result<uint64_t> Size() = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Status Sync() = 0;           // fdatasync: data durable on return
  virtual int descriptor() const = 0;  // for sendfile
};

enum class OpenMode { kRead, kReadWrite, kCreate };  // kCreate: read-write, created when absent

// The disk, injected so that tests can fail any step of it. All calls from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;  // names, sorted
  virtual bool Exists(const std::string& path) = 0;  // true also when the disk does not say: opening it will
  virtual bool IsDirectory(const std::string& path) = 0;
  virtual Status MakeDirectories(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A second name for a file that nobody changes any more; a copy where the file system cannot link.
  virtual Status LinkOrCopy(const std::string& from, const std::string& to);
  virtual Status Remove(const std::string& path) = 0;  // file or empty directory; absent is fine
  virtual Status RemoveTree(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
};

FileSystem& RealFileSystem();

Result<std::string> ReadWholeFile(FileSystem& files, const std::string& path);
// Durable replacement: temp file, fsync, rename, fsync of the folder. Readers see the old or the new text, never a
// part.
Status WriteFileAtomically(FileSystem& files, const std::string& path, std::string_view bytes);

// Makes a folder and those around it that are missing. Their entries are synced: no power failure takes them.
Status MakeDurableDirectories(FileSystem& files, const std::string& path);

// Keeps a folder to one process: an flock on "<directory>/.lock", released by the destructor or by any death.
class DirectoryLock {
 public:
  // `owner` is written into the file for the error message of the next one who tries.
  static Result<DirectoryLock> Acquire(const std::string& directory, std::string_view owner);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace millrace
