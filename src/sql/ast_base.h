#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace::sql {

// Where a node stands in the text it was parsed from. Two trees that differ only in places are equal.
struct Span : SourceSpan {
  Span() = default;
  Span(const SourceSpan& span) : SourceSpan(span) {}  // NOLINT: implicit on purpose
  bool operator==(const Span&) const { return true; }
};

// The span from the first byte of `first` to the last of `last`.
inline Span Cover(const Span& first, const Span& last) {
  Span span = first;
  const uint32_t end = last.offset + last.length;
  if (end > first.offset) span.length = end - first.offset;
  return span;
}

// A fact about a node that follows from the rest of it, left out of comparisons.
template <typename T>
struct Derived {
  T value{};
  bool operator==(const Derived&) const { return true; }
};

// A unique_ptr that copies and compares what it points to, so that whole trees are plain values. May be null.
template <typename T>
class Box {
 public:
  Box() = default;
  Box(std::nullptr_t) {}                                             // NOLINT: implicit on purpose
  Box(T value) : pointer_(std::make_unique<T>(std::move(value))) {}  // NOLINT: implicit on purpose
  Box(const Box& other) : pointer_(other ? std::make_unique<T>(*other) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    pointer_ = other ? std::make_unique<T>(*other) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  explicit operator bool() const { return pointer_ != nullptr; }
  T& operator*() { return *pointer_; }
  const T& operator*() const { return *pointer_; }
  T* operator->() { return pointer_.get(); }
  const T* operator->() const { return pointer_.get(); }
  T* get() { return pointer_.get(); }
  const T* get() const { return pointer_.get(); }

  bool operator==(const Box& other) const {
    if (!pointer_ || !other.pointer_) return pointer_ == other.pointer_;
    return *pointer_ == *other.pointer_;
  }

 private:
  std::unique_ptr<T> pointer_;
};

// One name, case kept, quotes removed. An empty name means "not given" wherever a member says it is optional.
struct Identifier {
  std::string name;
  Span span;
  bool empty() const { return name.empty(); }
  bool operator==(const Identifier&) const = default;
};

// `a`, `a.b` or `a.b.c`: at least one part.
using Path = std::vector<Identifier>;
std::vector<std::string> PathNames(const Path& path);
std::string DottedPath(const Path& path);  // "a.b.c", unquoted
Span PathSpan(const Path& path);

enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kIsoYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDow,
  kIsoDow,
  kDoy,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kEpoch,
};
std::string_view TimeUnitName(TimeUnit unit);  // "YEAR"

// What follows INTERVAL '..' and the INTERVAL type: `DAY(3) TO SECOND(6)`. Units YEAR, QUARTER, MONTH, WEEK, DAY, HOUR,
// MINUTE, SECOND; plural spellings are parsed into the same units.
struct IntervalUnits {
  TimeUnit from = TimeUnit::kSecond;
  std::optional<TimeUnit> to;        // finer than `from`
  std::optional<int32_t> precision;  // digits of the leading unit
  std::optional<int32_t> fraction;   // digits after the second
  bool operator==(const IntervalUnits&) const = default;
};

struct RowMember;

// A type as written. `ARRAY<T>` and `T ARRAY`, `ROW<..>` and `ROW(..)`, TIMESTAMP_LTZ and TIMESTAMP WITH LOCAL TIME
// ZONE give the same tree; lengths and precisions that were left out stay nullopt.
struct TypeName {
  enum class Kind : uint8_t {
    kBoolean,
    kTinyInt,
    kSmallInt,
    kInt,
    kBigInt,
    kFloat,
    kDouble,
    kDecimal,    // precision, scale
    kChar,       // precision = length
    kVarChar,    // precision = length
    kBinary,     // precision = length
    kVarBinary,  // precision = length
    kString,
    kBytes,
    kDate,
    kTime,          // precision
    kTimestamp,     // precision
    kTimestampLtz,  // precision
    kTimestampTz,   // precision
    kInterval,      // interval
    kArray,         // children[0]
    kMultiset,      // children[0]
    kMap,           // children[0] key, children[1] value
    kRow,           // members
    kRaw,           // raw_class, raw_serializer
    kNull,
    kVariant,
    kNamed,  // path: a type of the user's own
  };
  Kind kind = Kind::kInt;
  Span span;
  bool not_null = false;
  std::optional<int32_t> precision;
  std::optional<int32_t> scale;
  std::optional<IntervalUnits> interval;
  std::vector<TypeName> children;
  std::vector<RowMember> members;
  std::string raw_class;
  std::string raw_serializer;
  Path path;

  bool operator==(const TypeName&) const;
};

struct RowMember {
  Identifier name;
  TypeName type;
  std::string comment;
  bool operator==(const RowMember&) const = default;
};

}  // namespace millrace::sql
