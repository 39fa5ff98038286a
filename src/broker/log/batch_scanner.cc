#include "broker/log/batch_scanner.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/crc32c.h"

namespace millrace::broker {

using kafka::kBatchHeaderSize;

BatchScanner::BatchScanner(File& file, uint64_t from, uint64_t end, int64_t min_offset, size_t window)
    : file_(file),
      end_(end),
      window_size_(std::max(window, kBatchHeaderSize)),
      position_(from),
      next_position_(from),
      min_offset_(min_offset) {}

Result<std::string_view> BatchScanner::Window(uint64_t position, size_t size) {
  size = static_cast<size_t>(std::min<uint64_t>(size, end_ - position));
  const bool inside = position >= window_start_ && position + size <= window_start_ + window_fill_;
  if (!inside) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(std::max(size, window_size_), end_ - position));
    if (window_.size() < wanted) window_.resize(wanted);
    window_fill_ = 0;
    MR_ASSIGN(window_fill_, file_.ReadAt(position, window_.data(), wanted));
    window_start_ = position;
    if (window_fill_ < size) return ExternalError(fmt::format("a segment file ends before its position {}", end_));
  }
  return std::string_view(window_.data() + (position - window_start_), window_fill_ - (position - window_start_));
}

ScanStep BatchScanner::Damaged(std::string why) {
  damage_ = std::move(why);
  next_position_ = position_;
  return ScanStep::kDamaged;
}

Result<ScanStep> BatchScanner::Next() {
  if (!damage_.empty()) return ScanStep::kDamaged;
  position_ = next_position_;
  if (position_ >= end_) return ScanStep::kEnd;
  const uint64_t left = end_ - position_;
  if (left < kBatchHeaderSize) return Damaged(fmt::format("{} bytes are too few for a batch header", left));
  MR_ASSIGN(const std::string_view bytes, Window(position_, kBatchHeaderSize));
  header_ = kafka::DecodeBatchHeader(bytes.data());
  if (header_.magic != kafka::kBatchMagic)
    return Damaged(fmt::format("the magic is {}", static_cast<int>(header_.magic)));
  if (header_.length < static_cast<int32_t>(kBatchHeaderSize - kafka::kBatchPrefixSize) || header_.size() > left) {
    return Damaged(fmt::format("the batch claims {} bytes, {} are left", header_.length, left));
  }
  if (header_.base_offset < min_offset_ || header_.last_offset_delta < 0 || header_.record_count < 0 ||
      header_.base_offset >= INT64_MAX - header_.last_offset_delta) {
    return Damaged(fmt::format("offset {} with {} records (last offset delta {}) cannot follow offset {}",
                               header_.base_offset, header_.record_count, header_.last_offset_delta, min_offset_ - 1));
  }
  min_offset_ = header_.next_offset();
  next_position_ = position_ + header_.size();
  return ScanStep::kBatch;
}

Result<bool> BatchScanner::HasValidCrc() {
  uint64_t at = position_ + kafka::kBatchCrcFrom;
  uint32_t crc = 0;
  while (at < next_position_) {
    MR_ASSIGN(std::string_view bytes, Window(at, 1));
    bytes = bytes.substr(0, next_position_ - at);
    crc = codec::ExtendCrc32c(crc, bytes);
    at += bytes.size();
  }
  return crc == header_.crc;
}

Result<std::string_view> BatchScanner::Bytes() {
  MR_ASSIGN(const std::string_view bytes, Window(position_, header_.size()));
  return bytes.substr(0, header_.size());
}

}  // namespace millrace::broker
