#include <algorithm>
#include <cctype>

#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;

int32_t CharLength(Text text) { return static_cast<int32_t>(CodePoints(text)); }
int32_t OctetLength(Text text) { return static_cast<int32_t>(text.size()); }
void Upper(Text text, std::string& out) { AppendUpper(out, text); }
void Lower(Text text, std::string& out) { AppendLower(out, text); }

// The first of each run of ASCII letters and digits in upper case, the others in lower case; Flink knows no other
// letters.
void InitCap(Text text, std::string& out) {
  bool start = true;
  for (const char c : text) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80;
    out += !word ? c : static_cast<char>(start ? std::toupper(c) : std::tolower(c));
    start = !word;
  }
}

// 1-based; a negative start counts from the end; nothing is left of a start outside the text.
std::optional<Text> Substring(Text text, int64_t start, std::optional<int64_t> length) {
  if (length && *length < 0) return std::nullopt;
  const size_t count = length ? static_cast<size_t>(*length) : text.size();
  if (start >= 0) return SliceCodePoints(text, start == 0 ? 0 : static_cast<size_t>(start - 1), count);
  const auto size = static_cast<int64_t>(CodePoints(text));
  if (size + start < 0) return Text();
  return SliceCodePoints(text, static_cast<size_t>(size + start), count);
}

Text Left(Text text, int64_t count) {
  return count <= 0 ? Text() : SliceCodePoints(text, 0, static_cast<size_t>(count));
}

Text Right(Text text, int64_t count) {
  if (count <= 0) return {};
  const size_t size = CodePoints(text);
  const auto wanted = static_cast<size_t>(count);
  return wanted >= size ? text : text.substr(ByteOffset(text, size - wanted));
}

// Whether the code point at text[at] is one of `chars`; `next` is set past it.
bool IsAnyOf(Text text, size_t at, Text chars, size_t& next) {
  next = at;
  const uint32_t code_point = NextCodePoint(text, next);
  for (size_t i = 0; i < chars.size();) {
    if (NextCodePoint(chars, i) == code_point) return true;
  }
  return false;
}

Text TrimLeading(Text text, Text chars) {
  size_t next = 0;
  size_t start = 0;
  while (start < text.size() && IsAnyOf(text, start, chars, next)) start = next;
  return text.substr(start);
}

Text TrimTrailing(Text text, Text chars) {
  size_t end = text.size();
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && IsContinuation(text[start])) --start;
    size_t next = 0;
    if (!IsAnyOf(text, start, chars, next) || next != end) break;
    end = start;
  }
  return text.substr(0, end);
}

Text LTrim(Text text, std::optional<Text> chars) { return TrimLeading(text, chars.value_or(" ")); }
Text RTrim(Text text, std::optional<Text> chars) { return TrimTrailing(text, chars.value_or(" ")); }
Text BTrim(Text text, std::optional<Text> chars) { return RTrim(LTrim(text, chars), chars); }

// TRIM(side chars FROM text), bound as TRIM(text, chars, side).
Text Trim(Text text, Text chars, Text side) {
  if (side != "TRAILING") text = TrimLeading(text, chars);
  return side == "LEADING" ? text : TrimTrailing(text, chars);
}

void Replace(Text text, Text from, Text to, std::string& out) {
  if (from.empty()) {  // Java: between all characters
    out += to;
    for (size_t at = 0; at < text.size();) {
      const size_t start = at;
      NextCodePoint(text, at);
      out += text.substr(start, at - start);
      out += to;
    }
    return;
  }
  for (size_t at = text.find(from); at != Text::npos; at = text.find(from)) {
    out += text.substr(0, at);
    out += to;
    text.remove_prefix(at + from.size());
  }
  out += text;
}

