#include "base/listen_error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(CannotListen, HintsFitTheReason) {
  EXPECT_EQ(CannotListen("h", 1, EADDRINUSE).hint, "Choose a free port or stop the process that uses it.");
  EXPECT_EQ(CannotListen("h", 1, EACCES).hint, "Choose a port from 1024 on: the lower ones need a privilege.");
  for (const int code : {0, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL}) {
    EXPECT_TRUE(CannotListen("h", 1, code).hint.starts_with("Name an address of this machine")) << code;
  }
  for (const int code : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) EXPECT_EQ(CannotListen("h", 1, code).hint, "") << code;
}

}  // namespace
}  // namespace millrace
