#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "broker/config_table.h"
#include "broker/groups/group.h"
#include "broker/transactions/settings.h"

namespace millrace::broker {

class Storage;

// One address the broker listens on, and the address it tells clients to come back to.
struct ListenerOptions {
  std::string host = "127.0.0.1";  // loopback unless told otherwise
  uint16_t port = 9092;            // 0 = any free port
  std::string advertised_host;     // empty = host (a wildcard address is told as "localhost")
  uint16_t advertised_port = 0;    // 0 = the bound port
};

// "HOST:PORT", ":PORT" or "[::1]:PORT" -> host and port of a listener.
Result<ListenerOptions> ParseListener(std::string_view text);
// The same for the advertised address of `listener`.
Status ParseAdvertised(std::string_view text, ListenerOptions* listener);

struct BrokerOptions {
  std::vector<ListenerOptions> listeners = {ListenerOptions{}};
  std::string data_dir;
  int32_t node_id = 1;
  int32_t num_partitions = 1;  // of topics created without a number
  bool auto_create_topics = true;
  // A single broker cannot replicate. false: a replication factor above 1 is taken as 1, so that scripts written for
  // clusters run; true: refused with INVALID_REPLICATION_FACTOR, as Kafka does.
  bool strict_replication_factor = false;
  // false: a write is acknowledged once the kernel has it (survives kill -9) and reaches the disk within 100 ms;
  // true: acknowledged after fdatasync.
  bool flush_always = false;
  // Broker-wide settings under Kafka's names ("log.retention.ms", "message.max.bytes", ...), as server.properties has
  // them; every name must stand in the table of broker settings.
  ConfigMap configs;
  int64_t retention_check_ms = 300'000;

  size_t max_request_bytes = 100u << 20;
  size_t in_flight_bytes = 256u << 20;  // requests in memory, over all connections
  size_t max_connections = 10'000;
  int64_t max_idle_ms = 600'000;  // a connection without traffic is closed
  int io_threads = 1;
  GroupSettings groups;
  TransactionSettings transactions;

  Clock* clock = &SystemClock();
  FileSystem* files = &RealFileSystem();
};

// An address in use.
struct BoundListener {
  std::string host;
  uint16_t port = 0;
  std::string advertised_host;
  uint16_t advertised_port = 0;
};

// The embedded Kafka broker: one node that is controller and coordinator of everything. Thread-safe after Start.
class Broker {
 public:
  // Opens the data folder (recovering it after a crash), binds all listeners, serves. User error for a bad option, a
  // folder in use or a broken address; external error for disk and network.
  static Result<std::unique_ptr<Broker>> Start(BrokerOptions options);
  virtual ~Broker() = default;  // stops

  virtual const std::vector<BoundListener>& listeners() const = 0;  // in the order of the options
  // The topics and logs, for readers and writers in this process.
  virtual Storage& storage() = 0;
  // Answers no more, closes all connections, flushes, marks a clean shutdown. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace millrace::broker