// The 1-based place of `needle` in `text` from character number `from` on; 0 if absent.
int32_t Find(Text needle, Text text, int64_t from) {
  if (needle.empty()) return 1;
  if (from <= 0) from = 1;
  const size_t start = ByteOffset(text, static_cast<size_t>(from - 1));
  if (start == text.size() && from > 1 && static_cast<size_t>(from - 1) > CodePoints(text)) return 0;
  const size_t found = text.find(needle, start);
  return found == Text::npos ? 0 : static_cast<int32_t>(CodePoints(text.substr(0, found))) + 1;
}

int32_t Position(Text needle, Text text, std::optional<int64_t> from) { return Find(needle, text, from.value_or(1)); }

void ReverseText(Text text, std::string& out) {
  for (size_t end = text.size(); end > 0;) {
    size_t start = end - 1;
    while (start > 0 && IsContinuation(text[start])) --start;
    out += text.substr(start, end - start);
    end = start;
  }
}

// The n-th occurrence from `start` on; a negative start searches backwards from the end.
Result<int32_t> Instr(Text text, Text needle, std::optional<int64_t> start, std::optional<int64_t> occurrence) {
  if (occurrence && *occurrence <= 0) return UserError("INSTR: the number of the occurrence must be positive.");
  if (needle.empty()) return 1;
  int64_t from = start.value_or(1);
  if (from == 0 || from < -INT32_MAX) return 0;
  if (from < 0) {
    std::string reversed_text;
    std::string reversed_needle;
    ReverseText(text, reversed_text);
    ReverseText(needle, reversed_needle);
    MR_ASSIGN(const int32_t place, Instr(reversed_text, reversed_needle, -from, occurrence));
    if (place == 0) return 0;
    return static_cast<int32_t>(CodePoints(text)) + 2 - place - static_cast<int32_t>(CodePoints(needle));
  }
  int32_t place = 0;
  for (int64_t i = 0; i < occurrence.value_or(1); ++i) {
    place = Find(needle, text, from);
    if (place == 0) return 0;
    from = place + 1;
  }
  return place;
}

constexpr size_t kLargestText = 256UL << 20;

Error TooLong(std::string_view name) { return UserError(std::string(name) + ": the result is longer than 256 MiB."); }

void AppendPadding(Text pad, size_t count, std::string& out) {
  const size_t pad_size = CodePoints(pad);
  for (; count >= pad_size; count -= pad_size) out += pad;
  out += SliceCodePoints(pad, 0, count);
}

// nullopt: NULL; else how many characters of padding `text` needs (it is cut when it is too long).
std::optional<size_t> PaddingNeeded(Text& text, int64_t length, Text pad) {
  if (length < 0 || pad.empty() || CodePoints(pad) == 0) return std::nullopt;
  const size_t size = CodePoints(text);
  const auto wanted = static_cast<size_t>(length);
  if (size >= wanted) {
    text = SliceCodePoints(text, 0, wanted);
    return 0;
  }
  return wanted - size;
}

template <bool Before>
Result<ColumnPtr> Pad(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                      size_t count) {
  const StringRef* texts = arguments[0]->values<StringRef>();
  const int64_t* lengths = arguments[1]->values<int64_t>();
  const StringRef* pads = arguments[2]->values<StringRef>();
  const ValidityPtr validity = CombineValidity(arguments, count);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string out;
  for (size_t row = 0; row < count; ++row) {
    if (validity != nullptr && (validity.get()[row >> 6] >> (row & 63) & 1) == 0) {
      builder.AppendNull();
      continue;
    }
    Text text = texts[row].view();
    const auto padding = PaddingNeeded(text, lengths[row], pads[row].view());
    if (!padding) {
      builder.AppendNull();
      continue;
    }
    if (*padding > kLargestText) return TooLong(Before ? "LPAD" : "RPAD");
    out.clear();
    if (Before) AppendPadding(pads[row].view(), *padding, out);
    out += text;
    if (!Before) AppendPadding(pads[row].view(), *padding, out);
    builder.AppendString(out);
  }
  return builder.Finish();
}

