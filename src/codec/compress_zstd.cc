#include <zstd.h>

#include <algorithm>

#include <fmt/format.h>

#include "codec/compress_codecs.h"

namespace millrace::codec {
namespace {

constexpr int kMaxWindowLog = 27;  // 128 MiB, zstd's own default limit for streams

}  // namespace

Status CompressZstd(std::string_view input, int level, std::string* output) {
  const size_t start = output->size();
  output->resize(start + ZSTD_compressBound(input.size()));
  const size_t size = ZSTD_compress(output->data() + start, output->size() - start, input.data(), input.size(), level);
  if (ZSTD_isError(size) != 0) return InternalError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
  output->resize(start + size);
  return Ok();
}

Status DecompressZstd(std::string_view input, size_t max_output, std::string* output) {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  if (context == nullptr) return InternalError("zstd: cannot start the decompressor");
  ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kMaxWindowLog);
  const size_t start = output->size();
  size_t written = 0;
  size_t wanted = 1;  // 0 = a frame has just ended and all of it is out
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  Status status = Ok();
  while (in.pos < in.size || wanted != 0) {
    status = GrowOutput("zstd", start, written, in.size - in.pos, max_output, output);
    if (!status.ok()) break;
    const size_t before_in = in.pos;
    ZSTD_outBuffer out{output->data() + start + written, output->size() - start - written, 0};
    wanted = ZSTD_decompressStream(context, &out, &in);
    if (ZSTD_isError(wanted) != 0) {
      status = CorruptInput("zstd", ZSTD_getErrorName(wanted));
      break;
    }
    written += out.pos;
    if (in.pos == before_in && out.pos == 0) {
      status = CorruptInput("zstd", "the data ends early");
      break;
    }
  }
  ZSTD_freeDCtx(context);
  if (status.ok() && written > max_output) status = OutputTooLarge("zstd", max_output);
  output->resize(start + written);
  return status;
}

}  // namespace millrace::codec
