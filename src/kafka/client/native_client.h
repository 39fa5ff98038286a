#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/client/client_config.h"

struct rd_kafka_s;

namespace millrace::kafka {

// What librdkafka's callbacks leave behind. Lives as long as the native client; used by its threads and ours.
class ClientEvents {
 public:
  // A problem with a broker connection or the whole cluster; `code` is librdkafka's.
  void NoteError(int code, std::string_view reason);
  void NoteSuccess();
  bool NoteCommit(bool failed);  // true: say so, the one before had not failed
  struct LastError {
    int code = 0;  // 0: nothing wrong since the last success
    std::string reason;
  };
  LastError last_error() const;
  // The last connection failure in words ("127.0.0.1:9092/bootstrap: Connect to ... failed: Connection refused"), also
  // after a later error that says less; "" when there was none.
  std::string connection_failure() const;

 private:
  mutable std::mutex mutex_;
  LastError last_;
  std::string connection_failure_;
  bool commits_fail_ = false;
};

// Owns one rd_kafka_t with the callbacks every client of ours needs: host aliases, logging, error memory.
// Only .cc files of this folder use it.
class NativeClient {
 public:
  // `extra` overrides what the properties say. `delivery_opaque` is handed to the delivery report callback of a
  // producer.
  static Result<std::unique_ptr<NativeClient>> Create(const ClientConfig& config, ClientRole role,
                                                      const NativeProperties& extra, void* delivery_opaque = nullptr);
  ~NativeClient();
  NativeClient(const NativeClient&) = delete;
  NativeClient& operator=(const NativeClient&) = delete;

  rd_kafka_s* handle() const { return handle_; }
  ClientEvents& events() { return events_; }
  const std::string& servers() const { return servers_; }
  void* delivery_opaque() const { return delivery_opaque_; }
  const std::map<std::string, std::string>& host_aliases() const { return host_aliases_; }
  int timeout_millis() const { return timeout_millis_; }

  // The value that a property has in librdkafka, given or by default; "" when it has none.
  std::string Setting(const char* name) const;
  // Lets the threads of all broker connections look at once whether there is something to do. Without a network
  // request, from any thread.
  void WakeBrokerThreads();

  // The error of a call that failed with librdkafka's `code`: "<what>: <reason>". An unreachable broker is named with
  // what is known about the failed connection.
  Error MakeError(int code, std::string_view what, std::string_view detail = {}) const;

 private:
  NativeClient() = default;
  rd_kafka_s* handle_ = nullptr;
  mutable ClientEvents events_;
  std::string servers_;
  std::map<std::string, std::string> host_aliases_;
  void* delivery_opaque_ = nullptr;
  int timeout_millis_ = 10'000;
  std::string sasl_username_;
  std::string sasl_password_;
};

// True for codes after which the same call may succeed later.
bool IsRetryable(int code);
// True when the code says that brokers cannot be reached or do not answer.
bool IsConnectionTrouble(int code);

}  // namespace millrace::kafka