Status Repeat(Text text, int64_t times, std::string& out) {
  if (times <= 0) return Ok();
  if (!text.empty() && static_cast<size_t>(times) > kLargestText / text.size()) return TooLong("REPEAT");
  out.reserve(text.size() * static_cast<size_t>(times));
  for (int64_t i = 0; i < times && !text.empty(); ++i) out += text;
  return Ok();
}

// 0-based; an empty separator splits at blanks.
std::optional<Text> SplitIndex(Text text, Text separator, int64_t index) {
  if (index < 0 || text.empty()) return std::nullopt;
  if (separator.empty()) separator = " ";
  size_t start = 0;
  for (int64_t i = 0; i < index; ++i) {
    const size_t found = text.find(separator, start);
    if (found == Text::npos) return std::nullopt;
    start = found + separator.size();
  }
  return text.substr(start, text.find(separator, start) - start);
}

std::optional<Text> SplitIndexByCode(Text text, int64_t code, int64_t index) {
  if (code < 1 || code > 255) return std::nullopt;
  std::string separator;
  AppendCodePoint(separator, static_cast<uint32_t>(code));
  return SplitIndex(text, separator, index);
}

Result<CallTyping> InferSplitIndex(std::string_view name, std::span<const Argument> arguments) {
  const bool by_code = arguments.size() == 3 && arguments[1].type.IsInteger();
  return by_code ? TypeBySpec("string, integer, integer -> string?", name, arguments)
                 : TypeBySpec("string, string, integer -> string?", name, arguments);
}

Result<ColumnPtr> SplitIndexKernel(const KernelContext& context, std::span<const ColumnPtr> arguments,
                                   const DataType& result, size_t count) {
  return arguments[1]->type().kind == TypeKind::kBigInt ? Strict<SplitIndexByCode>(context, arguments, result, count)
                                                        : Strict<SplitIndex>(context, arguments, result, count);
}

// a || b: CHAR(n) || CHAR(m) is CHAR(n + m), bytes stay bytes.
Result<CallTyping> InferConcatOperator(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const DataType& a = IsNullType(arguments[0].type) ? arguments[1].type : arguments[0].type;
  const DataType& b = IsNullType(arguments[1].type) ? a : arguments[1].type;
  if (IsNullType(a)) return TypeBySpec("string, string -> string", name, arguments);
  const bool text = a.IsString() && b.IsString();
  if (!text && !(a.IsBinary() && b.IsBinary())) {
    return CannotApply(name, arguments).WithHint("CAST the values to STRING.");
  }
  const int64_t length = static_cast<int64_t>(a.precision) + b.precision;
  const bool fixed = a.kind == b.kind && (a.kind == TypeKind::kChar || a.kind == TypeKind::kBinary);
  DataType result{.kind = fixed  ? a.kind
                          : text ? TypeKind::kVarChar
                                 : TypeKind::kVarBinary,
                  .precision = static_cast<int32_t>(std::min<int64_t>(length, kMaxLength))};
  return CallTyping{{a, b}, result.WithNullable(AnyNullable(arguments))};
}

void Concat2(Text a, Text b, std::string& out) {
  out += a;
  out += b;
}

Result<ColumnPtr> Concat(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  const ValidityPtr validity = CombineValidity(arguments, count);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string out;
  size_t next = 0;
  ForEachValid(validity.get(), count, [&](size_t row) {
    builder.AppendNulls(row - next);
    next = row + 1;
    out.clear();
    for (const ColumnPtr& argument : arguments) out += argument->values<StringRef>()[row].view();
    builder.AppendString(out);
  });
  builder.AppendNulls(count - next);
  return builder.Finish();
}

