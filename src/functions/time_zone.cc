// Zones: fixed offsets by our own, all others from the machine's tz database through date-tz, with their transitions of
// 1900 - 2100 laid out once so that a lookup is a search in a short sorted list.
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include <date/tz.h>
#include <fmt/format.h>

#include "base/strings.h"
#include "functions/scalar_function.h"

namespace millrace::functions {
namespace {

class FixedZone final : public TimeZone {
 public:
  FixedZone(std::string name, int64_t offset) : name_(std::move(name)), offset_(offset) {}
  int64_t ToLocalMillis(int64_t instant) const override { return instant + offset_; }
  int64_t ToInstantMillis(int64_t local) const override { return local - offset_; }
  std::string_view name() const override { return name_; }

 private:
  std::string name_;
  int64_t offset_;
};

class DatabaseZone final : public TimeZone {
 public:
  DatabaseZone(std::string name, const date::time_zone* zone) : name_(std::move(name)) {
    // From 1900 on; the time before has the first offset.
    int64_t from = -2'208'988'800;
    constexpr int64_t kEnd = 4'102'444'800;  // 2100
    while (from < kEnd && spans_.size() < 2000) {
      const auto info = zone->get_info(date::sys_seconds(std::chrono::seconds(from)));
      const int64_t offset = info.offset.count() * 1000;
      if (spans_.empty() || spans_.back().offset != offset) {
        spans_.push_back({spans_.empty() ? INT64_MIN : from * 1000, offset});
      }
      const int64_t end = info.end.time_since_epoch().count();
      if (end <= from) break;
      from = end;
    }
  }

  int64_t ToLocalMillis(int64_t instant) const override { return instant + SpanAt(instant).offset; }

  int64_t ToInstantMillis(int64_t local) const override {
    // Of the spans around the time, the first whose own wall clock shows it: the earlier of two instants. In a gap none
    // does: the clock of before the change goes on, as in java.time.
    size_t i = IndexAt(local);  // right to within a span, since offsets are below a day
    i = i == 0 ? 0 : i - 1;
    for (; i < spans_.size(); ++i) {
      const int64_t instant = local - spans_[i].offset;
      if (instant < spans_[i].start) return local - spans_[i - 1].offset;
      if (i + 1 == spans_.size() || instant < spans_[i + 1].start) return instant;
    }
    return local - spans_.back().offset;
  }

  int64_t ToLastInstantMillis(int64_t local) const override {
    const int64_t first = ToInstantMillis(local);
    const size_t span = IndexAt(first);
    if (ToLocalMillis(first) != local) return spans_[span].start;  // in a gap
    const size_t next = span + 1;
    if (next == spans_.size()) return first;
    const int64_t second = local - spans_[next].offset;
    return second > first && second >= spans_[next].start ? second : first;
  }

  std::string_view name() const override { return name_; }

 private:
  struct Span {
    int64_t start;   // instant, millis
    int64_t offset;  // local - instant, millis
  };

  size_t IndexAt(int64_t instant) const {
    // Rows of one batch are close in time: try the span found last. A stale value is only a bad guess.
    const size_t guess = last_.load(std::memory_order_relaxed);
    if (spans_[guess].start <= instant && (guess + 1 == spans_.size() || instant < spans_[guess + 1].start)) {
      return guess;
    }
    const auto after = std::upper_bound(spans_.begin(), spans_.end(), instant,
                                        [](int64_t value, const Span& span) { return value < span.start; });
    const auto index = static_cast<size_t>(after - spans_.begin()) - 1;  // the first span starts at INT64_MIN
    last_.store(index, std::memory_order_relaxed);
    return index;
  }
  const Span& SpanAt(int64_t instant) const { return spans_[IndexAt(instant)]; }

  std::string name_;
  std::vector<Span> spans_;
  mutable std::atomic<size_t> last_{0};
};

// "+08:00", "-8", "+0530", "+05:30:15": millis; nullopt when it is no offset.
std::optional<int64_t> ParseOffset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int64_t sign = text[0] == '-' ? -1 : 1;
  std::string digits;
  const bool colons = text.find(':') != std::string_view::npos;
  if (colons) {
    for (const std::string& part : Split(text.substr(1), ':')) digits += (part.size() == 1 ? "0" : "") + part;
  } else {
    digits = (text.size() == 2 || text.size() == 4 ? "0" : "") + std::string(text.substr(1));
  }
  const bool plain = digits.find_first_not_of("0123456789") == std::string::npos;
  if (!plain || digits.empty() || digits.size() > 6 || digits.size() % 2 != 0) return std::nullopt;
  digits.resize(6, '0');
  const int64_t hours = *ParseInt64(digits.substr(0, 2));
  const int64_t minutes = *ParseInt64(digits.substr(2, 2));
  const int64_t seconds = *ParseInt64(digits.substr(4, 2));
  if (hours > 18 || minutes > 59 || seconds > 59) return std::nullopt;
  return sign * ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

struct ShortName {
  std::string_view name;
  std::string_view zone;
};
// Java's three-letter zones that the tz database does not have under that name.
constexpr ShortName kShortNames[] = {
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

Result<std::unique_ptr<TimeZone>> MakeZone(std::string_view name) {
  const std::string text(Trim(name));
  for (const std::string_view utc : {"UTC", "GMT", "Z", "UT"}) {
    if (text == utc) return std::unique_ptr<TimeZone>(std::make_unique<FixedZone>(text, 0));
  }
  std::string_view rest = text;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (rest.starts_with(prefix)) {
      rest.remove_prefix(prefix.size());
      break;
    }
  }
  if (const auto offset = ParseOffset(rest)) {
    return std::unique_ptr<TimeZone>(std::make_unique<FixedZone>(text, *offset));
  }
  std::string full = text;
  for (const ShortName& known : kShortNames) {
    if (text == known.name) full = known.zone;
  }
  try {
    return std::unique_ptr<TimeZone>(std::make_unique<DatabaseZone>(text, date::locate_zone(full)));
  } catch (const std::exception&) {
    return ValidationError(fmt::format("The supported Zone ID is either a full name such as 'America/Los_Angeles', or "
                                       "a custom timezone id such as 'GMT-08:00', but configured Zone ID is '{}'.",
                                       text))
        .WithHint("Names of zones are those of /usr/share/zoneinfo (package tzdata).");
  }
}

}  // namespace

Result<const TimeZone*> FindTimeZone(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<TimeZone>, std::less<>> zones;
  const std::lock_guard lock(mutex);
  auto found = zones.find(name);
  if (found == zones.end()) {
    MR_ASSIGN(std::unique_ptr<TimeZone> zone, MakeZone(name));
    found = zones.emplace(std::string(name), std::move(zone)).first;
  }
  return static_cast<const TimeZone*>(found->second.get());
}

}  // namespace millrace::functions
