#include "kafka/protocol/wire.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/varint.h"

namespace millrace::kafka {
namespace {

constexpr size_t kMaxString = 32767;
constexpr size_t kCopyBelow = 1024;  // below this a copy is cheaper than one more piece to send

template <typename T>
void AppendBigEndian(std::string* out, T value) {
  char bytes[sizeof(T)];
  auto rest = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = sizeof(T); i-- > 0;) {
    bytes[i] = static_cast<char>(rest & 0xff);
    if constexpr (sizeof(T) > 1) rest >>= 8;
  }
  out->append(bytes, sizeof(T));
}

}  // namespace

std::string UuidToString(const Uuid& uuid) {
  std::string text =
      Base64Encode(std::string_view(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()));
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<Uuid> UuidFromString(std::string_view text) {
  if (text.size() != 22) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  const Result<std::string> raw = Base64Decode(standard + "==");
  if (!raw.ok() || raw->size() != 16) return std::nullopt;
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), raw->data(), 16);
  return uuid;
}

Error Reader::error() const {
  return UserError(fmt::format("byte {}: {}", failed_at_, failure_ == nullptr ? "no error" : failure_));
}

void Reader::Fail(const char* reason) {
  if (failure_ != nullptr) return;
  failure_ = reason;
  failed_at_ = static_cast<size_t>(p_ - start_);
  p_ = end_;
}

std::string_view Reader::Take(size_t size) {
  if (size > remaining()) {
    Fail("the message ends early");
    return {};
  }
  const std::string_view piece(p_, size);
  p_ += size;
  return piece;
}

template <typename T>
T Reader::BigEndian() {
  const std::string_view piece = Take(sizeof(T));
  std::make_unsigned_t<T> value = 0;
  for (const char c : piece)
    value = static_cast<std::make_unsigned_t<T>>(uint64_t{value} << 8 | static_cast<uint8_t>(c));
  return static_cast<T>(value);
}

int8_t Reader::Int8() { return BigEndian<int8_t>(); }
int16_t Reader::Int16() { return BigEndian<int16_t>(); }
int32_t Reader::Int32() { return BigEndian<int32_t>(); }
int64_t Reader::Int64() { return BigEndian<int64_t>(); }

uint32_t Reader::UVarint() {
  if (!ok()) return 0;
  uint32_t value = 0;
  const char* next = codec::ReadVarint32(p_, end_, &value);
  if (next == nullptr) {
    Fail("not a valid unsigned varint");
    return 0;
  }
  p_ = next;
  return value;
}

Uuid Reader::ReadUuid() {
  Uuid uuid;
  const std::string_view piece = Take(uuid.bytes.size());
  std::copy(piece.begin(), piece.end(), uuid.bytes.begin());
  return uuid;
}

std::optional<std::string> Reader::NullableString(bool compact) {
  const int64_t length = compact ? static_cast<int64_t>(UVarint()) - 1 : Int16();
  if (!ok()) return std::nullopt;
  if (length < -1 || length > static_cast<int64_t>(kMaxString)) {
    Fail("invalid string length");
    return std::nullopt;
  }
  if (length < 0) return std::nullopt;
  return std::string(Take(static_cast<size_t>(length)));
}

std::string Reader::String(bool compact) {
  std::optional<std::string> text = NullableString(compact);
  if (!text.has_value()) {
    Fail("a string is null that must not be");
    return {};
  }
  return *std::move(text);
}

std::optional<Records> Reader::NullableRecords(bool compact) {
  const int64_t length = compact ? static_cast<int64_t>(UVarint()) - 1 : Int32();
  if (!ok()) return std::nullopt;
  if (length < -1) {
    Fail("invalid byte length");
    return std::nullopt;
  }
  if (length < 0) return std::nullopt;
  return Records{Take(static_cast<size_t>(length)), nullptr};
}

std::string Reader::Bytes(bool compact) {
  const std::optional<Records> piece = NullableRecords(compact);
  return piece.has_value() ? std::string(piece->bytes) : std::string();
}