// NULL only if the separator is; NULL pieces are left out.
Result<ColumnPtr> ConcatWs(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string out;
  for (size_t row = 0; row < count; ++row) {
    if (arguments[0]->IsNull(row)) {
      builder.AppendNull();
      continue;
    }
    out.clear();
    bool first = true;
    for (const ColumnPtr& piece : arguments.subspan(1)) {
      if (piece->IsNull(row)) continue;
      if (!first) out += arguments[0]->values<StringRef>()[row].view();
      out += piece->values<StringRef>()[row].view();
      first = false;
    }
    builder.AppendString(out);
  }
  return builder.Finish();
}

// VARCHAR(n) PLACING VARCHAR(m) is VARCHAR(n + m).
Result<CallTyping> InferOverlay(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("string, string, integer, integer? -> string", name, arguments));
  const int64_t length = int64_t{typing.argument_types[0].precision} + typing.argument_types[1].precision;
  typing.result.precision = static_cast<int32_t>(std::min<int64_t>(length, kMaxLength));
  return typing;
}

// REPLACE from character `start` on `length` characters by `to`.
void Overlay(Text text, Text to, int64_t start, std::optional<int64_t> length, std::string& out) {
  const auto size = static_cast<int64_t>(CodePoints(text));
  if (start <= 0 || start > size) {
    out += text;
    return;
  }
  const int64_t count = length.value_or(static_cast<int64_t>(CodePoints(to)));
  out += SliceCodePoints(text, 0, static_cast<size_t>(start - 1));
  out += to;
  if (count > 0 && start + count <= size) out += text.substr(ByteOffset(text, static_cast<size_t>(start - 1 + count)));
}

int32_t Ascii(Text text) { return text.empty() ? 0 : static_cast<signed char>(text[0]); }

void Chr(int64_t code, std::string& out) {
  if (code >= 0) AppendCodePoint(out, static_cast<uint32_t>(code & 0xFF));
}

bool StartsWith(Text text, Text prefix) { return text.starts_with(prefix); }
bool EndsWith(Text text, Text suffix) { return text.ends_with(suffix); }

