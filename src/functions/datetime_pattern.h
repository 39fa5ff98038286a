#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/value.h"

namespace millrace::functions {

// A Java date-time pattern ("yyyy-MM-dd HH:mm:ss.SSS"), English texts. Flink uses two of Java's classes, which differ:
//   kFormatter  DateTimeFormatter (DATE_FORMAT of times, TO_TIMESTAMP): strict; `u` is the year, `S` a fraction
//   kSimple     SimpleDateFormat (DATE_FORMAT of strings, TO_DATE, UNIX_TIMESTAMP, FROM_UNIXTIME, CONVERT_TZ): lenient,
//               ignores what follows; `u` is the day of the week, `S` millis
class DateTimePattern {
 public:
  enum class Dialect : uint8_t { kFormatter, kSimple };

  // Kept for later calls of the same thread. Fails with Java's words on an unknown letter or an open quote.
  static Result<const DateTimePattern*> Find(std::string_view pattern, Dialect dialect);

  // `local` is a wall-clock time; `zone` (null = UTC) only serves the zone letters z, Z, X, x, V, O.
  void Format(const Timestamp& local, const TimeZone* zone, std::string& out) const;

  struct Parsed {
    Timestamp local;                       // what is missing is 1970-01-01 00:00:00
    std::optional<int64_t> offset_millis;  // if the text names its zone
  };
  std::optional<Parsed> Parse(std::string_view text) const;

 private:
  struct Token {
    enum class Kind : uint8_t { kLiteral, kField, kOptionalStart, kOptionalEnd };
    Kind kind = Kind::kLiteral;
    char letter = 0;
    int32_t count = 0;   // of the letter; of kOptionalStart: index of its end
    std::string text{};  // kLiteral
  };
  struct Fields;
  static Result<DateTimePattern> Compile(std::string_view pattern, Dialect dialect);
  void FormatField(const Token& token, const Timestamp& local, const TimeZone* zone, std::string& out) const;
  bool ParseTokens(std::string_view text, size_t& at, size_t begin, size_t end, Fields& fields) const;
  bool ParseField(std::string_view text, size_t& at, size_t index, Fields& fields) const;
  bool ParseNumber(std::string_view text, size_t& at, size_t index, int64_t& value) const;
  bool IsNumeric(const Token& token) const;
  // The width of the fixed-width numbers that follow token `index` without anything between.
  size_t AdjacentWidth(size_t index, size_t end) const;
  std::optional<Parsed> Resolve(const Fields& fields) const;

  Dialect dialect_ = Dialect::kFormatter;
  std::vector<Token> tokens_;
};

// English names, from January and from Monday.
extern const std::string_view kMonthNames[12];
extern const std::string_view kDayNames[7];

}  // namespace millrace::functions
