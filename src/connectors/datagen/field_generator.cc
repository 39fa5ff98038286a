#include "connectors/datagen/field_generator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"

namespace millrace::connectors {
namespace {

constexpr int64_t kDefaultLength = 100;  // of text and bytes without a declared length
constexpr int64_t kDefaultElements = 3;  // of arrays, maps and multisets
constexpr int64_t kMillisPerDay = 86'400'000;

std::string Key(const std::string& name, std::string_view option) { return fmt::format("fields.{}.{}", name, option); }

Error BadOption(const std::string& key, std::string_view value, std::string_view expected) {
  return ValidationError(fmt::format("Invalid value for option '{}': '{}' is not {}.", key, value, expected));
}

int64_t RandomBetween(Random& random, int64_t low, int64_t high) {  // both included
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}

void AppendInteger(int64_t value, ColumnBuilder& builder) {
  switch (builder.type().physical()) {
    case Physical::kInt8: builder.Append(static_cast<int8_t>(value)); break;
    case Physical::kInt16: builder.Append(static_cast<int16_t>(value)); break;
    case Physical::kInt32: builder.Append(static_cast<int32_t>(value)); break;
    case Physical::kInt64: builder.Append(value); break;
    case Physical::kFloat: builder.Append(static_cast<float>(value)); break;
    case Physical::kDouble: builder.Append(static_cast<double>(value)); break;
    case Physical::kInt128: {
      Int128 unscaled = value;
      for (int32_t i = 0; i < builder.type().scale; ++i) unscaled *= 10;
      builder.Append(unscaled);
      break;
    }
    case Physical::kString: builder.AppendString(std::to_string(value)); break;
    case Physical::kBool:
    case Physical::kTimestamp:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: builder.AppendNull(); break;
  }
}

class IntegerGenerator final : public FieldGenerator {
 public:
  IntegerGenerator(int64_t low, int64_t high) : low_(low), high_(high) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    AppendInteger(RandomBetween(*row.random, low_, high_), builder);
  }

 private:
  int64_t low_;
  int64_t high_;
};

class RealGenerator final : public FieldGenerator {
 public:
  RealGenerator(double low, double high) : low_(low), high_(high) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    const double share = std::uniform_real_distribution<double>(0, 1)(*row.random);
    const double value = low_ * (1 - share) + high_ * share;  // the difference itself may overflow
    builder.type().kind == TypeKind::kFloat ? builder.Append(static_cast<float>(value)) : builder.Append(value);
  }

 private:
  double low_;
  double high_;
};

class DecimalGenerator final : public FieldGenerator {
 public:
  DecimalGenerator(Int128 low, Int128 high) : low_(low), high_(high) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    using Wide = unsigned __int128;  // the range of DECIMAL(38) does not fit the signed type
    const Wide span = static_cast<Wide>(high_) - static_cast<Wide>(low_) + 1;
    const Wide bits = static_cast<Wide>((*row.random)()) << 64 | (*row.random)();
    builder.Append(static_cast<Int128>(static_cast<Wide>(low_) + bits % span));
  }

 private:
  Int128 low_;
  Int128 high_;
};

class BooleanGenerator final : public FieldGenerator {
 public:
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    builder.Append<uint8_t>((*row.random)() & 1);
  }
};

class TextGenerator final : public FieldGenerator {
 public:
  TextGenerator(int64_t length, bool varies, bool binary) : length_(length), varies_(varies), binary_(binary) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    static constexpr char kHex[] = "0123456789abcdef";
    const int64_t length = varies_ ? RandomBetween(*row.random, std::min<int64_t>(1, length_), length_) : length_;
    std::string text(static_cast<size_t>(length), '\0');
    uint64_t bits = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (i % 8 == 0) bits = (*row.random)();
      text[i] = binary_ ? static_cast<char>(bits) : kHex[bits & 15];
      bits >>= 8;
    }
    builder.AppendString(text);
  }

 private:
  int64_t length_;
  bool varies_;
  bool binary_;
};

