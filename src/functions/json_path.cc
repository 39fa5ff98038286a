#include "functions/json_path.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "base/strings.h"

namespace millrace::functions {

// Reads a path from its text.
class JsonPathReader {
 public:
  explicit JsonPathReader(std::string_view text) : text_(text) {}

  bool Read(JsonPath& path) {
    if (text_.starts_with('$')) {
      at_ = 1;
    } else if (!text_.empty() && text_[0] != '[' && !ReadName(path, false)) {
      return false;  // "a.b" is "$.a.b"
    } else if (text_.empty()) {
      return false;
    }
    while (at_ < text_.size()) {
      if (text_[at_] == '[') {
        if (!ReadBracket(path, false)) return false;
        continue;
      }
      if (text_[at_] != '.') return false;
      ++at_;
      const bool deep = at_ < text_.size() && text_[at_] == '.';
      if (deep) ++at_;
      if (deep && at_ < text_.size() && text_[at_] == '[') {
        if (!ReadBracket(path, true)) return false;
      } else if (!ReadName(path, deep)) {
        return false;
      }
    }
    return true;
  }

 private:
  using Step = JsonPath::Step;

  void Add(JsonPath& path, Step step, bool many) {
    path.many_ = path.many_ || many || step.deep;
    path.steps_.push_back(std::move(step));
  }

  // A name up to the next '.', '[' or '('; '*' is every member.
  bool ReadName(JsonPath& path, bool deep) {
    const size_t end = std::min(text_.find_first_of(".[(", at_), text_.size());
    const std::string_view name = text_.substr(at_, end - at_);
    if (name.empty() || name.find_first_of(" \t") != std::string_view::npos) return false;
    if (end < text_.size() && text_[end] == '(') return false;  // functions such as length() are not known
    at_ = end;
    if (name == "*") {
      Add(path, {.kind = Step::Kind::kWildcard, .deep = deep}, true);
    } else {
      Add(path, {.kind = Step::Kind::kNames, .deep = deep, .names = {std::string(name)}}, false);
    }
    return true;
  }

  void SkipBlanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  // 'name' or "name", a backslash before a quote.
  bool ReadQuoted(std::string& out) {
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    return at_ < text_.size() && text_[at_++] == quote;
  }

  bool ReadBracket(JsonPath& path, bool deep) {
    ++at_;
    SkipBlanks();
    if (at_ >= text_.size()) return false;
    Step step{.deep = deep};
    if (text_[at_] == '\'' || text_[at_] == '"') {
      step.kind = Step::Kind::kNames;
      do {
        SkipBlanks();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
        if (!ReadQuoted(step.names.emplace_back())) return false;
        SkipBlanks();
      } while (TakeChar(','));
      if (!TakeChar(']')) return false;
      Add(path, std::move(step), false);
      return true;
    }
    const size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) return false;
    const std::string_view inside = Trim(text_.substr(at_, end - at_));
    at_ = end + 1;
    if (inside == "*") {
      Add(path, std::move(step), true);
      return true;
    }
    return inside.find(':') != std::string_view::npos ? ReadSlice(path, std::move(step), inside)
                                                      : ReadIndices(path, std::move(step), inside);
  }

  static bool ReadInteger(std::string_view text, int64_t& out) {
    text = Trim(text);
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    out = *ParseInt64(text);
    return true;
  }

  bool ReadSlice(JsonPath& path, Step step, std::string_view inside) {
    const size_t colon = inside.find(':');
    step.kind = Step::Kind::kSlice;
    int64_t number = 0;
    if (const std::string_view from = Trim(inside.substr(0, colon)); !from.empty()) {
      if (!ReadInteger(from, number)) return false;
      step.from = number;
    }
    if (const std::string_view to = Trim(inside.substr(colon + 1)); !to.empty()) {
      if (!ReadInteger(to, number)) return false;
      step.to = number;
    }
    Add(path, std::move(step), true);
    return true;
  }

  bool ReadIndices(JsonPath& path, Step step, std::string_view inside) {
    step.kind = Step::Kind::kIndices;
    for (const std::string& piece : Split(inside, ',')) {
      if (!ReadInteger(piece, step.indices.emplace_back())) return false;
    }
    const bool many = step.indices.size() > 1;
    Add(path, std::move(step), many);
    return true;
  }

