#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::codec {

// The compressors of Kafka record batches; the numbers are those of the batch attributes' lowest three bits.
enum class Compression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

std::string_view CompressionName(Compression compression);  // "none", "gzip", "snappy", "lz4", "zstd"
std::optional<Compression> CompressionFromName(std::string_view name);

// Appends the compressed form of `input` to `*output`.
//   gzip: one RFC 1952 member. snappy: the xerial framing that Java clients write ("\x82SNAPPY\0", blocks of 32 KiB).
//   lz4: one LZ4 frame, independent 64 KiB blocks. zstd: one frame with content size. kNone copies.
// `level`: gzip 1-9, lz4 1-12, zstd 1-22; absent or out of range = the codec's default. Any thread.
Status Compress(Compression compression, std::string_view input, std::string* output,
                std::optional<int> level = std::nullopt);

// Appends the decompressed form of `input` to `*output`. Fails (user domain) when the input is damaged or when the
// output would exceed `max_output` bytes; then `*output` holds an unspecified prefix. Memory grows with what is really
// decoded, not with what a header claims. Concatenated frames or members are decoded one after the other.
//   snappy accepts the xerial framing and a raw snappy block (librdkafka, Go clients).
Status Decompress(Compression compression, std::string_view input, size_t max_output, std::string* output);

}  // namespace millrace::codec
