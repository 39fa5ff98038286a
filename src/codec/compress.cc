#include "codec/compress.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/compress_codecs.h"

namespace millrace::codec {
namespace {

constexpr std::string_view kNames[] = {"none", "gzip", "snappy", "lz4", "zstd"};

int LevelOr(std::optional<int> level, int lowest, int highest, int fallback) {
  return level.has_value() && *level >= lowest && *level <= highest ? *level : fallback;
}

}  // namespace

Error OutputTooLarge(std::string_view codec, size_t max_output) {
  return UserError(fmt::format("{}: the decompressed data exceeds the limit of {} bytes", codec, max_output));
}

Error CorruptInput(std::string_view codec, std::string_view why) {
  return UserError(fmt::format("{}: cannot decompress, {}", codec, why));
}

Status GrowOutput(std::string_view codec, size_t start, size_t written, size_t input_size, size_t max_output,
                  std::string* output) {
  if (written > max_output) return OutputTooLarge(codec, max_output);
  if (output->size() - start > written) return Ok();
  constexpr size_t kFirstOutput = 16 * 1024;
  const size_t wanted = std::max({kFirstOutput, written * 2, input_size * 2});
  output->resize(start + (wanted > max_output ? max_output + 1 : wanted));
  return Ok();
}

std::string_view CompressionName(Compression compression) { return kNames[static_cast<size_t>(compression)]; }

std::optional<Compression> CompressionFromName(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (EqualsIgnoreCase(name, kNames[i])) return static_cast<Compression>(i);
  }
  return std::nullopt;
}

Status Compress(Compression compression, std::string_view input, std::string* output, std::optional<int> level) {
  switch (compression) {
    case Compression::kNone: output->append(input); return Ok();
    case Compression::kGzip: return CompressGzip(input, LevelOr(level, 1, 9, -1), output);
    case Compression::kSnappy: return CompressSnappy(input, output);
    case Compression::kLz4: return CompressLz4(input, LevelOr(level, 1, 12, 0), output);
    case Compression::kZstd: return CompressZstd(input, LevelOr(level, 1, 22, 3), output);
  }
  return UserError(fmt::format("Unknown compression code {}.", static_cast<int>(compression)));
}

Status Decompress(Compression compression, std::string_view input, size_t max_output, std::string* output) {
  switch (compression) {
    case Compression::kNone:
      if (input.size() > max_output) return OutputTooLarge("none", max_output);
      output->append(input);
      return Ok();
    case Compression::kGzip: return DecompressGzip(input, max_output, output);
    case Compression::kSnappy: return DecompressSnappy(input, max_output, output);
    case Compression::kLz4: return DecompressLz4(input, max_output, output);
    case Compression::kZstd: return DecompressZstd(input, max_output, output);
  }
  return UserError(fmt::format("Unknown compression code {}.", static_cast<int>(compression)));
}

}  // namespace millrace::codec
