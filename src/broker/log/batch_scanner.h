#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

enum class ScanStep { kBatch, kEnd, kDamaged };

// Walks the batches of a segment file. Reads through a window, so headers of small batches cost no call each, and
// believes no length before it is known to fit into the file. One thread.
class BatchScanner {
 public:
  // Batches that begin in [from, end); `from` is the start of a batch. Offsets below `min_offset` are damage.
  BatchScanner(File& file, uint64_t from, uint64_t end, int64_t min_offset, size_t window = 8192);

  // kBatch: header() and position() tell of the next one. kDamaged: what stands at position() is no batch; damage()
  // says why. Errors are failed reads.
  Result<ScanStep> Next();
  const kafka::BatchHeader& header() const { return header_; }
  uint64_t position() const { return position_; }
  uint64_t next_position() const { return next_position_; }
  const std::string& damage() const { return damage_; }

  // Of the current batch.
  Result<bool> HasValidCrc();
  // All its bytes; valid until the next call.
  Result<std::string_view> Bytes();

 private:
  // At least min(size, bytes up to end_) bytes at `position`, in the window.
  Result<std::string_view> Window(uint64_t position, size_t size);
  ScanStep Damaged(std::string why);

  File& file_;
  const uint64_t end_;
  const size_t window_size_;
  std::vector<char> window_;
  uint64_t window_start_ = 0;
  size_t window_fill_ = 0;

  uint64_t position_;
  uint64_t next_position_;
  int64_t min_offset_;
  kafka::BatchHeader header_;
  std::string damage_;
};

}  // namespace millrace::broker
