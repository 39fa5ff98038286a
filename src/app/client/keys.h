#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::app::client {

struct Key {
  enum class Kind : uint8_t {
    kText,     // `text`: one code point
    kPaste,    // `text`: a bracketed paste, lines ended by '\n'
    kControl,  // `letter`: 'C' for Ctrl-C
    kAlt,      // `letter`
    kEnter,
    kTab,
    kBackTab,
    kBackspace,
    kDelete,
    kEscape,
    kUp,
    kDown,
    kLeft,
    kRight,
    kWordLeft,
    kWordRight,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
    kResize,      // the terminal has another size now
    kEndOfInput,  // the terminal is gone
  };
  Kind kind = Kind::kText;
  std::string text;
  char letter = 0;
  bool operator==(const Key&) const = default;
  bool IsControl(char c) const { return kind == Kind::kControl && letter == c; }
  bool IsText(std::string_view utf8) const { return kind == Kind::kText && text == utf8; }
};

// Makes keys of the bytes that a terminal sends. Sequences that mean nothing here are dropped.
class KeyDecoder {
 public:
  void Feed(std::string_view bytes) { bytes_ += bytes; }
  // The next key; nullopt when more bytes are needed. `quiet`: no more bytes came for a moment, so that an escape is
  // the Escape key.
  std::optional<Key> Next(bool quiet);
  bool empty() const { return bytes_.empty(); }

 private:
  std::optional<Key> Escape(bool quiet);
  std::optional<Key> Sequence();
  std::optional<Key> Paste();
  std::optional<Key> Text(bool quiet);

  std::string bytes_;
};

}  // namespace millrace::app::client
