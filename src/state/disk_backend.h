#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "state/backend.h"

namespace millrace::state {

struct DiskBackendOptions {
  std::string directory;               // scratch: emptied at the start, removed at the end
  int64_t memory_bytes = 256LL << 20;  // of all slots
  double table_ratio = 0.5;            // the part of it for tables; the rest is for reading
  double index_ratio = 0.1;            // the part of the read cache that indexes of runs keep
};

// `rocksdb`: runs are table files of RocksDB, compressed and with checksums. External error when the folder cannot be
// made.
Result<std::unique_ptr<Backend>> MakeDiskBackend(FileSystem& files, DiskBackendOptions options);

// Reads a run's file where it lies, without a backend. Errors name the file.
Result<std::unique_ptr<RunReader>> OpenRunFile(const std::string& path);
// Reads all of it and checks every checksum.
Status VerifyRunFile(const std::string& path);

}  // namespace millrace::state