int32_t Reader::ArrayLength(bool compact, size_t min_element_size) {
  const int64_t length = compact ? static_cast<int64_t>(UVarint()) - 1 : Int32();
  if (!ok()) return 0;
  if (length < -1) {
    Fail("invalid array length");
    return 0;
  }
  if (length > 0 && static_cast<uint64_t>(length) > remaining() / min_element_size) {
    Fail("an array claims more elements than the message can hold");
    return 0;
  }
  return static_cast<int32_t>(length);
}

int32_t Reader::NonNullArrayLength(bool compact, size_t min_element_size) {
  const int32_t length = ArrayLength(compact, min_element_size);
  if (length >= 0) return length;
  Fail("an array is null that must not be");
  return 0;
}

Reader Reader::BeginTagged(uint32_t* tag) {
  *tag = UVarint();
  const uint32_t size = UVarint();
  Reader payload(Take(size));
  if (!ok()) payload.Fail("the message ends early");
  return payload;
}

void Reader::SkipTags() {
  uint32_t tag = 0;
  for (uint32_t count = TagCount(); count > 0 && ok(); --count) (void)BeginTagged(&tag);
}

size_t EncodedMessage::TotalSize() const {
  size_t total = bytes.size();
  for (const Splice& splice : splices) total += splice.piece.bytes.size();
  return total;
}

std::string EncodedMessage::Flatten() const {
  std::string out;
  out.reserve(TotalSize());
  size_t done = 0;
  for (const Splice& splice : splices) {
    out.append(bytes, done, splice.at - done);
    out.append(splice.piece.bytes);
    done = splice.at;
  }
  out.append(bytes, done);
  return out;
}

void Writer::Int16(int16_t value) { AppendBigEndian(&out_.bytes, value); }
void Writer::Int32(int32_t value) { AppendBigEndian(&out_.bytes, value); }
void Writer::Int64(int64_t value) { AppendBigEndian(&out_.bytes, value); }
void Writer::UVarint(uint32_t value) { codec::AppendVarint64(&out_.bytes, value); }

void Writer::WriteUuid(const Uuid& uuid) {
  out_.bytes.append(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
}

void Writer::String(std::string_view text, bool compact) {
  if (text.size() > kMaxString) {
    overflowed_ = true;
    text = text.substr(0, kMaxString);
  }
  if (compact) {
    UVarint(static_cast<uint32_t>(text.size()) + 1);
  } else {
    Int16(static_cast<int16_t>(text.size()));
  }
  out_.bytes.append(text);
}

void Writer::NullString(bool compact) {
  if (compact) {
    UVarint(0);
  } else {
    Int16(-1);
  }
}

void Writer::Bytes(std::string_view bytes, bool compact) {
  ArrayLength(bytes.size(), compact);
  out_.bytes.append(bytes);
}

void Writer::WriteRecords(const std::optional<Records>& records, bool compact) {
  if (!records.has_value()) return NullArray(compact);
  if (records->owner == nullptr || records->bytes.size() < kCopyBelow) return Bytes(records->bytes, compact);
  ArrayLength(records->bytes.size(), compact);
  out_.splices.push_back({out_.bytes.size(), *records});
}

void Writer::ArrayLength(size_t length, bool compact) {
  if (compact) {
    UVarint(static_cast<uint32_t>(length) + 1);
  } else {
    Int32(static_cast<int32_t>(length));
  }
}

void Writer::NullArray(bool compact) {
  if (compact) {
    UVarint(0);
  } else {
    Int32(-1);
  }
}

void Writer::Tagged(uint32_t tag, Writer&& payload) {
  overflowed_ = overflowed_ || payload.overflowed_;
  const std::string bytes = std::move(payload).Take().Flatten();
  UVarint(tag);
  UVarint(static_cast<uint32_t>(bytes.size()));
  out_.bytes.append(bytes);
}

}  // namespace millrace::kafka
