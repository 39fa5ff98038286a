#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::functions {

// Code points of UTF-8 text. Bytes that are no UTF-8 count as one code point each where they start one, so nothing here
// fails or reads past the end.

inline bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

size_t CodePoints(std::string_view text);
// Where code point number `index` (from 0) starts; text.size() when there are fewer.
size_t ByteOffset(std::string_view text, size_t index);
// `count` code points from number `start` on.
std::string_view SliceCodePoints(std::string_view text, size_t start, size_t count);
// Reads the code point at text[at] and moves `at` past it; an invalid byte is returned as it is.
uint32_t NextCodePoint(std::string_view text, size_t& at);
void AppendCodePoint(std::string& out, uint32_t code_point);

// Unicode's simple case mapping (and Java's "ß" -> "SS").
void AppendUpper(std::string& out, std::string_view text);
void AppendLower(std::string& out, std::string_view text);
uint32_t UpperCodePoint(uint32_t code_point);
uint32_t LowerCodePoint(uint32_t code_point);

}  // namespace millrace::functions