constexpr ScalarFunction kFunctions[] = {
    {.name = "UPPER",
     .signature = "UPPER(string)",
     .doc = "In upper case.",
     .example = "UPPER('Flink') -> FLINK",
     .infer = &Typed<"string -> 0">,
     .kernel = &Strict<Upper>},
    {.name = "LOWER",
     .signature = "LOWER(string)",
     .doc = "In lower case.",
     .example = "LOWER('Flink') -> flink",
     .infer = &Typed<"string -> 0">,
     .kernel = &Strict<Lower>},
    {.name = "INITCAP",
     .signature = "INITCAP(string)",
     .doc = "The first letter of each word in upper case, the others in lower case.",
     .example = "INITCAP('stream PROCESSING') -> Stream Processing",
     .infer = &Typed<"string -> 0">,
     .kernel = &Strict<InitCap>},
    {.name = "CHAR_LENGTH",
     .signature = "CHAR_LENGTH(string)",
     .doc = "Number of characters.",
     .example = "CHAR_LENGTH('Flink') -> 5",
     .infer = &Typed<"string -> int">,
     .kernel = &Strict<CharLength>},
    {.name = "CHARACTER_LENGTH",
     .signature = "CHARACTER_LENGTH(string)",
     .doc = "Number of characters.",
     .example = "CHARACTER_LENGTH('Flink') -> 5",
     .infer = &Typed<"string -> int">,
     .kernel = &Strict<CharLength>},
    {.name = "OCTET_LENGTH",
     .signature = "OCTET_LENGTH(string)",
     .doc = "Number of bytes of the text in UTF-8, or of a binary value.",
     .example = "OCTET_LENGTH('Flink') -> 5",
     .infer = &Typed<"text -> int">,
     .kernel = &Strict<OctetLength>},
    {.name = "||",
     .signature = "a || b",
     .doc = "Both texts one after the other; NULL if one is NULL.",
     .example = "'mill' || 'race' -> millrace",
     .infer = &InferConcatOperator,
     .kernel = &Strict<Concat2>},
    {.name = "CONCAT",
     .signature = "CONCAT(string, ..)",
     .doc = "All texts one after the other; NULL if one is NULL.",
     .example = "CONCAT('a', 'b', 'c') -> abc",
     .infer = &Typed<"string, string* -> string">,
     .kernel = &Concat},
    {.name = "CONCAT_WS",
     .signature = "CONCAT_WS(separator, string, ..)",
     .doc = "The texts that are not NULL with the separator between them; NULL if the separator is NULL.",
     .example = "CONCAT_WS('-', 'a', NULL, 'b') -> a-b",
     .infer = &Typed<"string, string* -> string">,
     .kernel = &ConcatWs},
    {.name = "SUBSTRING",
     .signature = "SUBSTRING(string FROM start [FOR length]), SUBSTRING(string, start [, length])",
     .doc = "Characters from start (1 = the first, negative = from the end).",
     .example = "SUBSTRING('Flink', 2, 3) -> lin",
     .infer = &Typed<"string, integer, integer? -> 0v?">,
     .kernel = &Strict<Substring>},
    {.name = "SUBSTR",
     .signature = "SUBSTR(string, start [, length])",
     .doc = "As SUBSTRING.",
     .example = "SUBSTR('Flink', -2) -> nk",
     .infer = &Typed<"string, integer, integer? -> 0v?">,
     .kernel = &Strict<Substring>},
    {.name = "LEFT",
     .signature = "LEFT(string, count)",
     .doc = "The first characters.",
     .example = "LEFT('Flink', 2) -> Fl",
     .infer = &Typed<"string, integer -> 0v?">,
     .kernel = &Strict<Left>},
    {.name = "RIGHT",
     .signature = "RIGHT(string, count)",
     .doc = "The last characters.",
     .example = "RIGHT('Flink', 2) -> nk",
     .infer = &Typed<"string, integer -> 0v?">,
     .kernel = &Strict<Right>},
    {.name = "TRIM",
     .signature = "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)",
     .doc = "Without the given characters (blanks) at its ends.",
     .example = "TRIM(BOTH 'x' FROM 'xax') -> a",
     .infer = &Typed<"string, string, string -> 0v">,
     .kernel = &Strict<Trim>},
    {.name = "LTRIM",
     .signature = "LTRIM(string [, characters])",
     .doc = "Without the given characters (blanks) at its start.",
     .example = "LTRIM('  a') -> a",
     .infer = &Typed<"string, string? -> 0v">,
     .kernel = &Strict<LTrim>},
    {.name = "RTRIM",
     .signature = "RTRIM(string [, characters])",
     .doc = "Without the given characters (blanks) at its end.",
     .example = "RTRIM('axx', 'x') -> a",
     .infer = &Typed<"string, string? -> 0v">,
     .kernel = &Strict<RTrim>},
    {.name = "BTRIM",
     .signature = "BTRIM(string [, characters])",
     .doc = "Without the given characters (blanks) at both ends.",
     .example = "BTRIM('xax', 'x') -> a",
     .infer = &Typed<"string, string? -> 0v">,
     .kernel = &Strict<BTrim>},
    {.name = "REPLACE",
     .signature = "REPLACE(string, old, new)",
     .doc = "Every occurrence of old replaced by new.",
     .example = "REPLACE('hello', 'l', 'L') -> heLLo",
     .infer = &Typed<"string, string, string -> string">,
     .kernel = &Strict<Replace>},
    {.name = "OVERLAY",
     .signature = "OVERLAY(string PLACING new FROM start [FOR length])",
     .doc = "With length characters (as many as new has) from start replaced by new.",
     .example = "OVERLAY('xxxxxtest', 'xxxx', 6) -> xxxxxxxxx",
     .infer = &InferOverlay,
     .kernel = &Strict<Overlay>},
    {.name = "POSITION",
     .signature = "POSITION(needle IN string)",
     .doc = "Place of the first occurrence, from 1; 0 if there is none.",
     .example = "POSITION('i' IN 'Flink') -> 3",
     .infer = &Typed<"string, string, integer? -> int">,
     .kernel = &Strict<Position>},
    {.name = "LOCATE",
     .signature = "LOCATE(needle, string [, start])",
     .doc = "Place of the first occurrence from start on, from 1; 0 if there is none.",
     .example = "LOCATE('a', 'banana', 3) -> 4",
     .infer = &Typed<"string, string, integer? -> int">,
     .kernel = &Strict<Position>},
    {.name = "INSTR",
     .signature = "INSTR(string, needle [, start [, occurrence]])",
     .doc = "Place of the given occurrence from start on (negative: backwards from the end), from 1; 0 if absent.",
     .example = "INSTR('banana', 'an', 1, 2) -> 4",
     .infer = &Typed<"string, string, integer?, integer? -> int">,
     .kernel = &Strict<Instr>},
    {.name = "LPAD",
     .signature = "LPAD(string, length, pad)",
     .doc = "Filled up with pad on the left, or cut, to length characters; NULL for a negative length or empty pad.",
     .example = "LPAD('hi', 4, '*') -> **hi",
     .infer = &Typed<"string, integer, string -> string?">,
     .kernel = &Pad<true>},
    {.name = "RPAD",
     .signature = "RPAD(string, length, pad)",
     .doc = "Filled up with pad on the right, or cut, to length characters; NULL for a negative length or empty pad.",
     .example = "RPAD('hi', 4, '*') -> hi**",
     .infer = &Typed<"string, integer, string -> string?">,
     .kernel = &Pad<false>},
    {.name = "REPEAT",
     .signature = "REPEAT(string, times)",
     .doc = "The text that many times.",
     .example = "REPEAT('ab', 3) -> ababab",
     .infer = &Typed<"string, integer -> string">,
     .kernel = &Strict<Repeat>},
    {.name = "REVERSE",
     .signature = "REVERSE(string)",
     .doc = "The characters in reverse order.",
     .example = "REVERSE('Flink') -> knilF",
     .infer = &Typed<"string -> string?">,
     .kernel = &Strict<ReverseText>},
    {.name = "SPLIT_INDEX",
     .signature = "SPLIT_INDEX(string, separator, index)",
     .doc = "The piece with that index, from 0, between separators; NULL if there is none.",
     .example = "SPLIT_INDEX('a,b,c', ',', 1) -> b",
     .infer = &InferSplitIndex,
     .kernel = &SplitIndexKernel},
    {.name = "ASCII",
     .signature = "ASCII(string)",
     .doc = "Code of the first character.",
     .example = "ASCII('abc') -> 97",
     .infer = &Typed<"string -> int">,
     .kernel = &Strict<Ascii>},
    {.name = "CHR",
     .signature = "CHR(code)",
     .doc = "The character with that code (modulo 256).",
     .example = "CHR(97) -> a",
     .infer = &Typed<"integer -> string?">,
     .kernel = &Strict<Chr>},
    {.name = "STARTSWITH",
     .signature = "STARTSWITH(string, prefix)",
     .doc = "TRUE if the text starts with prefix.",
     .example = "STARTSWITH('Flink', 'Fl') -> TRUE",
     .infer = &Typed<"text, text -> bool">,
     .kernel = &Strict<StartsWith>},
    {.name = "ENDSWITH",
     .signature = "ENDSWITH(string, suffix)",
     .doc = "TRUE if the text ends with suffix.",
     .example = "ENDSWITH('Flink', 'nk') -> TRUE",
     .infer = &Typed<"text, text -> bool">,
     .kernel = &Strict<EndsWith>},
};

}  // namespace

std::span<const ScalarFunction> StringFunctions() { return kFunctions; }

}  // namespace millrace::functions
