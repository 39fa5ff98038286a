#include "bench/sales_bound.h"

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace millrace::bench {
namespace {

constexpr size_t kBatchHeader = 61;
constexpr size_t kRecordCountAt = 57;
constexpr size_t kLengthAt = 8;
constexpr size_t kPrefix = 12;
constexpr size_t kRegistryHeader = 5;

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "bound: %s\n", what);
  std::exit(1);
}

uint32_t ReadBig32(const char* p) {
  uint32_t raw = 0;
  std::memcpy(&raw, p, 4);
  return __builtin_bswap32(raw);
}

// Trusts its input: the check run against the engine shows that it may.
inline int64_t ZigZag(const char*& p) {
  uint64_t out = 0;
  int shift = 0;
  while (true) {
    const auto byte = static_cast<uint8_t>(*p++);
    out |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
    shift += 7;
  }
  return static_cast<int64_t>(out >> 1) ^ -static_cast<int64_t>(out & 1);
}

inline uint64_t HashOf(uint64_t key) {
  key *= 0x9E3779B97F4A7C15ULL;
  return key ^ key >> 32;
}

// Store -> sum; open addressing, the key 0 is an empty slot.
class Table {
 public:
  Table() : slots_(64) {}
  void Prefetch(uint64_t key) const { __builtin_prefetch(&slots_[HashOf(key) & (slots_.size() - 1)], 1); }
  void Add(uint64_t key, int64_t amount) {
    for (size_t at = HashOf(key) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) {
        slots_[at].sum += amount;
        return;
      }
      if (slots_[at].key == 0) {
        slots_[at] = {key, amount};
        if (++size_ * 2 > slots_.size()) Grow();
        return;
      }
    }
  }
  size_t size() const { return size_; }
  template <typename Each>
  void ForEach(const Each& each) const {
    for (const Slot& slot : slots_) {
      if (slot.key != 0) each(slot.key, slot.sum);
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    int64_t sum = 0;
  };
  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key == 0) continue;
      size_t at = HashOf(slot.key) & (slots_.size() - 1);
      while (slots_[at].key != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

// Windows that are open, the latest at hand.
class Windows {
 public:
  explicit Windows(std::vector<WindowRow>* rows) : rows_(rows) {}

  Table& Of(int64_t time) {
    if (time - current_start_ >= 0 && time - current_start_ < kWindowMillis) [[likely]]
      return *current_;
    current_start_ = time / kWindowMillis * kWindowMillis;
    current_ = &tables_[current_start_];
    return *current_;
  }
  void Advance(int64_t highest) {
    while (!tables_.empty() && tables_.begin()->first + kWindowMillis - 1 <= highest - kDelayMillis) Close();
  }
  int64_t Finish() {
    while (!tables_.empty()) Close();
    return closed_;
  }

 private:
  void Close() {
    const auto first = tables_.begin();
    if (&first->second == current_) current_start_ = INT64_MIN / 2;
    closed_ += static_cast<int64_t>(first->second.size());
    if (rows_ != nullptr) {
      first->second.ForEach([&](uint64_t key, int64_t sum) {
        char text[8];
        std::memcpy(text, &key, 8);
        rows_->push_back({std::string(text, strnlen(text, 8)), first->first, sum});
      });
    }
    tables_.erase(first);
  }

  std::vector<WindowRow>* rows_;
  std::map<int64_t, Table> tables_;
  int64_t current_start_ = INT64_MIN / 2;
  Table* current_ = nullptr;
  int64_t closed_ = 0;
};

struct Sale {
  uint64_t key = 0;
  int64_t amount = 0;
  int64_t time = 0;
};

inline Sale ReadSale(const char* p) {
  p += kRegistryHeader;
  Sale sale;
  const int64_t size = ZigZag(p);
  // Reads up to 7 bytes past the id: a record is longer than that.
  std::memcpy(&sale.key, p, 8);
  sale.key &= ~0ULL >> (64 - 8 * size);
  p += size;
  sale.amount = ZigZag(p);
  sale.time = ZigZag(p);
  return sale;
}

// Calls each(value) for every record of every batch, and end() after each batch.
template <typename Each, typename End>
void ForEachRecord(std::string_view batches, const Each& each, const End& end) {
  for (const char* batch = batches.data(); batch < batches.data() + batches.size();) {
    const uint32_t count = ReadBig32(batch + kRecordCountAt);
    const char* p = batch + kBatchHeader;
    for (uint32_t i = 0; i < count; ++i) {
      const int64_t length = ZigZag(p);
      const char* next = p + length;
      ++p;  // attributes
      ZigZag(p);
      ZigZag(p);
      p += ZigZag(p);  // the key
      ZigZag(p);
      each(p);
      p = next;
    }
    end();
    batch += kPrefix + ReadBig32(batch + kLengthAt);
  }
}

}  // namespace

int64_t RunFusedBound(std::string_view batches, std::vector<WindowRow>* rows) {
  Windows windows(rows);
  int64_t highest = INT64_MIN / 2;
  ForEachRecord(
      batches,
      [&](const char* value) {
        const Sale sale = ReadSale(value);
        windows.Of(sale.time).Add(sale.key, sale.amount);
        highest = std::max(highest, sale.time);
      },
      [&] { windows.Advance(highest); });
  return windows.Finish();
}

int64_t RunBatchedBound(std::string_view batches, std::vector<WindowRow>* rows) {
  constexpr size_t kRows = 4096;
  constexpr size_t kAhead = 24;
  Windows windows(rows);
  std::vector<Sale> sales;
  sales.reserve(kRows + 1000);
  int64_t highest = INT64_MIN / 2;
  const auto flush = [&] {
    for (size_t i = 0; i < sales.size(); ++i) {
      if (i + kAhead < sales.size()) windows.Of(sales[i + kAhead].time).Prefetch(sales[i + kAhead].key);
      windows.Of(sales[i].time).Add(sales[i].key, sales[i].amount);
      highest = std::max(highest, sales[i].time);
    }
    sales.clear();
    windows.Advance(highest);
  };
  ForEachRecord(
      batches, [&](const char* value) { sales.push_back(ReadSale(value)); },
      [&] {
        if (sales.size() >= kRows) flush();
      });
  flush();
  return windows.Finish();
}

int64_t RunKafkaBound(const std::string& bootstrap, const std::string& topic, int64_t records,
                      std::vector<WindowRow>* rows) {
  constexpr size_t kMessages = 4096;
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), error, sizeof(error));
  rd_kafka_conf_set(conf, "group.id", "bound", error, sizeof(error));
  rd_kafka_conf_set(conf, "enable.auto.commit", "false", error, sizeof(error));
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
  if (client == nullptr) Die(error);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = 0;
  if (rd_kafka_assign(client, list) != RD_KAFKA_RESP_ERR_NO_ERROR) Die("assign failed");
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  std::vector<rd_kafka_message_t*> messages(kMessages);
  Windows windows(rows);
  int64_t highest = INT64_MIN / 2;
  for (int64_t seen = 0; seen < records;) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 1000, messages.data(), kMessages);
    for (ssize_t i = 0; i < count; ++i) {
      const rd_kafka_message_t* message = messages[static_cast<size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const Sale sale = ReadSale(static_cast<const char*>(message->payload));
        windows.Of(sale.time).Add(sale.key, sale.amount);
        highest = std::max(highest, sale.time);
        ++seen;
      }
      rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
    }
    windows.Advance(highest);
  }
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return windows.Finish();
}

}  // namespace millrace::bench
