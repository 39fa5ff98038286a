#include <lz4frame.h>

#include <algorithm>

#include <fmt/format.h>

#include "codec/compress_codecs.h"

namespace millrace::codec {
Status CompressLz4(std::string_view input, int level, std::string* output) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // Java's reader knows no other
  preferences.compressionLevel = level;
  const size_t start = output->size();
  output->resize(start + LZ4F_compressFrameBound(input.size(), &preferences));
  const size_t size =
      LZ4F_compressFrame(output->data() + start, output->size() - start, input.data(), input.size(), &preferences);
  if (LZ4F_isError(size) != 0) return InternalError(fmt::format("lz4: {}", LZ4F_getErrorName(size)));
  output->resize(start + size);
  return Ok();
}

Status DecompressLz4(std::string_view input, size_t max_output, std::string* output) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) {
    return InternalError("lz4: cannot start the decompressor");
  }
  const size_t start = output->size();
  size_t written = 0;
  size_t wanted = 1;  // 0 = a frame has just ended
  Status status = Ok();
  while (!input.empty() || wanted != 0) {
    status = GrowOutput("lz4", start, written, input.size(), max_output, output);
    if (!status.ok()) break;
    size_t room = output->size() - start - written;
    size_t consumed = input.size();
    wanted = LZ4F_decompress(context, output->data() + start + written, &room, input.data(), &consumed, nullptr);
    if (LZ4F_isError(wanted) != 0) {
      status = CorruptInput("lz4", LZ4F_getErrorName(wanted));
      break;
    }
    input.remove_prefix(consumed);
    written += room;
    if (consumed == 0 && room == 0) {
      status = CorruptInput("lz4", "the data ends early");
      break;
    }
  }
  LZ4F_freeDecompressionContext(context);
  if (status.ok() && written > max_output) status = OutputTooLarge("lz4", max_output);
  output->resize(start + written);
  return status;
}

}  // namespace millrace::codec
