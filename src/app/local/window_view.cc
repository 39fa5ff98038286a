#include "app/local/window_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"
#include "kafka/client/admin.h"

namespace millrace::app {
namespace {

constexpr size_t kKeptWindows = 1'000;
constexpr size_t kTimeBegin = 11;  // "2026-01-31 12:00:00.000"
constexpr size_t kSecondsEnd = 19;

std::string TimeOfDay(int64_t millis) { return FormatMillisUtc(millis).substr(kTimeBegin, kSecondsEnd - kTimeBegin); }

std::string Grouped(int64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

int64_t IntOf(const codec::Json& row, std::string_view name) {
  const codec::Json* value = row.Find(name);
  return value != nullptr && value->is_int() ? value->AsInt() : 0;
}

// "2026-01-31T12:00:00.000Z" in epoch millis.
int64_t TimeOf(const codec::Json& row, std::string_view name) {
  const std::string* text = row.FindString(name);
  if (text == nullptr || text->size() < kSecondsEnd) return 0;
  std::string local = text->substr(0, text->find('Z'));
  local[kTimeBegin - 1] = ' ';
  const auto time = ParseTimestamp(local);
  return time ? time->millis : 0;
}

}  // namespace

Result<std::unique_ptr<WindowReader>> WindowReader::Open(const std::string& bootstrap, const std::string& registry_url,
                                                         const std::string& topic) {
  registry::ClientOptions registry;
  registry.urls = {registry_url};
  registry.max_retries = 1;
  auto reader = std::unique_ptr<WindowReader>(new WindowReader(std::move(registry)));
  kafka::ClientConfig config = kafka::ClientConfig::For(bootstrap);
  config.properties["fetch.wait.max.ms"] = "100";
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(config));
  MR_ASSIGN(const auto description, admin->DescribeTopic(topic));
  MR_ASSIGN(reader->consumer_, kafka::PartitionConsumer::Create(config));
  for (const auto& partition : description.partitions) {
    MR_TRY(reader->consumer_->Add({{topic, partition.id}, kafka::kOffsetBeginning, ""}));
  }
  return reader;
}

Result<std::vector<ClosedWindow>> WindowReader::Poll(int64_t max_wait_millis) {
  std::vector<ClosedWindow> out;
  auto batch = consumer_->Poll(max_wait_millis, 10'000);
  if (!batch.ok()) {
    if (batch.error().retry == Retry::kYes) return out;  // heals by itself
    return std::move(batch).error();
  }
  for (const kafka::MessageView& message : batch->messages) {
    if (message.value == nullptr) continue;
    const codec::Json row = decoder_.Decode(message.value, message.value_size).data;
    const std::string* store = row.FindString("store_id");
    if (store == nullptr) continue;
    out.push_back({*store, TimeOf(row, "window_start"), TimeOf(row, "window_end"), IntOf(row, "aggregated_sales")});
  }
  return out;
}

void WindowTable::Add(const ClosedWindow& window) {
  rows_[window.begin][window.store] = window.sales;
  size_millis_ = window.end - window.begin;
  size_t& width = widths_[window.store];
  width = std::max({width, window.store.size(), Grouped(window.sales).size()});
  if (rows_.size() > kKeptWindows) rows_.erase(rows_.begin());
}

std::string WindowTable::Render(size_t max_rows, size_t width) const {
  constexpr size_t kWindowWidth = 19;  // "12:00:00 - 12:01:00"
  constexpr std::string_view kGap = "   ";
  std::vector<std::string> stores;
  size_t used = kWindowWidth;
  for (const auto& [store, store_width] : widths_) {
    used += kGap.size() + store_width;
    if (used > width) break;
    stores.push_back(store);
  }
  std::string out = fmt::format("{:<{}}", "window (UTC)", kWindowWidth);
  for (const std::string& store : stores) out += fmt::format("{}{:>{}}", kGap, store, widths_.at(store));
  out += '\n';
  auto row = rows_.begin();
  if (rows_.size() > max_rows) std::advance(row, static_cast<int64_t>(rows_.size() - max_rows));
  for (; row != rows_.end(); ++row) {
    out += fmt::format("{} - {}", TimeOfDay(row->first), TimeOfDay(row->first + size_millis_));
    for (const std::string& store : stores) {
      const auto sales = row->second.find(store);
      out += fmt::format("{}{:>{}}", kGap, sales == row->second.end() ? "" : Grouped(sales->second), widths_.at(store));
    }
    out += '\n';
  }
  return out;
}

std::string WindowLine(const ClosedWindow& window) {
  const auto time = [](int64_t millis) { return FormatMillisUtc(millis).substr(0, kSecondsEnd); };
  return fmt::format("window {} {} {} {}", window.store, time(window.begin), time(window.end), window.sales);
}

}  // namespace millrace::app