// Now, or a moment of the last `max_past` millis.
class TimeGenerator final : public FieldGenerator {
 public:
  explicit TimeGenerator(int64_t max_past_millis) : max_past_millis_(max_past_millis) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    const int64_t past = max_past_millis_ > 0 ? RandomBetween(*row.random, 0, max_past_millis_) : 0;
    const int64_t millis = row.now_millis - past;
    const DataType& type = builder.type();
    if (type.kind == TypeKind::kDate) {
      builder.Append(static_cast<int32_t>(millis / kMillisPerDay));
    } else if (type.kind == TypeKind::kTime) {
      builder.Append(static_cast<int32_t>(millis % kMillisPerDay));
    } else if (type.precision > 3) {
      builder.Append(Timestamp{millis, 0});
    } else {
      const int64_t unit = type.precision == 3 ? 1 : type.precision == 2 ? 10 : type.precision == 1 ? 100 : 1000;
      builder.Append(millis - millis % unit);
    }
  }

 private:
  int64_t max_past_millis_;
};

class SequenceGenerator final : public FieldGenerator {
 public:
  SequenceGenerator(int64_t start, int64_t end) : start_(start), end_(end) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    AppendInteger(start_ + static_cast<int64_t>(row.index), builder);
  }
  uint64_t num_rows() const override { return static_cast<uint64_t>(end_) - static_cast<uint64_t>(start_) + 1; }

 private:
  int64_t start_;
  int64_t end_;
};

class ListGenerator final : public FieldGenerator {
 public:
  ListGenerator(int64_t length, std::vector<std::unique_ptr<FieldGenerator>> children)
      : length_(length), children_(std::move(children)) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    for (int64_t i = 0; i < length_; ++i) {
      for (size_t c = 0; c < children_.size(); ++c) children_[c]->Append(row, builder.child(c));
      if (builder.num_children() > children_.size()) builder.child(1).Append(int32_t{1});  // a multiset's count
    }
    builder.EndList();
  }

 private:
  int64_t length_;
  std::vector<std::unique_ptr<FieldGenerator>> children_;
};

class RowGenerator final : public FieldGenerator {
 public:
  explicit RowGenerator(std::vector<std::unique_ptr<FieldGenerator>> children) : children_(std::move(children)) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    for (size_t c = 0; c < children_.size(); ++c) children_[c]->Append(row, builder.child(c));
    builder.EndStruct();
  }

 private:
  std::vector<std::unique_ptr<FieldGenerator>> children_;
};

class NullableGenerator final : public FieldGenerator {
 public:
  NullableGenerator(double null_rate, std::unique_ptr<FieldGenerator> inner)
      : null_rate_(null_rate), inner_(std::move(inner)) {}
  void Append(const RowContext& row, ColumnBuilder& builder) const override {
    if (std::uniform_real_distribution<double>(0, 1)(*row.random) < null_rate_) {
      builder.AppendNull();
    } else {
      inner_->Append(row, builder);
    }
  }
  uint64_t num_rows() const override { return inner_->num_rows(); }

 private:
  double null_rate_;
  std::unique_ptr<FieldGenerator> inner_;
};

Result<int64_t> IntegerOption(const Options& options, const std::string& key, int64_t fallback) {
  if (!options.Has(key)) return fallback;
  const std::string text = options.GetString(key);
  const auto value = ParseInt64(Trim(text));
  return value ? Result<int64_t>(*value) : Result<int64_t>(BadOption(key, text, "an integer"));
}

Result<std::unique_ptr<FieldGenerator>> MakeInteger(const std::string& name, const Options& options, int64_t lowest,
                                                    int64_t highest) {
  MR_ASSIGN(const int64_t low, IntegerOption(options, Key(name, "min"), lowest));
  MR_ASSIGN(const int64_t high, IntegerOption(options, Key(name, "max"), highest));
  if (low < lowest || high > highest || low > high) {
    return ValidationError(fmt::format("Options '{}' = {} and '{}' = {} do not make a range inside {} .. {}.",
                                       Key(name, "min"), low, Key(name, "max"), high, lowest, highest));
  }
  return std::unique_ptr<FieldGenerator>(std::make_unique<IntegerGenerator>(low, high));
}

