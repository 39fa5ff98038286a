#include <zlib.h>

#include <algorithm>

#include <fmt/format.h>

#include "codec/compress_codecs.h"

namespace millrace::codec {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 32 KiB window, gzip header
constexpr size_t kMaxSlice = 1u << 30;    // zlib counts in 32 bits

}  // namespace

Status CompressGzip(std::string_view input, int level, std::string* output) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return InternalError("gzip: cannot start the compressor");
  }
  const size_t start = output->size();
  output->resize(start + deflateBound(&stream, input.size()));
  size_t written = 0;
  int code = Z_OK;
  do {
    const size_t slice = std::min(input.size(), kMaxSlice);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(slice);
    stream.next_out = reinterpret_cast<Bytef*>(output->data() + start + written);
    const size_t room = std::min(output->size() - start - written, kMaxSlice);
    stream.avail_out = static_cast<uInt>(room);
    code = deflate(&stream, slice == input.size() ? Z_FINISH : Z_NO_FLUSH);
    input.remove_prefix(slice - stream.avail_in);
    written += room - stream.avail_out;
  } while (code == Z_OK);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return InternalError(fmt::format("gzip: compressor stopped with code {}", code));
  output->resize(start + written);
  return Ok();
}

Status DecompressGzip(std::string_view input, size_t max_output, std::string* output) {
  z_stream stream{};
  // +32: accept a gzip or a zlib header.
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return InternalError("gzip: cannot start the decompressor");
  const size_t start = output->size();
  size_t written = 0;
  Status status = Ok();
  for (;;) {
    status = GrowOutput("gzip", start, written, input.size(), max_output, output);
    if (!status.ok()) break;
    const size_t slice = std::min(input.size(), kMaxSlice);
    const size_t room = std::min(output->size() - start - written, kMaxSlice);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(slice);
    stream.next_out = reinterpret_cast<Bytef*>(output->data() + start + written);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    input.remove_prefix(slice - stream.avail_in);
    written += room - stream.avail_out;
    if (code == Z_STREAM_END) {
      if (input.empty()) break;
      inflateReset(&stream);  // the next member
      continue;
    }
    if (code != Z_OK && !(code == Z_BUF_ERROR && stream.avail_out == 0)) {
      status = CorruptInput("gzip", code == Z_BUF_ERROR ? "the data ends early" : "the data is not a gzip stream");
      break;
    }
    if (input.empty() && stream.avail_out != 0) {
      status = CorruptInput("gzip", "the data ends early");
      break;
    }
  }
  inflateEnd(&stream);
  if (status.ok() && written > max_output) status = OutputTooLarge("gzip", max_output);
  output->resize(start + written);
  return status;
}

}  // namespace millrace::codec
