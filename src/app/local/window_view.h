#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/client/consumer.h"
#include "registry/client.h"
#include "server/console/record_decoder.h"

namespace millrace::app {

// One closed window as the job wrote it.
struct ClosedWindow {
  std::string store;
  int64_t begin = 0;  // epoch millis
  int64_t end = 0;
  int64_t sales = 0;
};

// Reads the topic of closed windows back, as any other consumer would. One thread.
class WindowReader {
 public:
  static Result<std::unique_ptr<WindowReader>> Open(const std::string& bootstrap, const std::string& registry_url,
                                                    const std::string& topic);
  // What has arrived since the last call, in the topic's order; waits at most `max_wait_millis` for the first.
  Result<std::vector<ClosedWindow>> Poll(int64_t max_wait_millis);

 private:
  explicit WindowReader(registry::ClientOptions options) : registry_(std::move(options)), decoder_(&registry_) {}
  std::unique_ptr<kafka::PartitionConsumer> consumer_;
  registry::Client registry_;
  server::console::RecordDecoder decoder_;
};

// The latest windows as a table, a line per window and a column per store.
class WindowTable {
 public:
  void Add(const ClosedWindow& window);
  // At most `max_rows` windows, the latest last; columns that fit `width` characters.
  std::string Render(size_t max_rows, size_t width) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::map<int64_t, std::map<std::string, int64_t>> rows_;  // window begin -> store -> sales
  std::map<std::string, size_t> widths_;
  int64_t size_millis_ = 0;
};

// "window ABC 2026-01-31 12:00:00 2026-01-31 12:01:00 10403"
std::string WindowLine(const ClosedWindow& window);

}  // namespace millrace::app