Result<std::unique_ptr<FieldGenerator>> MakeReal(const std::string& name, const Options& options, double largest) {
  double bounds[2] = {-largest, largest};
  const std::string keys[2] = {Key(name, "min"), Key(name, "max")};
  for (int i = 0; i < 2; ++i) {
    if (!options.Has(keys[i])) continue;
    const auto value = ParseDouble(Trim(options.GetString(keys[i])));
    if (!value || !std::isfinite(*value)) return BadOption(keys[i], options.GetString(keys[i]), "a number");
    bounds[i] = *value;
  }
  if (bounds[0] > bounds[1]) return BadOption(keys[0], options.GetString(keys[0]), "at most the maximum");
  return std::unique_ptr<FieldGenerator>(std::make_unique<RealGenerator>(bounds[0], bounds[1]));
}

Result<std::unique_ptr<FieldGenerator>> MakeDecimal(const std::string& name, const DataType& type,
                                                    const Options& options) {
  Int128 limit = 1;
  for (int32_t i = 0; i < type.precision; ++i) limit *= 10;
  Int128 bounds[2] = {-(limit - 1), limit - 1};
  const std::string keys[2] = {Key(name, "min"), Key(name, "max")};
  for (int i = 0; i < 2; ++i) {
    if (!options.Has(keys[i])) continue;
    const auto value = ParseDecimal(Trim(options.GetString(keys[i])), type.precision, type.scale);
    if (!value) return BadOption(keys[i], options.GetString(keys[i]), "a " + type.Nullable().ToString());
    bounds[i] = *value;
  }
  if (bounds[0] > bounds[1]) return BadOption(keys[0], options.GetString(keys[0]), "at most the maximum");
  return std::unique_ptr<FieldGenerator>(std::make_unique<DecimalGenerator>(bounds[0], bounds[1]));
}

Result<std::unique_ptr<FieldGenerator>> MakeText(const std::string& name, const DataType& type,
                                                 const Options& options) {
  const bool fixed = type.kind == TypeKind::kChar || type.kind == TypeKind::kBinary;
  const int64_t fallback = fixed ? type.precision : std::min<int64_t>(type.precision, kDefaultLength);
  MR_ASSIGN(const int64_t length, IntegerOption(options, Key(name, "length"), fallback));
  if (length < 0 || length > type.precision || (fixed && length != type.precision)) {
    return ValidationError(fmt::format("Custom length '{}' of column '{}' does not fit its type {}.", length, name,
                                       type.Nullable().ToString()));
  }
  const bool varies = options.GetString(Key(name, "var-len")) == "true";
  if (varies && fixed) {
    return ValidationError(
        fmt::format("Only supports specifying '{}' option for VARCHAR/STRING/VARBINARY/BYTES types. The "
                    "type of field '{}' is not within this range.",
                    "var-len", name));
  }
  return std::unique_ptr<FieldGenerator>(std::make_unique<TextGenerator>(length, varies, type.IsBinary()));
}

Result<std::unique_ptr<FieldGenerator>> MakeSequence(const std::string& name, const DataType& type,
                                                     const Options& options) {
  for (const std::string_view bound : {"start", "end"}) {
    if (options.Has(Key(name, bound))) continue;
    return ValidationError(
        fmt::format("Could not find required property '{}' for sequence generator.", Key(name, bound)));
  }
  if (!type.IsNumeric() && !type.IsString()) {
    return ValidationError(fmt::format("Unsupported type {} of column '{}' for a sequence.", type.ToString(), name));
  }
  MR_ASSIGN(const int64_t start, IntegerOption(options, Key(name, "start"), 0));
  MR_ASSIGN(const int64_t end, IntegerOption(options, Key(name, "end"), 0));
  if (end < start) return BadOption(Key(name, "end"), std::to_string(end), "at least the start");
  return std::unique_ptr<FieldGenerator>(std::make_unique<SequenceGenerator>(start, end));
}

