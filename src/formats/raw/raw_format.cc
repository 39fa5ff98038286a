#include "formats/raw/raw_format.h"

#include <iconv.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/strings.h"
#include "formats/record_loop.h"

namespace millrace::formats {
namespace {

const OptionTable& RawOptions() {
  static const OptionTable table = {
      {"charset", OptionType::kString, "UTF-8", "How text is encoded."},
      {"endianness", OptionType::kEnum, "big-endian", "Byte order of numbers.", false, {"big-endian", "little-endian"}},
  };
  return table;
}

// One direction of a charset conversion; passes through when the charset is UTF-8.
class Charset {
 public:
  static Result<Charset> Open(const std::string& from, const std::string& to, const std::string& shown) {
    Charset charset;
    if (EqualsIgnoreCase(from, to) || EqualsIgnoreCase(shown, "utf8")) return charset;
    charset.handle_ = iconv_open(to.c_str(), from.c_str());
    if (charset.handle_ == kNone) {
      return ValidationError(fmt::format("Unsupported 'raw.charset' name: {}.", shown))
          .WithHint("For example 'UTF-8'.");
    }
    return charset;
  }
  Charset() = default;
  Charset(Charset&& other) noexcept : handle_(std::exchange(other.handle_, kNone)) {}
  Charset& operator=(Charset&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Charset() {
    if (handle_ != kNone) iconv_close(handle_);
  }

  // Characters that cannot be converted become '?', as in Java.
  std::string_view Convert(std::string_view text) {
    if (handle_ == kNone) return text;
    out_.resize(text.size() * 4 + 16);
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    char* from = const_cast<char*>(text.data());
    size_t from_left = text.size();
    char* to = out_.data();
    size_t to_left = out_.size();
    while (from_left > 0) {
      if (iconv(handle_, &from, &from_left, &to, &to_left) != static_cast<size_t>(-1)) break;
      if (errno == E2BIG || to_left == 0) break;
      *to++ = '?';
      --to_left;
      ++from;
      --from_left;
    }
    return {out_.data(), static_cast<size_t>(to - out_.data())};
  }

 private:
  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);
  iconv_t handle_ = kNone;
  std::string out_;
};

bool IsSwapped(const Options& options) {
  const bool big = options.GetEnum("endianness") == "big-endian";
  return big == (std::endian::native == std::endian::little);
}

Result<Field> OnlyField(const connect::FormatContext& context) {
  if (context.fields.size() != 1) {
    std::vector<std::string> names;
    for (const Field& field : context.fields) names.push_back(field.name);
    return ValidationError(fmt::format(
        "The 'raw' format only supports single physical column. However the defined schema contains multiple physical "
        "columns: [{}]",
        Join(names, ", ")));
  }
  const DataType& type = context.fields[0].type;
  switch (type.kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: return context.fields[0];
    case TypeKind::kNull:
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: break;
  }
  return ValidationError(
      fmt::format("The 'raw' format doesn't supports '{}' as column type.", type.Nullable().ToString()));
}

class RawDecoder final : public connect::Decoder {
 public:
  RawDecoder(DataType type, bool swapped, Charset charset)
      : type_(std::move(type)),
        width_(type_.physical() == Physical::kString ? 0 : PhysicalWidth(type_.physical())),
        swapped_(swapped),
        charset_(std::move(charset)) {}

  Result<connect::DecodeResult> Decode(std::span<const connect::ByteView> messages,
                                       std::span<ColumnBuilder> columns) override {
    return DecodeEach(
        messages, [&](const connect::ByteView& message) { return DecodeMessage(message, columns[0]); },
        [&](const connect::ByteView& message) {
          return UserError(fmt::format("Size mismatch for raw type {}: expected {} byte(s), but the record has {}.",
                                       type_.Nullable().ToString(), width_, message.size));
        });
  }

 private:
  RecordOutcome DecodeMessage(const connect::ByteView& message, ColumnBuilder& column) {
    if (message.is_null()) {
      column.AppendNull();
      return RecordOutcome::kRow;
    }
    if (width_ == 0) {
      column.AppendString(type_.IsString() ? charset_.Convert(message.view()) : message.view());
      return RecordOutcome::kRow;
    }
    if (message.size != width_) return RecordOutcome::kError;
    char bytes[8];
    std::memcpy(bytes, message.data, width_);
    if (swapped_) std::reverse(bytes, bytes + width_);
    switch (type_.physical()) {
      case Physical::kBool: column.Append<uint8_t>(bytes[0] != 0 ? 1 : 0); break;
      case Physical::kInt8: column.Append(std::bit_cast<int8_t>(bytes[0])); break;
      case Physical::kInt16: column.Append(Load<int16_t>(bytes)); break;
      case Physical::kInt32: column.Append(Load<int32_t>(bytes)); break;
      case Physical::kInt64: column.Append(Load<int64_t>(bytes)); break;
      case Physical::kFloat: column.Append(Load<float>(bytes)); break;
      case Physical::kDouble: column.Append(Load<double>(bytes)); break;
      case Physical::kInt128:
      case Physical::kTimestamp:
      case Physical::kString:
      case Physical::kList:
      case Physical::kMap:
      case Physical::kStruct: return RecordOutcome::kError;
    }
    return RecordOutcome::kRow;
  }

  template <typename T>
  static T Load(const char* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }

  DataType type_;
  size_t width_;
  bool swapped_;
  Charset charset_;
};

class RawEncoder final : public connect::Encoder {
 public:
  RawEncoder(bool swapped, Charset charset) : swapped_(swapped), charset_(std::move(charset)) {}

  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    nulls_.clear();
    const Column& column = *batch.columns[0];
    const Physical physical = column.type().physical();
    const size_t width = PhysicalWidth(physical);
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (column.IsNull(row)) {
        nulls_.push_back(static_cast<uint32_t>(row));
      } else if (physical == Physical::kString) {
        const std::string_view text = column.values<StringRef>()[row].view();
        out += column.type().IsString() ? charset_.Convert(text) : text;
      } else {
        out.append(column.values<char>() + row * width, width);
        if (swapped_) std::reverse(out.end() - static_cast<ptrdiff_t>(width), out.end());
      }
      ends.push_back(out.size());
    }
    return Ok();
  }
  std::span<const uint32_t> null_messages() const override { return nulls_; }

 private:
  bool swapped_;
  Charset charset_;
  std::vector<uint32_t> nulls_;
};

Result<std::unique_ptr<connect::Decoder>> MakeRawDecoder(const connect::FormatContext& context) {
  MR_ASSIGN(const Field field, OnlyField(context));
  const std::string name = context.options.GetString("charset");
  MR_ASSIGN(Charset charset, Charset::Open(name, "UTF-8", name));
  return std::unique_ptr<connect::Decoder>(
      std::make_unique<RawDecoder>(field.type, IsSwapped(context.options), std::move(charset)));
}

Result<std::unique_ptr<connect::Encoder>> MakeRawEncoder(const connect::FormatContext& context) {
  MR_TRY(OnlyField(context));
  const std::string name = context.options.GetString("charset");
  MR_ASSIGN(Charset charset, Charset::Open("UTF-8", name, name));
  return std::unique_ptr<connect::Encoder>(
      std::make_unique<RawEncoder>(IsSwapped(context.options), std::move(charset)));
}

}  // namespace

connect::FormatDef RawFormat() {
  connect::FormatDef def;
  def.name = "raw";
  def.options = &RawOptions();
  def.doc = "The whole message is the value of the only column.";
  def.make_decoder = MakeRawDecoder;
  def.make_encoder = MakeRawEncoder;
  return def;
}

}  // namespace millrace::formats