  bool TakeChar(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

namespace {

constexpr size_t kCacheSize = 256;

// "lax" or "strict" before the path, and what follows it.
struct Mode {
  bool lax = false;
  std::string_view path;
};

Mode SplitMode(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  for (const std::string_view word : {"lax", "strict"}) {
    if (!StartsWithIgnoreCase(trimmed, word) || trimmed.size() == word.size()) continue;
    const std::string_view rest = trimmed.substr(word.size());
    if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n') return {word == "lax", Trim(rest)};
  }
  return {false, text};
}

}  // namespace

bool JsonPath::IsLax(std::string_view text) { return SplitMode(text).lax; }

const JsonPath* JsonPath::Find(std::string_view text) {
  thread_local std::unordered_map<std::string, std::unique_ptr<JsonPath>> cache;
  std::string key(text);
  auto found = cache.find(key);
  if (found == cache.end()) {
    if (cache.size() >= kCacheSize) cache.clear();
    const Mode mode = SplitMode(text);
    auto path = std::make_unique<JsonPath>();
    path->lax_ = mode.lax;
    if (!JsonPathReader(mode.path).Read(*path)) path = nullptr;
    found = cache.emplace(std::move(key), std::move(path)).first;
  }
  return found->second.get();
}

void JsonPath::Apply(const Step& step, const JsonNode& node, std::vector<JsonNode>& out) {
  const auto size = static_cast<int64_t>(node.items.size());
  switch (step.kind) {
    case Step::Kind::kWildcard: out.insert(out.end(), node.items.begin(), node.items.end()); return;
    case Step::Kind::kNames: {
      if (step.names.size() == 1) {
        if (const JsonNode* member = node.Member(step.names[0])) out.push_back(*member);
        return;
      }
      if (node.kind != JsonNode::Kind::kObject) return;
      JsonNode all{.kind = JsonNode::Kind::kObject};
      for (const std::string& name : step.names) {
        const JsonNode* member = node.Member(name);
        if (member == nullptr) continue;
        all.names.push_back(name);
        all.items.push_back(*member);
      }
      out.push_back(std::move(all));
      return;
    }
    case Step::Kind::kIndices:
      if (node.kind != JsonNode::Kind::kArray) return;
      for (const int64_t index : step.indices) {
        const int64_t at = index < 0 ? index + size : index;
        if (at >= 0 && at < size) out.push_back(node.items[static_cast<size_t>(at)]);
      }
      return;
    case Step::Kind::kSlice: {
      if (node.kind != JsonNode::Kind::kArray) return;
      const auto place = [&](int64_t index) { return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size); };
      const int64_t end = place(step.to.value_or(size));
      for (int64_t at = place(step.from.value_or(0)); at < end; ++at)
        out.push_back(node.items[static_cast<size_t>(at)]);
      return;
    }
  }
}

void JsonPath::ApplyDeep(const Step& step, const JsonNode& node, std::vector<JsonNode>& out) {
  Apply(step, node, out);
  for (const JsonNode& item : node.items) ApplyDeep(step, item, out);
}

std::optional<JsonNode> JsonPath::Evaluate(const JsonNode& root) const {
  if (steps_.empty()) return root;
  std::vector<JsonNode> now;
  std::vector<JsonNode> next;
  bool many = false;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    next.clear();
    if (i == 0) {
      step.deep ? ApplyDeep(step, root, next) : Apply(step, root, next);
    } else {
      for (const JsonNode& node : now) step.deep ? ApplyDeep(step, node, next) : Apply(step, node, next);
    }
    std::swap(now, next);
    const bool plain = !step.deep && (step.kind == Step::Kind::kNames ||
                                      (step.kind == Step::Kind::kIndices && step.indices.size() == 1));
    // Up to the first step that may find several, every step has to find something.
    if (!many && plain && now.empty()) return std::nullopt;
    many = many || !plain;
  }
  if (!many_) return std::move(now[0]);
  JsonNode all{.kind = JsonNode::Kind::kArray};
  all.items = std::move(now);
  return all;
}

}  // namespace millrace::functions
