#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

// One function pair per compressor; private to compress*.cc. All append to `*output`, see compress.h.
namespace millrace::codec {

Error OutputTooLarge(std::string_view codec, size_t max_output);
Error CorruptInput(std::string_view codec, std::string_view why);

// Room for the output of a stream decoder: one byte more than the limit tells a full output from one that does not fit.
// Grows `*output` (of which `written` bytes past `start` are in use) when it is full; fails once the limit is passed.
Status GrowOutput(std::string_view codec, size_t start, size_t written, size_t input_size, size_t max_output,
                  std::string* output);

Status CompressGzip(std::string_view input, int level, std::string* output);
Status DecompressGzip(std::string_view input, size_t max_output, std::string* output);
Status CompressSnappy(std::string_view input, std::string* output);
Status DecompressSnappy(std::string_view input, size_t max_output, std::string* output);
Status CompressLz4(std::string_view input, int level, std::string* output);
Status DecompressLz4(std::string_view input, size_t max_output, std::string* output);
Status CompressZstd(std::string_view input, int level, std::string* output);
Status DecompressZstd(std::string_view input, size_t max_output, std::string* output);

}  // namespace millrace::codec
