#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The primitive types of Kafka's wire protocol: big-endian integers, int16-prefixed or compact strings, arrays, uuids
// and tagged sections. The generated messages are read and written through these two classes only.
namespace millrace::kafka {

struct Uuid {
  std::array<uint8_t, 16> bytes{};
  bool IsZero() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;
};
std::string UuidToString(const Uuid& uuid);  // as Kafka prints it: 22 characters of URL-safe base64
std::optional<Uuid> UuidFromString(std::string_view text);

// The record batches inside a Produce request or a Fetch response: never copied by a codec.
struct Records {
  std::string_view bytes;
  std::shared_ptr<const void> owner;  // keeps `bytes` alive; null: they live in the frame the message was decoded from
  bool operator==(const Records& other) const { return bytes == other.bytes; }
};

// Reads one message out of a frame. After the first failure every read gives a zero value and consumes nothing, so that
// decoders need to look at ok() only once. Never reads outside the input. One thread.
class Reader {
 public:
  explicit Reader(std::string_view input) : start_(input.data()), p_(input.data()), end_(input.data() + input.size()) {}

  bool ok() const { return failure_ == nullptr; }
  size_t remaining() const { return static_cast<size_t>(end_ - p_); }
  // "byte <offset>: <reason>", user domain.
  Error error() const;
  void Fail(const char* reason);

  bool Bool() { return Int8() != 0; }
  int8_t Int8();
  int16_t Int16();
  uint16_t UInt16() { return static_cast<uint16_t>(Int16()); }
  int32_t Int32();
  int64_t Int64();
  uint32_t UVarint();
  Uuid ReadUuid();

  // `compact`: the length is an unsigned varint of length + 1 (flexible versions), else int16 (strings) or int32.
  std::string String(bool compact);  // a null fails
  std::optional<std::string> NullableString(bool compact);
  std::string Bytes(bool compact);  // a null reads as empty, as the Java broker does
  std::optional<Records> NullableRecords(bool compact);

  // The number of elements that follow; -1 = null. Fails when `min_element_size` x count exceeds the remaining input,
  // so that a decoder may allocate in proportion to what it has read.
  int32_t ArrayLength(bool compact, size_t min_element_size);
  int32_t NonNullArrayLength(bool compact, size_t min_element_size);

  // A tagged section: ReadTag count times, each followed by its payload. BeginTagged returns a reader over the payload
  // and moves this one behind it.
  uint32_t TagCount() { return UVarint(); }
  Reader BeginTagged(uint32_t* tag);
  void SkipTags();

 private:
  std::string_view Take(size_t size);
  template <typename T>
  T BigEndian();

  const char* start_;
  const char* p_;
  const char* end_;
  const char* failure_ = nullptr;
  size_t failed_at_ = 0;
};

// An encoded message: `bytes` with foreign pieces to be sent in between, at rising positions.
struct EncodedMessage {
  struct Splice {
    size_t at = 0;  // in `bytes`: the piece goes before the byte with this index
    Records piece;
  };
  std::string bytes;
  std::vector<Splice> splices;

  size_t TotalSize() const;
  std::string Flatten() const;  // one copy, for tests and for small messages
};

// Writes one message. One thread.
class Writer {
 public:
  void Bool(bool value) { Int8(value ? 1 : 0); }
  void Int8(int8_t value) { out_.bytes.push_back(static_cast<char>(value)); }
  void Int16(int16_t value);
  void UInt16(uint16_t value) { Int16(static_cast<int16_t>(value)); }
  void Int32(int32_t value);
  void Int64(int64_t value);
  void UVarint(uint32_t value);
  void WriteUuid(const Uuid& uuid);
  // A string longer than its length field can say is cut at 32 767 bytes and reported by overflowed().
  void String(std::string_view text, bool compact);
  void NullString(bool compact);
  void Bytes(std::string_view bytes, bool compact);
  // Copies small or ownerless pieces, refers to the others.
  void WriteRecords(const std::optional<Records>& records, bool compact);
  void ArrayLength(size_t length, bool compact);
  void NullArray(bool compact);
  // One tagged field; the payload was encoded by a writer of its own.
  void Tagged(uint32_t tag, Writer&& payload);

  bool overflowed() const { return overflowed_; }
  EncodedMessage Take() && { return std::move(out_); }

 private:
  EncodedMessage out_;
  bool overflowed_ = false;
};

}  // namespace millrace::kafka
