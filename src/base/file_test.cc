#include "base/file.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

struct DirectoryLockTest : ::testing::Test {
  DirectoryLockTest() { std::filesystem::remove_all(folder); }
  ~DirectoryLockTest() override { std::filesystem::remove_all(folder); }
  const std::string folder = fmt::format("{}/millrace-lock-{}", ::testing::TempDir(), ::getpid());
};

// From now on flock fails in this thread as on a file system without locks.
bool RefuseFlock() {
  sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{std::size(steps), steps};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(DirectoryLockTest, SecondOneNamesTheFirst) {
  const auto first = DirectoryLock::Acquire(folder, "a test");
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = DirectoryLock::Acquire(folder, "another one");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "DIRECTORY_IN_USE");
  EXPECT_EQ(second.error().message,
            fmt::format("The data folder {} is in use by a test (process {}).", folder, ::getpid()));
}

TEST_F(DirectoryLockTest, FileSystemWithoutLocksIsNotInUse) {
  bool refused = false;
  Error error;
  std::thread([&] {
    refused = RefuseFlock();
    auto lock = DirectoryLock::Acquire(folder, "a test");
    if (!lock.ok()) error = std::move(lock).error();
  }).join();
  ASSERT_TRUE(refused) << "no seccomp here";
  EXPECT_EQ(error.message, fmt::format("Cannot lock {}/.lock: No locks available", folder));
  EXPECT_NE(error.code, "DIRECTORY_IN_USE");
}

}  // namespace
}  // namespace millrace