Result<std::unique_ptr<FieldGenerator>> MakeNested(const std::string& name, const DataType& type,
                                                   const Options& options) {
  const auto child_name = [&](size_t i) {
    if (type.kind == TypeKind::kRow) return name + "." + (*type.children)[i].name;
    if (type.kind == TypeKind::kMap) return name + (i == 0 ? ".key" : ".value");
    return name + ".element";
  };
  std::vector<std::unique_ptr<FieldGenerator>> children;
  const size_t count = type.kind == TypeKind::kMultiset ? 1 : type.children->size();
  for (size_t i = 0; i < count; ++i) {
    MR_ASSIGN(auto child, MakeFieldGenerator(child_name(i), type.child(i), options));
    children.push_back(std::move(child));
  }
  if (type.kind == TypeKind::kRow) {
    return std::unique_ptr<FieldGenerator>(std::make_unique<RowGenerator>(std::move(children)));
  }
  MR_ASSIGN(const int64_t length, IntegerOption(options, Key(name, "length"), kDefaultElements));
  if (length < 0) return BadOption(Key(name, "length"), std::to_string(length), "a length");
  return std::unique_ptr<FieldGenerator>(std::make_unique<ListGenerator>(length, std::move(children)));
}

Result<std::unique_ptr<FieldGenerator>> MakeRandom(const std::string& name, const DataType& type,
                                                   const Options& options) {
  switch (type.kind) {
    case TypeKind::kBoolean: return std::unique_ptr<FieldGenerator>(std::make_unique<BooleanGenerator>());
    case TypeKind::kTinyInt: return MakeInteger(name, options, INT8_MIN, INT8_MAX);
    case TypeKind::kSmallInt: return MakeInteger(name, options, INT16_MIN, INT16_MAX);
    case TypeKind::kInt: return MakeInteger(name, options, INT32_MIN, INT32_MAX);
    case TypeKind::kBigInt: return MakeInteger(name, options, INT64_MIN, INT64_MAX);
    case TypeKind::kIntervalYearMonth: return MakeInteger(name, options, 0, 120'000);
    case TypeKind::kIntervalDaySecond: return MakeInteger(name, options, 0, INT64_MAX);
    case TypeKind::kFloat: return MakeReal(name, options, std::numeric_limits<float>::max());
    case TypeKind::kDouble: return MakeReal(name, options, std::numeric_limits<double>::max());
    case TypeKind::kDecimal: return MakeDecimal(name, type, options);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: return MakeText(name, type, options);
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      const std::string key = Key(name, "max-past");
      int64_t max_past = 0;
      if (options.Has(key)) {
        MR_ASSIGN(max_past, ParseDurationMillis(options.GetString(key)));
      }
      return std::unique_ptr<FieldGenerator>(std::make_unique<TimeGenerator>(max_past));
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: return MakeNested(name, type, options);
    case TypeKind::kNull: break;
  }
  return ValidationError(fmt::format("Unsupported type {} of column '{}' for datagen.", type.ToString(), name));
}

}  // namespace

Result<std::unique_ptr<FieldGenerator>> MakeFieldGenerator(const std::string& name, const DataType& type,
                                                           const Options& options) {
  const std::string kind = ToLower(options.Has(Key(name, "kind")) ? options.GetString(Key(name, "kind")) : "random");
  if (kind != "random" && kind != "sequence") {
    return ValidationError(fmt::format("Unsupported generator kind: {}", kind))
        .WithHint("The kinds are 'random' and 'sequence'.");
  }
  MR_ASSIGN(auto generator, kind == "sequence" ? MakeSequence(name, type, options) : MakeRandom(name, type, options));
  const std::string rate_key = Key(name, "null-rate");
  if (!options.Has(rate_key)) return generator;
  const auto rate = ParseDouble(Trim(options.GetString(rate_key)));
  if (!rate || !(*rate >= 0 && *rate <= 1)) return BadOption(rate_key, options.GetString(rate_key), "between 0 and 1");
  return std::unique_ptr<FieldGenerator>(std::make_unique<NullableGenerator>(*rate, std::move(generator)));
}

}  // namespace millrace::connectors
