#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "codec/varint.h"

// The bytes of snapshots: varints, and texts with their length before them.
namespace millrace::state {

class ByteWriter {
 public:
  void Unsigned(uint64_t value) { codec::AppendVarint64(&bytes_, value); }
  void Signed(int64_t value) { codec::AppendSignedVarint64(&bytes_, value); }
  void Text(std::string_view text) {
    Unsigned(text.size());
    bytes_ += text;
  }
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. After anything malformed ok() is false and every value 0 or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  uint64_t Unsigned() {
    uint64_t value = 0;
    const char* next = ok_ ? codec::ReadVarint64(at_, end_, &value) : nullptr;
    if (next == nullptr) return Fail();
    at_ = next;
    return value;
  }
  int64_t Signed() { return codec::UnZigZag64(Unsigned()); }
  std::string_view Text() {
    const uint64_t size = Unsigned();
    if (size > static_cast<uint64_t>(end_ - at_)) {
      Fail();
      return {};
    }
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }
  // A number of items that follow; one that the bytes cannot hold is malformed.
  size_t Count() {
    const uint64_t count = Unsigned();
    return count <= static_cast<uint64_t>(end_ - at_) ? count : Fail();
  }
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && at_ == end_; }

 private:
  uint64_t Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace millrace::state
