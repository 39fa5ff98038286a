// JsonToAvro of avro_json.h.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/strings.h"
#include "codec/varint.h"
#include "data/value.h"
#include "formats/avro/avro_json.h"

namespace millrace::formats {
namespace {

using codec::Json;
using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::SchemaField;
using codec::avro::Type;

constexpr int kMaxWrittenDepth = 100;
constexpr int64_t kMaxMillis = 86'400'000;

std::string TypeWords(const Type& type) {
  switch (type.logical) {
    case Logical::kDecimal: return fmt::format("decimal({}, {})", type.precision, type.scale);
    case Logical::kDate: return "date as YYYY-MM-DD";
    case Logical::kTimeMillis:
    case Logical::kTimeMicros: return "time as HH:MM:SS";
    case Logical::kTimestampMillis:
    case Logical::kTimestampMicros: return "timestamp as YYYY-MM-DDTHH:MM:SSZ";
    case Logical::kLocalTimestampMillis:
    case Logical::kLocalTimestampMicros: return "timestamp as YYYY-MM-DDTHH:MM:SS";
    case Logical::kUuid: return "UUID";
    case Logical::kNone: break;
  }
  return type.is_named() ? fmt::format("{} {}", codec::avro::KindName(type.kind), type.name)
                         : std::string(codec::avro::KindName(type.kind));
}

std::string Shown(const Json& json) {
  std::string text = json.ToString();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// "2026-01-31T12:00:00.5Z" in units of a second; nullopt when it is none.
std::optional<int64_t> TimeOfText(std::string text, bool instant, int64_t per_second) {
  if (instant && text.ends_with('Z')) text.pop_back();
  if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
  const auto time = ParseTimestamp(text);
  if (!time) return std::nullopt;
  return per_second == 1'000 ? time->millis : time->millis * 1'000 + time->nanos / 1'000;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

class Writer {
 public:
  std::string out;

  Status Write(const Type& type, const Json& json, int depth) {
    if (depth > kMaxWrittenDepth) return Bad("is nested too deeply");
    switch (type.kind) {
      case Kind::kNull: return json.is_null() ? Ok() : Mismatch(type, json);
      case Kind::kBoolean:
        if (!json.is_bool()) return Mismatch(type, json);
        out.push_back(json.AsBool() ? '\1' : '\0');
        return Ok();
      case Kind::kInt:
      case Kind::kLong: return Integer(type, json);
      case Kind::kFloat:
      case Kind::kDouble: return Floating(type, json);
      case Kind::kBytes:
      case Kind::kString:
      case Kind::kFixed: return Bytes(type, json);
      case Kind::kEnum: return Symbol(type, json);
      case Kind::kUnion: return Union(type, json, depth);
      case Kind::kRecord: return Record(type, json, depth);
      case Kind::kArray: return Array(type, json, depth);
      case Kind::kMap: return Map(type, json, depth);
    }
    return Mismatch(type, json);
  }

 private:
  Error Bad(std::string_view what) const {
    return UserError(path_.empty() ? fmt::format("The value {}", what) : fmt::format("{}: {}", path_, what));
  }
  Error Mismatch(const Type& type, const Json& json) const {
    return UserError(
        fmt::format("{}expected {}, found {}", path_.empty() ? "" : path_ + ": ", TypeWords(type), Shown(json)));
  }

  Status Integer(const Type& type, const Json& json) {
    std::optional<int64_t> value;
    if (json.is_int()) value = json.AsInt();
    if (json.is_string()) value = FromText(type, json.AsString());
    if (!value) return Mismatch(type, json);
    if (type.kind == Kind::kInt && (*value < INT32_MIN || *value > INT32_MAX)) {
      return Bad(fmt::format("{} is out of the range of int", *value));
    }
    codec::AppendSignedVarint64(&out, *value);
    return Ok();
  }

  static std::optional<int64_t> FromText(const Type& type, const std::string& text) {
    switch (type.logical) {
      case Logical::kDate: return text.size() < 10 ? std::nullopt : ParseDate(text);
      case Logical::kTimeMillis: return ParseTime(text);
      case Logical::kTimeMicros: {
        const auto millis = ParseTime(text);
        return millis && *millis < kMaxMillis ? std::optional<int64_t>(int64_t{*millis} * 1'000) : std::nullopt;
      }
      case Logical::kTimestampMillis: return TimeOfText(text, true, 1'000);
      case Logical::kTimestampMicros: return TimeOfText(text, true, 1'000'000);
      case Logical::kLocalTimestampMillis: return TimeOfText(text, false, 1'000);
      case Logical::kLocalTimestampMicros: return TimeOfText(text, false, 1'000'000);
      case Logical::kNone:
      case Logical::kDecimal:
      case Logical::kUuid: return ParseInt64(text);
    }
    return std::nullopt;
  }

  Status Floating(const Type& type, const Json& json) {
    double value = 0;
    if (json.is_number()) {
      value = json.AsDouble();
    } else if (const auto parsed = json.is_string() ? ParseDouble(json.AsString()) : std::nullopt; parsed) {
      value = *parsed;
    } else if (json.is_string() && json.AsString() == "NaN") {
      value = std::nan("");
    } else if (json.is_string() && (json.AsString() == "Infinity" || json.AsString() == "-Infinity")) {
      value = json.AsString()[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    } else {
      return Mismatch(type, json);
    }
    const auto narrow = static_cast<float>(value);
    type.kind == Kind::kFloat ? out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow)
                              : out.append(reinterpret_cast<const char*>(&value), sizeof value);
    return Ok();
  }

  Status Bytes(const Type& type, const Json& json) {
    if (type.logical == Logical::kDecimal) return Decimal(type, json);
    std::string bytes;
    if (json.is_string()) {
      bytes = in_default_ && type.kind != Kind::kString ? Latin1(json.AsString()) : json.AsString();
    } else if (const std::string* hex = json.FindString("hex"); hex != nullptr && type.kind != Kind::kString) {
      const auto decoded = HexDecode(*hex);
      if (!decoded) return Bad("\"hex\" must hold pairs of hexadecimal digits");
      bytes = *decoded;
    } else if (const std::string* base64 = json.FindString("base64"); base64 != nullptr && type.kind != Kind::kString) {
      auto decoded = Base64Decode(*base64);
      if (!decoded.ok()) return Bad("\"base64\" does not hold base64");
      bytes = std::move(*decoded);
    } else {
      return Mismatch(type, json);
    }
    if (type.logical == Logical::kUuid && !IsUuid(bytes)) return Mismatch(type, json);
    if (type.kind == Kind::kFixed) {
      if (bytes.size() != static_cast<size_t>(type.size)) {
        return Bad(fmt::format("fixed {} has {} bytes, found {}", type.name, type.size, bytes.size()));
      }
    } else {
      codec::AppendSignedVarint64(&out, static_cast<int64_t>(bytes.size()));
    }
    out += bytes;
    return Ok();
  }

  // Defaults of bytes and fixed in a schema: code points 0 - 255 are the bytes.
  static std::string Latin1(std::string_view text) {
    std::string bytes;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto lead = static_cast<unsigned char>(text[i]);
      if ((lead == 0xc2 || lead == 0xc3) && i + 1 < text.size()) {
        bytes.push_back(static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f)));
      } else {
        bytes.push_back(text[i]);
      }
    }
    return bytes;
  }

  Status Decimal(const Type& type, const Json& json) {
    const std::string text = json.is_string() ? json.AsString() : json.is_number() ? json.ToString() : "";
    const auto value = ParseDecimal(text, type.precision, type.scale);
    if (!value) return Mismatch(type, json);
    size_t size = type.kind == Kind::kFixed ? static_cast<size_t>(type.size) : 1;
    const auto fits = [&](size_t bytes) {
      return bytes >= 16 || (*value >> (8 * bytes - 1) == 0 || *value >> (8 * bytes - 1) == -1);
    };
    while (type.kind == Kind::kBytes && !fits(size)) ++size;
    if (!fits(size)) return Bad(fmt::format("{} does not fit fixed {} of {} bytes", text, type.name, type.size));
    if (type.kind == Kind::kBytes) codec::AppendSignedVarint64(&out, static_cast<int64_t>(size));
    for (size_t i = size; i-- > 0;) {
      out.push_back(static_cast<char>(i >= 16 ? (*value < 0 ? -1 : 0) : static_cast<int64_t>(*value >> (8 * i))));
    }
    return Ok();
  }

  Status Symbol(const Type& type, const Json& json) {
    if (!json.is_string()) return Mismatch(type, json);
    for (size_t i = 0; i < type.symbols.size(); ++i) {
      if (type.symbols[i] != json.AsString()) continue;
      codec::AppendSignedVarint64(&out, static_cast<int64_t>(i));
      return Ok();
    }
    return Bad(
        fmt::format("enum {} has no symbol '{}'; it takes {}", type.name, json.AsString(), Join(type.symbols, ", ")));
  }

  // The first branch that takes the value. With only one that is not null the error is that branch's.
  Status Union(const Type& type, const Json& json, int depth) {
    const size_t start = out.size();
    const size_t length = path_.size();
    const bool outer = in_default_;
    const Type* only = nullptr;
    std::vector<std::string> names;
    for (size_t i = 0; i < type.branches.size(); ++i) {
      const Type& branch = *type.branches[i];
      names.push_back(TypeWords(branch));
      if (branch.kind == Kind::kNull && !json.is_null()) continue;
      if (branch.kind != Kind::kNull && json.is_null()) continue;
      only = only == nullptr ? &branch : nullptr;
      codec::AppendSignedVarint64(&out, static_cast<int64_t>(i));
      if (Write(branch, json, depth + 1).ok()) return Ok();
      out.resize(start);
      path_.resize(length);
      in_default_ = outer;
    }
    if (json.is_object() && json.members().size() == 1) {
      const auto& [name, value] = json.members()[0];
      for (size_t i = 0; i < type.branches.size(); ++i) {
        const Type& branch = *type.branches[i];
        if (name != (branch.is_named() ? branch.full_name() : codec::avro::KindName(branch.kind))) continue;
        codec::AppendSignedVarint64(&out, static_cast<int64_t>(i));
        return Write(branch, value, depth + 1);
      }
    }
    const auto values =
        std::count_if(type.branches.begin(), type.branches.end(), [](const Type* t) { return t->kind != Kind::kNull; });
    if (values == 1 && only != nullptr && !json.is_null()) return Write(*only, json, depth + 1);
    return Bad(fmt::format("expected one of {}, found {}", Join(names, ", "), Shown(json)));
  }

  Status Record(const Type& type, const Json& json, int depth) {
    if (!json.is_object()) return Mismatch(type, json);
    const size_t length = path_.size();
    for (const auto& member : json.members()) {
      if (type.FindField(member.name) != nullptr) continue;
      std::vector<std::string> names;
      for (const SchemaField& field : type.fields) names.push_back(field.name);
      return Bad(fmt::format("record {} has no field '{}'", type.name, member.name))
          .WithHint(DidYouMean(member.name, names));
    }
    for (const SchemaField& field : type.fields) {
      path_ += (length == 0 ? "" : ".") + field.name;
      const Json* value = json.Find(field.name);
      if (value == nullptr && !field.default_value) return Bad("is missing and has no default");
      const bool outer = in_default_;
      in_default_ = outer || value == nullptr;
      MR_TRY(Write(*field.type, value == nullptr ? *field.default_value : *value, depth + 1));
      in_default_ = outer;
      path_.resize(length);
    }
    return Ok();
  }

  Status Array(const Type& type, const Json& json, int depth) {
    if (!json.is_array()) return Mismatch(type, json);
    const size_t length = path_.size();
    if (!json.items().empty()) codec::AppendSignedVarint64(&out, static_cast<int64_t>(json.items().size()));
    for (size_t i = 0; i < json.items().size(); ++i) {
      path_ += fmt::format("[{}]", i);
      MR_TRY(Write(type.element(), json.items()[i], depth + 1));
      path_.resize(length);
    }
    out.push_back('\0');
    return Ok();
  }

  Status Map(const Type& type, const Json& json, int depth) {
    if (!json.is_object()) return Mismatch(type, json);
    const size_t length = path_.size();
    if (!json.members().empty()) codec::AppendSignedVarint64(&out, static_cast<int64_t>(json.members().size()));
    for (const auto& member : json.members()) {
      codec::AppendSignedVarint64(&out, static_cast<int64_t>(member.name.size()));
      out += member.name;
      path_ += fmt::format("['{}']", member.name);
      MR_TRY(Write(type.element(), member.value, depth + 1));
      path_.resize(length);
    }
    out.push_back('\0');
    return Ok();
  }

  std::string path_;
  bool in_default_ = false;
};

}  // namespace

Result<std::string> JsonToAvro(const codec::avro::Schema& schema, const Json& json) {
  Writer writer;
  MR_TRY(writer.Write(schema.root(), json, 0));
  return std::move(writer.out);
}

}  // namespace millrace::formats
