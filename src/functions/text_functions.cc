// Encodings of text, URLs, ids.
#include <cctype>
#include <random>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;

void ToBase64(Text text, std::string& out) { out = Base64Encode(text); }

Status FromBase64(Text text, std::string& out) {
  auto bytes = Base64Decode(text);
  if (!bytes.ok()) {
    return UserError(fmt::format("FROM_BASE64: '{}' is no Base64", text))
        .WithCode("java.lang.IllegalArgumentException");
  }
  out = std::move(bytes).value();
  return Ok();
}

void HexOfText(Text text, std::string& out) { out = ToUpper(HexEncode(text)); }
void HexOfInteger(int64_t value, std::string& out) { out = fmt::format("{:X}", static_cast<uint64_t>(value)); }

Result<CallTyping> InferHex(std::string_view name, std::span<const Argument> arguments) {
  const bool integer = arguments.size() == 1 && arguments[0].type.IsInteger();
  return integer ? TypeBySpec("integer -> string", name, arguments) : TypeBySpec("text -> string", name, arguments);
}

Result<ColumnPtr> Hex(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                      size_t count) {
  return arguments[0]->type().kind == TypeKind::kBigInt ? Strict<HexOfInteger>(context, arguments, result, count)
                                                        : Strict<HexOfText>(context, arguments, result, count);
}

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// An odd number of digits has a zero before it.
bool Unhex(Text text, std::string& out) {
  size_t at = 0;
  if (text.size() % 2 == 1) {
    const auto digit = HexDigit(text[0]);
    if (!digit) return false;
    out += static_cast<char>(*digit);
    at = 1;
  }
  for (; at < text.size(); at += 2) {
    const auto high = HexDigit(text[at]);
    const auto low = HexDigit(text[at + 1]);
    if (!high || !low) return false;
    out += static_cast<char>(*high << 4 | *low);
  }
  return true;
}

bool IsUtf8Name(Text charset) { return EqualsIgnoreCase(charset, "UTF-8") || EqualsIgnoreCase(charset, "UTF8"); }

bool IsAsciiName(Text charset) { return EqualsIgnoreCase(charset, "US-ASCII") || EqualsIgnoreCase(charset, "ASCII"); }

bool IsLatin1Name(Text charset) {
  return EqualsIgnoreCase(charset, "ISO-8859-1") || EqualsIgnoreCase(charset, "LATIN1");
}

// The code units of a UTF-16 charset's name: 'B'ig or 'L'ittle endian, 0 for another charset.
char Utf16Order(Text charset) {
  if (EqualsIgnoreCase(charset, "UTF-16BE") || EqualsIgnoreCase(charset, "UTF-16")) return 'B';
  return EqualsIgnoreCase(charset, "UTF-16LE") ? 'L' : '\0';
}

Error UnknownCharset(Text charset) {
  return UserError(fmt::format("Unsupported encoding: {}", charset))
      .WithHint("Encodings are UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE.");
}

void AppendUnit(std::string& out, uint32_t unit, char order) {
  const char high = static_cast<char>(unit >> 8 & 0xFF);
  const char low = static_cast<char>(unit & 0xFF);
  out += order == 'B' ? high : low;
  out += order == 'B' ? low : high;
}

Status Encode(Text text, Text charset, std::string& out) {
  if (IsUtf8Name(charset)) {
    out = text;
    return Ok();
  }
  const char order = Utf16Order(charset);
  const bool ascii = IsAsciiName(charset);
  if (order == '\0' && !ascii && !IsLatin1Name(charset)) return UnknownCharset(charset);
  if (EqualsIgnoreCase(charset, "UTF-16")) AppendUnit(out, 0xFEFF, 'B');
  for (size_t at = 0; at < text.size();) {
    const uint32_t code_point = NextCodePoint(text, at);
    if (order == '\0') {
      out += static_cast<char>(code_point < (ascii ? 128u : 256u) ? code_point : '?');
    } else if (code_point < 0x10000) {
      AppendUnit(out, code_point, order);
    } else {
      AppendUnit(out, 0xD800 + ((code_point - 0x10000) >> 10), order);
      AppendUnit(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF), order);
    }
  }
  return Ok();
}

