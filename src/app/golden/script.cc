#include "app/golden/script.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::app::golden {
namespace {

Error AtLine(uint32_t line, std::string message) { return UserError(fmt::format("line {}: {}", line, message)); }

std::optional<RowKind> ParseKind(std::string_view text) {
  for (const RowKind kind : {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete}) {
    if (text == RowKindShortName(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<std::string> Unquote(std::string_view cell) {
  if (cell == "NULL") return std::nullopt;
  if (cell.size() >= 2 && cell.front() == '\'' && cell.back() == '\'') {
    return ReplaceAll(cell.substr(1, cell.size() - 2), "''", "'");
  }
  return std::string(cell);
}

std::vector<std::string_view> SplitCells(std::string_view line) {
  std::vector<std::string_view> cells;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') quoted = !quoted;
    if (line[i] == '|' && !quoted) {
      cells.push_back(Trim(line.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  cells.push_back(Trim(line.substr(begin)));
  return cells;
}

Result<Section> ParseHeader(std::string_view header, uint32_t line) {
  Section section{.line = line};
  const std::vector<std::string> words = [&] {
    std::vector<std::string> out;
    for (const std::string& word : Split(Trim(header), ' ')) {
      if (!word.empty()) out.push_back(word);
    }
    return out;
  }();
  if (words.empty()) return AtLine(line, "a section needs a name after '=='.");
  const auto word = [&](size_t i) { return i < words.size() ? words[i] : std::string(); };
  section.name = word(1);
  if (words[0] == "sql") {
    section.kind = Section::Kind::kSql;
  } else if (words[0] == "input") {
    section.kind = Section::Kind::kInput;
    if (section.name.empty()) return AtLine(line, "'== input' needs a table name.");
  } else if (words[0] == "watermark") {
    section.kind = Section::Kind::kWatermark;
    const auto time = ParseTimestamp(word(2) + (word(3).empty() ? "" : " " + word(3)));
    if (section.name.empty() || !time) return AtLine(line, "write '== watermark TABLE yyyy-MM-dd HH:mm:ss[.SSS]'.");
    section.number = time->millis;
  } else if (words[0] == "expect" && (word(1) == "error" || word(1) == "text" || word(1) == "table")) {
    section.kind = word(1) == "error"  ? Section::Kind::kExpectError
                   : word(1) == "text" ? Section::Kind::kExpectText
                                       : Section::Kind::kExpectTable;
  } else if (words[0] == "expect" && word(1) == "late") {
    section.kind = Section::Kind::kExpectLate;
    const auto number = ParseInt64(word(2));
    if (!number) return AtLine(line, "write '== expect late NUMBER'.");
    section.number = *number;
  } else if (words[0] == "expect") {
    section.kind = Section::Kind::kExpect;
  } else if (words[0] == "explain") {
    section.kind = Section::Kind::kExplain;
    if (section.name.empty())
      return AtLine(line, "'== explain' needs a stage: tokens, ast, bound, optimized or physical.");
  } else if (words[0] == "skip") {
    section.kind = Section::Kind::kSkip;
    if (section.name.empty()) return AtLine(line, "'== skip' needs the name of a mode.");
  } else {
    return AtLine(line, fmt::format("unknown section '{}'.", words[0]))
        .WithHint(DidYouMean(words[0], {"sql", "input", "watermark", "expect", "explain", "skip"}));
  }
  return section;
}

bool HasRows(Section::Kind kind) {
  return kind == Section::Kind::kInput || kind == Section::Kind::kExpect || kind == Section::Kind::kExpectTable;
}

}  // namespace

Result<TextRow> ParseRow(std::string_view line, uint32_t number) {
  TextRow row{.line = number};
  std::vector<std::string_view> cells = SplitCells(line);
  if (const auto kind = ParseKind(cells[0])) {
    row.kind = *kind;
    cells.erase(cells.begin());
    if (cells.empty()) return AtLine(number, "a row kind without values.");
  }
  for (const std::string_view cell : cells) row.values.push_back(Unquote(cell));
  return row;
}

Result<Script> ParseScript(std::string path, std::string_view text) {
  Script script{.path = std::move(path)};
  uint32_t number = 0;
  for (const std::string& line : Split(text, '\n')) {
    ++number;
    if (line.starts_with("== ")) {
      MR_ASSIGN(Section section, ParseHeader(std::string_view(line).substr(3), number));
      script.sections.push_back(std::move(section));
      continue;
    }
    if (script.sections.empty()) {
      if (script.title.empty() && line.starts_with("#"))
        script.title = std::string(Trim(std::string_view(line).substr(1)));
      if (!line.empty() && !line.starts_with("#")) return AtLine(number, "text before the first '== ' section.");
      continue;
    }
    Section& section = script.sections.back();
    section.text += line + "\n";
    if (HasRows(section.kind) && !Trim(line).empty() && !line.starts_with("#")) {
      MR_ASSIGN(TextRow row, ParseRow(line, number));
      section.rows.push_back(std::move(row));
    }
  }
  if (script.title.empty()) return AtLine(1, "a golden script begins with a title line '# …'.");
  for (Section& section : script.sections) section.text = std::string(Trim(section.text));
  return script;
}

Result<Value> ParseValue(const std::optional<std::string>& text, const DataType& type) {
  if (!text) return Value();
  const auto bad = [&] { return UserError(fmt::format("'{}' is not a value of type {}.", *text, type.ToString())); };
  if (type.IsString() || type.IsBinary()) return Value(*text);
  switch (type.physical()) {
    case Physical::kBool: {
      const auto value = ParseBool(*text);
      return value ? Result<Value>(Value(*value)) : bad();
    }
    case Physical::kInt128: {
      const auto value = ParseDecimal(*text, type.precision, type.scale);
      return value ? Result<Value>(Value(*value)) : bad();
    }
    case Physical::kFloat:
    case Physical::kDouble: {
      const auto value = ParseDouble(*text);
      return value ? Result<Value>(Value(*value)) : bad();
    }
    case Physical::kInt8:
    case Physical::kInt16:
    case Physical::kInt32:
    case Physical::kInt64:
    case Physical::kTimestamp: break;
    case Physical::kString:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct:
      return UserError(fmt::format("values of type {} cannot be written in a script.", type.ToString()));
  }
  if (type.IsTimestamp()) {
    const auto value = ParseTimestamp(*text);
    if (!value) return bad();
    return type.physical() == Physical::kInt64 ? Value(value->millis) : Value(*value);
  }
  if (type.kind == TypeKind::kDate || type.kind == TypeKind::kTime) {
    const auto value = type.kind == TypeKind::kDate ? ParseDate(*text) : ParseTime(*text);
    return value ? Result<Value>(Value(static_cast<int64_t>(*value))) : bad();
  }
  const auto value = ParseInt64(*text);
  return value ? Result<Value>(Value(*value)) : bad();
}

}  // namespace millrace::app::golden
