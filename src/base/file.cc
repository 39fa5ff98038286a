#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/strings.h"

namespace millrace {
namespace {

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }

  Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_, buffer + done, size - done, static_cast<off_t>(position + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError("Cannot read " + path_, errno);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Status WriteAt(uint64_t position, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError("Cannot write " + path_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
      position += static_cast<uint64_t>(n);
    }
    return Ok();
  }

  Status WritePartsAt(uint64_t position, std::string_view first, std::string_view second) override {
    iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                      {const_cast<char*>(second.data()), second.size()}};
    const ssize_t n = ::pwritev(fd_, parts, 2, static_cast<off_t>(position));
    if (n < 0 && errno != EINTR) return ErrnoError("Cannot write " + path_, errno);
    const size_t done = n < 0 ? 0 : static_cast<size_t>(n);
    if (done < first.size()) MR_TRY(WriteAt(position + done, first.substr(done)));
    const size_t done_of_second = done < first.size() ? 0 : done - first.size();
    if (done_of_second == second.size()) return Ok();
    return WriteAt(position + first.size() + done_of_second, second.substr(done_of_second));
  }

  Result<uint64_t> Size() override {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return ErrnoError("Cannot stat " + path_, errno);
    return static_cast<uint64_t>(info.st_size);
  }

  Status Truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return ErrnoError("Cannot truncate " + path_, errno);
    return Ok();
  }

  Status Sync() override {
    if (::fdatasync(fd_) != 0) return ErrnoError("Cannot sync " + path_, errno);
    return Ok();
  }

  int descriptor() const override { return fd_; }

 private:
  int fd_;
  std::string path_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    const int flags =
        O_CLOEXEC | (mode == OpenMode::kRead ? O_RDONLY : O_RDWR) | (mode == OpenMode::kCreate ? O_CREAT : 0);
    const int fd = ::open(path.c_str(), flags, 0644);
    if (fd < 0) return ErrnoError("Cannot open " + path, errno);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    DIR* dir = ::opendir(directory.c_str());
    if (dir == nullptr) return ErrnoError("Cannot list " + directory, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(dir);
    std::sort(names.begin(), names.end());
    return names;
  }

  bool Exists(const std::string& path) override {
    return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
  }

  bool IsDirectory(const std::string& path) override {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  Status MakeDirectories(const std::string& path) override {
    for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      const std::string prefix = path.substr(0, at);
      if (!prefix.empty() && ::mkdir(prefix.c_str(), 0755) != 0 && errno != EEXIST) {
        return ErrnoError("Cannot make folder " + prefix, errno);
      }
      if (at == std::string::npos) return Ok();
    }
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoError("Cannot rename " + from + " to " + to, errno);
    return Ok();
  }

  Status LinkOrCopy(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return Ok();
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
      return FileSystem::LinkOrCopy(from, to);
    return ErrnoError("Cannot link " + from + " to " + to, errno);
  }

  Status Remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return ErrnoError("Cannot remove " + path, errno);
    return Ok();
  }

  Status RemoveTree(const std::string& path) override {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0)
      return errno == ENOENT ? Ok() : Status(ErrnoError("Cannot stat " + path, errno));
    if (S_ISDIR(info.st_mode)) {
      MR_ASSIGN(const auto names, List(path));
      for (const std::string& name : names) MR_TRY(RemoveTree(path + "/" + name));
    }
    return Remove(path);
  }

  Status SyncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ErrnoError("Cannot open folder " + path, errno);
    const int failed = ::fsync(fd) != 0 ? errno : 0;
    ::close(fd);
    return failed == 0 ? Ok() : Status(ErrnoError("Cannot sync folder " + path, failed));
  }
};

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Status File::WritePartsAt(uint64_t position, std::string_view first, std::string_view second) {
  MR_TRY(WriteAt(position, first));
  return WriteAt(position + first.size(), second);
}

Status FileSystem::LinkOrCopy(const std::string& from, const std::string& to) {
  MR_ASSIGN(const auto source, Open(from, OpenMode::kRead));
  MR_ASSIGN(const auto target, Open(to, OpenMode::kCreate));
  MR_TRY(target->Truncate(0));
  std::string piece(1 << 20, '\0');
  for (uint64_t at = 0;;) {
    MR_ASSIGN(const size_t got, source->ReadAt(at, piece.data(), piece.size()));
    if (got == 0) return Ok();
    MR_TRY(target->WriteAt(at, std::string_view(piece).substr(0, got)));
    at += got;
  }
}

FileSystem& RealFileSystem() {
  static PosixFileSystem files;
  return files;
}

Result<std::string> ReadWholeFile(FileSystem& files, const std::string& path) {
  MR_ASSIGN(const auto file, files.Open(path, OpenMode::kRead));
  MR_ASSIGN(const uint64_t size, file->Size());
  std::string out(size, '\0');
  MR_ASSIGN(const size_t read, file->ReadAt(0, out.data(), size));
  out.resize(read);
  return out;
}

Status WriteFileAtomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temp = path + ".tmp";
  {
    MR_ASSIGN(const auto file, files.Open(temp, OpenMode::kCreate));
    MR_TRY(file->Truncate(0));
    MR_TRY(file->WriteAt(0, bytes));
    MR_TRY(file->Sync());
  }
  MR_TRY(files.Rename(temp, path));
  return files.SyncDirectory(ParentOf(path));
}

Status MakeDurableDirectories(FileSystem& files, const std::string& path) {
  if (path.empty()) return Ok();
  const size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (files.Exists(path)) {
    // Whoever made it may have died before this. Not every parent may be opened.
    (void)files.SyncDirectory(parent).ok();
    return Ok();
  }
  MR_TRY(MakeDurableDirectories(files, parent));
  MR_TRY(files.MakeDirectories(path));
  FailPoint("directory.made");
  MR_TRY(files.SyncDirectory(parent));
  FailPoint("directory.synced");
  return Ok();
}

Result<DirectoryLock> DirectoryLock::Acquire(const std::string& directory, std::string_view owner) {
  MR_TRY(MakeDurableDirectories(RealFileSystem(), directory));
  const std::string path = directory + "/.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoError("Cannot open " + path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int failed = errno;
    if (failed != EWOULDBLOCK) {
      ::close(fd);
      return ErrnoError("Cannot lock " + path, failed);
    }
    char holder[128] = {};
    const ssize_t n = ::pread(fd, holder, sizeof holder - 1, 0);
    ::close(fd);
    return UserError(fmt::format("The data folder {} is in use by {}.", directory,
                                 n > 0 ? Trim(std::string_view(holder, static_cast<size_t>(n))) : "another process"))
        .WithHint("Stop that process or choose another folder.")
        .WithCode("DIRECTORY_IN_USE");
  }
  const std::string text = fmt::format("{} (process {})\n", owner, ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0) {
    const int failed = errno;
    ::close(fd);
    return ErrnoError("Cannot write " + path, failed);
  }
  return DirectoryLock(fd);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace millrace