Status Decode(Text bytes, Text charset, std::string& out) {
  if (IsUtf8Name(charset)) {
    out = bytes;
    return Ok();
  }
  if (IsLatin1Name(charset) || IsAsciiName(charset)) {
    constexpr uint32_t kReplacement = 0xFFFD;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      AppendCodePoint(out, byte >= 0x80 && IsAsciiName(charset) ? kReplacement : byte);
    }
    return Ok();
  }
  char order = Utf16Order(charset);
  if (order == '\0') return UnknownCharset(charset);
  const auto unit = [&](size_t at) -> uint32_t {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return order == 'B' ? first << 8 | second : second << 8 | first;
  };
  size_t at = 0;
  if (EqualsIgnoreCase(charset, "UTF-16") && bytes.size() >= 2) {
    if (unit(0) == 0xFFFE) order = 'L';
    if (unit(0) == 0xFEFF) at = 2;
  }
  for (; at + 1 < bytes.size(); at += 2) {
    uint32_t code_point = unit(at);
    const bool surrogate = code_point >= 0xD800 && code_point < 0xDC00 && at + 3 < bytes.size();
    if (surrogate && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000) {
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    }
    AppendCodePoint(out, code_point);
  }
  return Ok();
}

// application/x-www-form-urlencoded, as java.net.URLEncoder.
void UrlEncode(Text text, std::string& out) {
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || Text(".-*_").find(c) != Text::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

bool UrlDecode(Text text, std::string& out) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
    } else if (text[at] == '%') {
      if (at + 2 >= text.size()) return false;
      const auto high = HexDigit(text[at + 1]);
      const auto low = HexDigit(text[at + 2]);
      if (!high || !low) return false;
      out += static_cast<char>(*high << 4 | *low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return true;
}

// The parts of "protocol://userinfo@host:port/path?query#ref".
struct Url {
  Text protocol, authority, path;
  std::optional<Text> userinfo, query, ref;
  Text host;
};

std::optional<Url> SplitUrl(Text text) {
  Url url;
  const size_t scheme = text.find("://");
  if (scheme == Text::npos || scheme == 0) return std::nullopt;
  url.protocol = text.substr(0, scheme);
  text.remove_prefix(scheme + 3);
  if (const size_t hash = text.find('#'); hash != Text::npos) {
    url.ref = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const size_t mark = text.find('?'); mark != Text::npos) {
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const size_t slash = text.find('/');
  url.authority = text.substr(0, slash);
  url.path = slash == Text::npos ? Text() : text.substr(slash);
  url.host = url.authority;
  if (const size_t at = url.host.rfind('@'); at != Text::npos) {
    url.userinfo = url.host.substr(0, at);
    url.host.remove_prefix(at + 1);
  }
  if (url.host.starts_with('[')) {
    url.host = url.host.substr(0, url.host.find(']') + 1);
  } else {
    url.host = url.host.substr(0, url.host.find(':'));
  }
  return url;
}

std::optional<Text> QueryParameter(Text query, Text key) {
  while (true) {
    const size_t end = query.find('&');
    const Text pair = query.substr(0, end);
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
    if (end == Text::npos) return std::nullopt;
    query.remove_prefix(end + 1);
  }
}

bool ParseUrl(Text text, Text part, std::optional<Text> key, std::string& out) {
  const auto url = SplitUrl(text);
  if (!url) return false;
  std::optional<Text> found;
  if (key) {
    if (part == "QUERY" && url->query) found = QueryParameter(*url->query, *key);
  } else if (part == "HOST") {
    found = url->host;
  } else if (part == "PATH") {
    found = url->path;
  } else if (part == "QUERY") {
    found = url->query;
  } else if (part == "REF") {
    found = url->ref;
  } else if (part == "PROTOCOL") {
    found = url->protocol;
  } else if (part == "AUTHORITY") {
    found = url->authority;
  } else if (part == "USERINFO") {
    found = url->userinfo;
  } else if (part == "FILE") {
    out = url->path;
    if (url->query) out += "?" + std::string(*url->query);
    return true;
  }
  if (!found) return false;
  out = *found;
  return true;
}

// Each character of `from` replaced by the one at its place in `to`, or dropped where `to` is shorter.
void Translate(Text text, Text from, Text to, std::string& out) {
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const uint32_t code_point = NextCodePoint(text, at);
    size_t from_at = 0;
    size_t to_at = 0;
    bool found = false;
    while (from_at < from.size() && !found) {
      const size_t to_start = to_at;
      found = NextCodePoint(from, from_at) == code_point;
      if (to_at < to.size()) NextCodePoint(to, to_at);
      if (found) out += to.substr(to_start, to_at - to_start);
    }
    if (!found) out += text.substr(start, at - start);
  }
}

// A random (version 4) UUID.
Result<ColumnPtr> Uuid(const KernelContext&, std::span<const ColumnPtr>, const DataType& result, size_t count) {
  thread_local std::mt19937_64 random([] {
    std::random_device device;
    return static_cast<uint64_t>(device()) << 32 | device();
  }());
  ColumnBuilder builder(result);
  builder.Reserve(count);
  for (size_t row = 0; row < count; ++row) {
    const uint64_t a = (random() & ~0xF000ULL) | 0x4000;
    const uint64_t b = (random() & ~(3ULL << 62)) | 1ULL << 63;
    builder.AppendString(fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xFFFF, a & 0xFFFF,
                                     b >> 48, b & 0xFFFF'FFFF'FFFFULL));
  }
  return builder.Finish();
}

