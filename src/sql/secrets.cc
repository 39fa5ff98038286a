#include "sql/secrets.h"

#include <algorithm>
#include <vector>

#include "base/secrets.h"
#include "base/strings.h"
#include "sql/lexer.h"
#include "sql/printer.h"

namespace millrace::sql {
namespace {

bool IsText(const Token& token) {
  return token.kind == TokenKind::kString || token.kind == TokenKind::kUnicodeString ||
         token.kind == TokenKind::kEscapeString;
}

// 'key' = 'value', or key = 'value'.
class Hider {
 public:
  explicit Hider(std::string_view script) : script_(script), tokens_(Tokenize(script)) {}

  std::string Run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (StartsSet(i)) HideSetting(i + 1);
      if (i + 2 < tokens_.size() && IsText(tokens_[i]) && tokens_[i + 1].text == "=" && IsText(tokens_[i + 2])) {
        HideOption(tokens_[i], tokens_[i + 2]);
      }
    }
    return std::move(out_.append(script_.substr(copied_)));
  }

 private:
  static std::string ValueOf(const Token& token) {
    auto value = TokenValue(token);
    return value.ok() ? *std::move(value) : std::string(token.text);
  }

  void HideOption(const Token& key, const Token& value) {
    const std::string given = ValueOf(value);
    const std::string shown = HiddenIfSecret(ValueOf(key), given);
    if (shown != given) Replace(value.text, shown);
  }

  bool StartsSet(size_t i) const {
    const bool first = i == 0 || tokens_[i - 1].text == ";";
    return first && EqualsIgnoreCase(tokens_[i].text, "SET") && !IsText(tokens_[i + 1]);
  }

  // SET key = value without quotes; `i`: behind SET.
  void HideSetting(size_t i) {
    const auto from = tokens_.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = std::find_if(
        from, tokens_.end(), [](const Token& token) { return token.kind == TokenKind::kEnd || token.text == ";"; });
    const auto equals = std::find_if(from, end, [](const Token& token) { return token.text == "="; });
    if (equals == end || equals + 1 == end) return;
    const std::string_view key = Trim(Between(from->text.data(), equals->text.data()));
    const auto last = end - 1;
    const std::string_view value = Between((equals + 1)->text.data(), last->text.data() + last->text.size());
    const std::string shown = HiddenIfSecret(key, value);
    if (shown != value) Replace(value, shown);
  }

  static std::string_view Between(const char* begin, const char* end) {
    return {begin, static_cast<size_t>(end - begin)};
  }

  // `piece` of the script; its lines are kept.
  void Replace(std::string_view piece, std::string_view shown) {
    const auto begin = static_cast<size_t>(piece.data() - script_.data());
    if (begin < copied_) return;
    out_.append(script_.substr(copied_, begin - copied_)).append(QuoteText(shown));
    const auto lost = std::count(piece.begin(), piece.end(), '\n') - std::count(shown.begin(), shown.end(), '\n');
    out_.append(static_cast<size_t>(std::max<std::ptrdiff_t>(0, lost)), '\n');
    copied_ = begin + piece.size();
  }

  std::string_view script_;
  std::vector<Token> tokens_;
  std::string out_;
  size_t copied_ = 0;  // bytes of the script
};

}  // namespace

std::string HideSecrets(std::string_view script) { return Hider(script).Run(); }

}  // namespace millrace::sql
