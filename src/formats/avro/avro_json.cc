#include "formats/avro/avro_json.h"

#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/varint.h"
#include "data/value.h"

namespace millrace::formats {
namespace {

using codec::Json;
using codec::avro::Kind;
using codec::avro::Logical;
using codec::avro::Type;

constexpr int kMaxShownDepth = 100;
constexpr int64_t kMaxShownSeconds = 253'402'300'800;  // year 9999; beyond it a timestamp is shown as its number

class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }

  Result<Json> Read(const Type& type, int depth) {
    if (depth > kMaxShownDepth) return Bad("is nested too deeply");
    switch (type.kind) {
      case Kind::kNull: return Json();
      case Kind::kBoolean: {
        MR_ASSIGN(const std::string_view byte, Take(1));
        return Json(byte[0] != '\0');
      }
      case Kind::kInt:
      case Kind::kLong: {
        MR_ASSIGN(const int64_t value, Long());
        return Integer(type, value);
      }
      case Kind::kFloat: {
        MR_ASSIGN(const std::string_view raw, Take(4));
        float value = 0;
        std::memcpy(&value, raw.data(), 4);
        return Json(static_cast<double>(value));
      }
      case Kind::kDouble: {
        MR_ASSIGN(const std::string_view raw, Take(8));
        double value = 0;
        std::memcpy(&value, raw.data(), 8);
        return Json(value);
      }
      case Kind::kBytes:
      case Kind::kString: {
        MR_ASSIGN(const int64_t size, Long());
        MR_ASSIGN(const std::string_view raw, Take(size));
        return Bytes(type, raw);
      }
      case Kind::kFixed: {
        MR_ASSIGN(const std::string_view raw, Take(type.size));
        return Bytes(type, raw);
      }
      case Kind::kEnum: {
        MR_ASSIGN(const int64_t index, Long());
        if (index < 0 || static_cast<size_t>(index) >= type.symbols.size())
          return Bad("has an enum index out of range");
        return Json(type.symbols[static_cast<size_t>(index)]);
      }
      case Kind::kUnion: {
        MR_ASSIGN(const int64_t index, Long());
        if (index < 0 || static_cast<size_t>(index) >= type.branches.size())
          return Bad("has a union index out of range");
        return Read(*type.branches[static_cast<size_t>(index)], depth + 1);
      }
      case Kind::kRecord: {
        Json out = Json::MakeObject();
        for (const auto& field : type.fields) {
          MR_ASSIGN(Json value, Read(*field.type, depth + 1));
          out.members().push_back({field.name, std::move(value)});
        }
        return out;
      }
      case Kind::kArray:
      case Kind::kMap: return Blocks(type, depth);
    }
    return Bad("has an unknown type");
  }

 private:
  static Error Bad(std::string_view what) { return UserError(fmt::format("The Avro value {}.", what)); }

  Result<int64_t> Long() {
    int64_t value = 0;
    const char* next = codec::ReadSignedVarint64(at_, end_, &value);
    if (next == nullptr) return Bad("ends inside a number");
    at_ = next;
    return value;
  }

  Result<std::string_view> Take(int64_t size) {
    if (size < 0 || size > end_ - at_) return Bad("is cut short");
    const std::string_view out(at_, static_cast<size_t>(size));
    at_ += size;
    return out;
  }

  Result<Json> Blocks(const Type& type, int depth) {
    Json out = type.kind == Kind::kMap ? Json::MakeObject() : Json::MakeArray();
    while (true) {
      MR_ASSIGN(int64_t count, Long());
      if (count == 0) return out;
      if (count < 0) {
        MR_TRY(Long());
        count = -count;
      }
      for (int64_t i = 0; i < count; ++i) {
        // Items of no size (null) would let a few bytes ask for any number of them.
        if (at_ == end_ && i > 1'000'000) return Bad("has too many items");
        if (type.kind == Kind::kMap) {
          MR_ASSIGN(const int64_t size, Long());
          MR_ASSIGN(const std::string_view key, Take(size));
          MR_ASSIGN(Json value, Read(type.element(), depth + 1));
          out.Set(key, std::move(value));
        } else {
          MR_ASSIGN(Json value, Read(type.element(), depth + 1));
          out.Append(std::move(value));
        }
      }
    }
  }

  static Json Integer(const Type& type, int64_t value) {
    switch (type.logical) {
      case Logical::kDate: return Json(FormatDate(static_cast<int32_t>(value)));
      case Logical::kTimeMillis: return Json(FormatTime(static_cast<int32_t>(value), 3));
      case Logical::kTimestampMillis: return Time(value, 1'000, 3, "Z");
      case Logical::kLocalTimestampMillis: return Time(value, 1'000, 3, "");
      case Logical::kTimestampMicros: return Time(value, 1'000'000, 6, "Z");
      case Logical::kLocalTimestampMicros: return Time(value, 1'000'000, 6, "");
      case Logical::kTimeMicros:
      case Logical::kNone:
      case Logical::kDecimal:
      case Logical::kUuid: return Json(value);
    }
    return Json(value);
  }

  // ISO 8601; an instant ends in Z.
  static Json Time(int64_t value, int64_t per_second, int32_t digits, std::string_view end) {
    if (std::abs(value / per_second) >= kMaxShownSeconds) return Json(value);
    const int64_t per_milli = per_second / 1'000;
    const int64_t millis = value / per_milli - (value % per_milli < 0 ? 1 : 0);
    const int64_t nanos = (value - millis * per_milli) * (1'000'000 / per_milli);
    std::string text = FormatTimestamp(millis, static_cast<int32_t>(nanos), digits);
    if (const size_t blank = text.find(' '); blank != std::string::npos) text[blank] = 'T';
    return Json(text.append(end));
  }

  static Json Bytes(const Type& type, std::string_view raw) {
    if (type.logical == Logical::kDecimal && raw.size() <= 16 && !raw.empty()) {
      Int128 value = (raw[0] & 0x80) != 0 ? -1 : 0;
      for (const char c : raw)
        value = static_cast<Int128>(static_cast<unsigned __int128>(value) << 8 | static_cast<unsigned char>(c));
      return Json(DecimalToString(value, type.scale));
    }
    return IsValidUtf8(raw) ? Json(raw) : Json(Base64Encode(raw));
  }

  const char* at_;
  const char* end_;
};

}  // namespace

Result<Json> AvroToJson(const codec::avro::Schema& schema, std::string_view bytes) {
  Reader reader(bytes);
  MR_ASSIGN(Json out, reader.Read(schema.root(), 0));
  if (!reader.done()) return UserError("The Avro value has bytes left over.");
  return out;
}

}  // namespace millrace::formats
