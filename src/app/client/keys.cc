#include "app/client/keys.h"

#include "base/strings.h"

namespace millrace::app::client {
namespace {

constexpr char kEscapeByte = '\x1b';
constexpr std::string_view kPasteBegin = "\x1b[200~";
constexpr std::string_view kPasteEnd = "\x1b[201~";

Key Named(Key::Kind kind) { return {.kind = kind}; }

std::optional<Key> OfFinal(char final, bool with_modifier) {
  switch (final) {
    case 'A': return Named(Key::Kind::kUp);
    case 'B': return Named(Key::Kind::kDown);
    case 'C': return Named(with_modifier ? Key::Kind::kWordRight : Key::Kind::kRight);
    case 'D': return Named(with_modifier ? Key::Kind::kWordLeft : Key::Kind::kLeft);
    case 'H': return Named(Key::Kind::kHome);
    case 'F': return Named(Key::Kind::kEnd);
    case 'Z': return Named(Key::Kind::kBackTab);
    default: return std::nullopt;
  }
}

std::optional<Key> OfNumber(std::string_view number) {
  if (number == "1" || number == "7") return Named(Key::Kind::kHome);
  if (number == "4" || number == "8") return Named(Key::Kind::kEnd);
  if (number == "3") return Named(Key::Kind::kDelete);
  if (number == "5") return Named(Key::Kind::kPageUp);
  if (number == "6") return Named(Key::Kind::kPageDown);
  return std::nullopt;
}

}  // namespace

std::optional<Key> KeyDecoder::Next(bool quiet) {
  while (!bytes_.empty()) {
    const size_t before = bytes_.size();
    const auto byte = static_cast<unsigned char>(bytes_[0]);
    std::optional<Key> key;
    if (bytes_[0] == kEscapeByte) {
      key = Escape(quiet);
    } else if (byte == '\r' || byte == '\n') {
      key = Named(Key::Kind::kEnter);
      bytes_.erase(0, 1);
    } else if (byte == '\t') {
      key = Named(Key::Kind::kTab);
      bytes_.erase(0, 1);
    } else if (byte == 0x7F || byte == 0x08) {
      key = Named(Key::Kind::kBackspace);
      bytes_.erase(0, 1);
    } else if (byte < 0x20) {
      key = Key{.kind = Key::Kind::kControl, .letter = static_cast<char>(byte + '@')};
      bytes_.erase(0, 1);
    } else {
      key = Text(quiet);
    }
    // Neither a key nor fewer bytes: more are needed.
    if (key || bytes_.size() == before) return key;
  }
  return std::nullopt;
}

std::optional<Key> KeyDecoder::Escape(bool quiet) {
  if (bytes_.starts_with(kPasteBegin)) return Paste();
  if (bytes_.size() > 1 && (bytes_[1] == '[' || bytes_[1] == 'O')) {
    const size_t before = bytes_.size();
    std::optional<Key> key = Sequence();
    if (!key && bytes_.size() == before && quiet && kPasteBegin.substr(0, bytes_.size()) != bytes_) bytes_.clear();
    return key;
  }
  if (bytes_.size() == 1 && !quiet) return std::nullopt;
  Key key = Named(Key::Kind::kEscape);
  if (bytes_.size() > 1 && bytes_[1] != kEscapeByte) {
    key = Named(bytes_[1] == 'b' ? Key::Kind::kWordLeft : bytes_[1] == 'f' ? Key::Kind::kWordRight : Key::Kind::kAlt);
    key.letter = key.kind == Key::Kind::kAlt ? bytes_[1] : '\0';
    bytes_.erase(1, 1);
  }
  bytes_.erase(0, 1);
  return key;
}

// ESC [ parameters final, ESC O final.
std::optional<Key> KeyDecoder::Sequence() {
  size_t end = 2;
  while (end < bytes_.size() && bytes_[end] < 0x40) ++end;
  if (end >= bytes_.size()) return std::nullopt;
  const std::string parameters = bytes_.substr(2, end - 2);
  const char final = bytes_[end];
  bytes_.erase(0, end + 1);
  const bool with_modifier = parameters.find(';') != std::string::npos;
  return final == '~' ? OfNumber(parameters.substr(0, parameters.find(';'))) : OfFinal(final, with_modifier);
}

std::optional<Key> KeyDecoder::Paste() {
  const size_t end = bytes_.find(kPasteEnd);
  if (end == std::string::npos) return std::nullopt;
  std::string text = bytes_.substr(kPasteBegin.size(), end - kPasteBegin.size());
  bytes_.erase(0, end + kPasteEnd.size());
  return Key{.kind = Key::Kind::kPaste, .text = ReplaceAll(ReplaceAll(text, "\r\n", "\n"), "\r", "\n")};
}

std::optional<Key> KeyDecoder::Text(bool quiet) {
  const auto byte = static_cast<unsigned char>(bytes_[0]);
  const size_t length = byte >= 0xF8 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
  if (bytes_.size() < length) {
    if (quiet) bytes_.clear();
    return std::nullopt;
  }
  Key key{.kind = Key::Kind::kText, .text = bytes_.substr(0, length)};
  const bool good = IsValidUtf8(key.text);
  bytes_.erase(0, good ? length : 1);
  return good ? std::optional(std::move(key)) : std::nullopt;
}

}  // namespace millrace::app::client
