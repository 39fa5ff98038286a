#include <snappy-c.h>

#include <algorithm>
#include <cstring>

#include "codec/compress_codecs.h"

namespace millrace::codec {
namespace {

// The framing of xerial's snappy-java, which Kafka's Java clients write: magic, version 1, compatible version 1, then
// blocks of (int32 big-endian length, raw snappy block).
constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeader = 16;
constexpr size_t kXerialBlock = 32 * 1024;

uint32_t ReadBigEndian32(const char* p) {
  const auto* b = reinterpret_cast<const unsigned char*>(p);
  return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 | static_cast<uint32_t>(b[2]) << 8 |
         b[3];
}

void AppendBigEndian32(std::string* out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

Status DecompressBlock(std::string_view block, size_t room, size_t max_output, std::string* output) {
  size_t size = 0;
  if (snappy_uncompressed_length(block.data(), block.size(), &size) != SNAPPY_OK) {
    return CorruptInput("snappy", "a block has no valid length");
  }
  if (size > room) return OutputTooLarge("snappy", max_output);
  // A snappy element of 3 bytes yields at most 64: a larger claim is a lie, not to be paid for with memory.
  if (size > block.size() * 64) return CorruptInput("snappy", "a block claims more data than it can hold");
  const size_t start = output->size();
  output->resize(start + size);
  if (snappy_uncompress(block.data(), block.size(), output->data() + start, &size) != SNAPPY_OK) {
    return CorruptInput("snappy", "a block cannot be decoded");
  }
  output->resize(start + size);
  return Ok();
}

}  // namespace

Status CompressSnappy(std::string_view input, std::string* output) {
  output->append(kXerialMagic);
  AppendBigEndian32(output, 1);
  AppendBigEndian32(output, 1);
  do {
    const std::string_view block = input.substr(0, std::min(input.size(), kXerialBlock));
    input.remove_prefix(block.size());
    const size_t length_at = output->size();
    size_t size = snappy_max_compressed_length(block.size());
    output->resize(length_at + 4 + size);
    if (snappy_compress(block.data(), block.size(), output->data() + length_at + 4, &size) != SNAPPY_OK) {
      return InternalError("snappy: cannot compress a block");
    }
    output->resize(length_at + 4 + size);
    std::string length;
    AppendBigEndian32(&length, static_cast<uint32_t>(size));
    std::memcpy(output->data() + length_at, length.data(), 4);
  } while (!input.empty());
  return Ok();
}

Status DecompressSnappy(std::string_view input, size_t max_output, std::string* output) {
  const size_t start = output->size();
  if (!input.starts_with(kXerialMagic)) return DecompressBlock(input, max_output, max_output, output);
  if (input.size() < kXerialHeader) return CorruptInput("snappy", "the framing header ends early");
  input.remove_prefix(kXerialHeader);
  while (!input.empty()) {
    if (input.size() < 4) return CorruptInput("snappy", "a block length ends early");
    if (input.starts_with(kXerialMagic)) {  // streams may be concatenated
      if (input.size() < kXerialHeader) return CorruptInput("snappy", "the framing header ends early");
      input.remove_prefix(kXerialHeader);
      continue;
    }
    const uint32_t size = ReadBigEndian32(input.data());
    input.remove_prefix(4);
    if (size > input.size()) return CorruptInput("snappy", "a block ends early");
    MR_TRY(DecompressBlock(input.substr(0, size), max_output - (output->size() - start), max_output, output));
    input.remove_prefix(size);
  }
  return Ok();
}

}  // namespace millrace::codec
