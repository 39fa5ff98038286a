#include "functions/kernel.h"

namespace millrace::functions {
namespace {

std::shared_ptr<uint64_t> CopyWords(const uint64_t* words, size_t count) {
  const size_t size = (count + 63) / 64;
  std::shared_ptr<uint64_t> out = NewValues<uint64_t>(size);
  if (words == nullptr) {
    std::fill(out.get(), out.get() + size, ~0ULL);
  } else {
    std::copy(words, words + size, out.get());
  }
  return out;
}

}  // namespace

ValidityPtr CombineValidity(std::span<const ColumnPtr> arguments, size_t count) {
  ValidityPtr first;
  std::shared_ptr<uint64_t> combined;
  for (const ColumnPtr& argument : arguments) {
    const ValidityPtr& validity = argument->parts().validity;
    if (validity == nullptr) continue;
    if (first == nullptr) {
      first = validity;
      continue;
    }
    if (combined == nullptr) combined = CopyWords(first.get(), count);
    for (size_t word = 0; word < (count + 63) / 64; ++word) combined.get()[word] &= validity.get()[word];
  }
  return combined == nullptr ? first : ValidityPtr(std::move(combined));
}

ColumnPtr FixedColumn(const DataType& type, size_t count, std::shared_ptr<const void> values, ValidityPtr validity) {
  return std::make_shared<const Column>(
      Column::Parts{.type = type, .size = count, .values = std::move(values), .validity = std::move(validity)});
}

void NullMarker::Own() { words_ = CopyWords(validity_.get(), count_); }

}  // namespace millrace::functions
