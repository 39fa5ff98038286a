#include "formats/csv/csv_dialect.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::formats {
namespace {

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

// A character as Flink's option reader takes it: itself, or the Java escapes \t \n \r \\ ... and \uXXXX.
Result<std::string> Unescaped(std::string_view name, const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    switch (text[++i]) {
      case 't': out.push_back('\t'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case '0': out.push_back('\0'); break;
      case 'u': {
        int code = 0;
        for (size_t k = 1; k <= 4; ++k) {
          const char c = i + k < text.size() ? text[i + k] : 'x';
          const int digit = c >= '0' && c <= '9'   ? c - '0'
                            : c >= 'a' && c <= 'f' ? c - 'a' + 10
                            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                   : -1;
          if (digit < 0) return ValidationError(fmt::format("Invalid escape in option '{}': '{}'.", name, text));
          code = code * 16 + digit;
        }
        if (code > 0x7f) {
          return ValidationError(fmt::format("Option '{}' must be an ASCII character, but was: {}", name, text));
        }
        out.push_back(static_cast<char>(code));
        i += 4;
        break;
      }
      default: out.push_back(text[i]);
    }
  }
  return out;
}

Result<char> OneCharacter(const Options& options, std::string_view name) {
  MR_ASSIGN(const std::string text, Unescaped(name, options.GetString(name)));
  if (text.size() == 1) return text[0];
  return ValidationError(fmt::format("Option 'csv.{}' must be a string with single character, but was: {}", name,
                                     options.GetString(name)));
}

bool IsSimple(const DataType& type) {
  return type.kind != TypeKind::kArray && type.kind != TypeKind::kMap && type.kind != TypeKind::kMultiset &&
         type.kind != TypeKind::kRow && type.kind != TypeKind::kNull && type.kind != TypeKind::kIntervalYearMonth &&
         type.kind != TypeKind::kIntervalDaySecond;
}

}  // namespace

Result<CsvDialect> CsvDialect::From(const Options& options) {
  CsvDialect dialect;
  MR_ASSIGN(dialect.delimiter, OneCharacter(options, "field-delimiter"));
  if (options.GetBool("disable-quote-character")) {
    if (options.given().contains("quote-character")) {
      return ValidationError("Format cannot define a quote character and disabled quote character at the same time.");
    }
    dialect.quote.reset();
  } else {
    MR_ASSIGN(dialect.quote, OneCharacter(options, "quote-character"));
  }
  if (options.Has("escape-character")) {
    MR_ASSIGN(dialect.escape, OneCharacter(options, "escape-character"));
  }
  dialect.allow_comments = options.GetBool("allow-comments");
  MR_ASSIGN(dialect.array_delimiter,
            Unescaped("array-element-delimiter", options.GetString("array-element-delimiter")));
  if (options.Has("null-literal")) dialect.null_literal = options.GetString("null-literal");
  if (dialect.quote == dialect.delimiter || dialect.escape == dialect.delimiter || IsLineEnd(dialect.delimiter)) {
    return ValidationError(
        "The field delimiter of the csv format must differ from the quote and escape character and "
        "cannot be a line end.");
  }
  return dialect;
}

Status CheckCsvFields(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (IsSimple(field.type)) continue;
    if (field.type.kind != TypeKind::kArray && field.type.kind != TypeKind::kRow) {
      return ValidationError(
          fmt::format("Unsupported type '{}' for field '{}' of the csv format.", field.type.ToString(), field.name));
    }
    for (const Field& child : *field.type.children) {
      if (IsSimple(child.type)) continue;
      return ValidationError(
          fmt::format("Only simple types are supported in the second level nesting of fields '{}' but was: {}",
                      field.name, child.type.ToString()));
    }
  }
  return Ok();
}

// The character after an escape: Jackson knows four short forms, every other stands for itself.
static char AfterEscape(char c) {
  switch (c) {
    case '0': return '\0';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

bool CsvLine::ParseQuoted(std::string_view text, size_t& at, const CsvDialect& dialect) {
  const char quote = *dialect.quote;
  ++at;
  while (true) {
    if (at >= text.size()) {
      reason_ = fmt::format("Missing closing quote for value #{}.", cells_.size() + 1);
      return false;
    }
    const char c = text[at++];
    if (dialect.escape == c && c != quote) {
      if (at < text.size()) text_.push_back(AfterEscape(text[at++]));
    } else if (c != quote) {
      text_.push_back(c);
    } else if (at < text.size() && text[at] == quote) {
      text_.push_back(quote);
      ++at;
    } else {
      break;
    }
  }
  while (at < text.size() && (text[at] == ' ' || (text[at] == '\t' && dialect.delimiter != '\t'))) ++at;
  if (at >= text.size() || text[at] == dialect.delimiter || IsLineEnd(text[at])) return true;
  reason_ = fmt::format("Expected column separator character ('{}') or end-of-line after value #{}.", dialect.delimiter,
                        cells_.size() + 1);
  return false;
}

void CsvLine::ParsePlain(std::string_view text, size_t& at, const CsvDialect& dialect) {
  while (at < text.size() && text[at] != dialect.delimiter && !IsLineEnd(text[at])) {
    if (dialect.escape == text[at]) {
      ++at;
      if (at < text.size()) text_.push_back(AfterEscape(text[at++]));
    } else {
      text_.push_back(text[at++]);
    }
  }
}

CsvLine::Outcome CsvLine::Parse(std::string_view text, const CsvDialect& dialect) {
  cells_.clear();
  text_.clear();
  size_t at = 0;
  while (at < text.size() && (IsLineEnd(text[at]) || (dialect.allow_comments && text[at] == '#'))) {
    if (text[at] == '#') {
      while (at < text.size() && !IsLineEnd(text[at])) ++at;
    } else {
      ++at;
    }
  }
  if (at == text.size()) return Outcome::kBlank;
  while (true) {
    Cell cell{text_.size(), 0, false};
    if (at < text.size() && dialect.quote == text[at]) {
      if (!ParseQuoted(text, at, dialect)) return Outcome::kError;
    } else {
      ParsePlain(text, at, dialect);
    }
    cell.size = text_.size() - cell.begin;
    cell.is_null = dialect.null_literal && std::string_view(text_).substr(cell.begin) == *dialect.null_literal;
    cells_.push_back(cell);
    if (at >= text.size() || text[at] != dialect.delimiter) return Outcome::kCells;
    ++at;
  }
}

size_t CsvRecordSize(std::string_view bytes, const CsvDialect& dialect) {
  if (dialect.allow_comments && bytes.starts_with('#')) {
    const size_t end = bytes.find('\n');
    return end == std::string_view::npos ? end : end + 1;
  }
  enum class State : uint8_t { kCellStart, kPlain, kQuoted, kAfterQuote } state = State::kCellStart;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool is_quote = dialect.quote == c;
    if (dialect.escape == c && !is_quote && state != State::kAfterQuote) {
      ++i;
      if (state == State::kCellStart) state = State::kPlain;
    } else if (state == State::kQuoted) {
      if (is_quote) state = State::kAfterQuote;
    } else if (c == '\n') {
      return i + 1;
    } else if (is_quote && state != State::kPlain) {
      state = State::kQuoted;  // at a cell's start, or the second of a doubled quote
    } else {
      state = c == dialect.delimiter ? State::kCellStart : State::kPlain;
    }
  }
  return std::string_view::npos;
}

}  // namespace millrace::formats
