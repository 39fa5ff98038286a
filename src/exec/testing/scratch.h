#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/file.h"

namespace millrace::exec::testing {

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

}  // namespace millrace::exec::testing