Result<CallTyping> InferTypeOf(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty() || arguments.size() > 2) return WrongCount(name, 1);
  CallTyping typing{{arguments[0].type}, DataType::String()};
  if (arguments.size() == 2) {
    if (arguments[1].type.kind != TypeKind::kBoolean || !arguments[1].literal) return CannotApply(name, arguments);
    typing.argument_types.push_back(arguments[1].type);
  }
  return typing;
}

Result<ColumnPtr> TypeOf(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return ConstantColumn(result, Value(arguments[0]->type().ToString()), count);
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "TO_BASE64",
     .signature = "TO_BASE64(string)",
     .doc = "The text in Base64.",
     .example = "TO_BASE64('hello world') -> aGVsbG8gd29ybGQ=",
     .infer = &Typed<"text -> string">,
     .kernel = &Strict<ToBase64>},
    {.name = "FROM_BASE64",
     .signature = "FROM_BASE64(string)",
     .doc = "The text that Base64 stands for; an error if it is none.",
     .example = "FROM_BASE64('aGVsbG8gd29ybGQ=') -> hello world",
     .infer = &Typed<"text -> string">,
     .kernel = &Strict<FromBase64>},
    {.name = "HEX",
     .signature = "HEX(integer), HEX(string)",
     .doc = "The number, or the bytes of the text, in hexadecimal digits.",
     .example = "HEX('hello') -> 68656C6C6F",
     .infer = &InferHex,
     .kernel = &Hex},
    {.name = "UNHEX",
     .signature = "UNHEX(string)",
     .doc = "The bytes that hexadecimal digits stand for; NULL if they are none.",
     .example = "DECODE(UNHEX('466C696E6B'), 'UTF-8') -> Flink",
     .infer = &Typed<"string -> bytes?">,
     .kernel = &Strict<Unhex>},
    {.name = "ENCODE",
     .signature = "ENCODE(string, charset)",
     .doc = "The text as bytes in a charset: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE.",
     .example = "HEX(ENCODE('a', 'UTF-16BE')) -> 0061",
     .infer = &Typed<"string, string -> bytes?">,
     .kernel = &Strict<Encode>},
    {.name = "DECODE",
     .signature = "DECODE(bytes, charset)",
     .doc = "The bytes as text of a charset: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE.",
     .example = "DECODE(UNHEX('E4'), 'ISO-8859-1') -> ä",
     .infer = &Typed<"text, string -> string?">,
     .kernel = &Strict<Decode>},
    {.name = "URL_ENCODE",
     .signature = "URL_ENCODE(string)",
     .doc = "The text in application/x-www-form-urlencoded form.",
     .example = "URL_ENCODE('a b&c') -> a+b%26c",
     .infer = &Typed<"string -> string">,
     .kernel = &Strict<UrlEncode>},
    {.name = "URL_DECODE",
     .signature = "URL_DECODE(string)",
     .doc = "The text that application/x-www-form-urlencoded form stands for; NULL if it is malformed.",
     .example = "URL_DECODE('a+b%26c') -> a b&c",
     .infer = &Typed<"string -> string?">,
     .kernel = &Strict<UrlDecode>},
    {.name = "PARSE_URL",
     .signature = "PARSE_URL(url, part [, key])",
     .doc = "HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO of a URL, or one parameter of its QUERY.",
     .example = "PARSE_URL('http://example.com/a?q=1', 'QUERY', 'q') -> 1",
     .infer = &Typed<"string, string, string? -> string?">,
     .kernel = &Strict<ParseUrl>},
    {.name = "TRANSLATE",
     .signature = "TRANSLATE(string, from, to)",
     .doc = "Each character of from replaced by the one at its place in to, or dropped if to is shorter.",
     .example = "TRANSLATE('abcd', 'bd', 'B') -> aBc",
     .infer = &Typed<"string, string, string -> string">,
     .kernel = &Strict<Translate>},
    {.name = "UUID",
     .signature = "UUID()",
     .doc = "A random UUID (version 4).",
     .example = "CHAR_LENGTH(UUID()) -> 36",
     .infer = &Typed<"-> char(36)!">,
     .kernel = &Uuid,
     .deterministic = false},
    {.name = "TYPEOF",
     .signature = "TYPEOF(value [, force_serializable])",
     .doc = "The type of the value; all types have a serializable text here.",
     .example = "TYPEOF(1) -> INT NOT NULL",
     .infer = &InferTypeOf,
     .kernel = &TypeOf},
};

}  // namespace

std::span<const ScalarFunction> TextFunctions() { return kFunctions; }

}  // namespace millrace::functions
