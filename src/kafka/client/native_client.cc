#include "kafka/client/native_client.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/log.h"

namespace millrace::kafka {

// Defined in producer.cc: counts and keeps the first failed delivery.
void OnDeliveryReport(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);

namespace {

// getaddrinfo with the aliases applied. librdkafka's contract: all inputs null means "free *result".
int ResolveHost(const char* node, const char* service, const addrinfo* hints, addrinfo** result, void* opaque) {
  if (node == nullptr && service == nullptr && hints == nullptr) {
    freeaddrinfo(*result);
    return 0;
  }
  const auto* client = static_cast<const NativeClient*>(opaque);
  std::string host = node == nullptr ? "" : node;
  std::string port = service == nullptr ? "" : service;
  FollowAlias(client->host_aliases(), &host, &port);
  return getaddrinfo(host.c_str(), port.empty() ? nullptr : port.c_str(), hints, result);
}

void OnError(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  auto* client = static_cast<NativeClient*>(opaque);
  client->events().NoteError(code, reason == nullptr ? "" : reason);
  Log(LogLevel::kDebug, "kafka", "{}: {}", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code)),
      reason == nullptr ? "" : reason);
}

// Of CommitAsync. What watches the consumer's lag sees a group that stands still.
void OnOffsetCommit(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets,
                    void* opaque) {
  auto* client = static_cast<NativeClient*>(opaque);
  for (int i = 0; offsets != nullptr && code == RD_KAFKA_RESP_ERR_NO_ERROR && i < offsets->cnt; ++i)
    code = offsets->elems[i].err;
  if (!client->events().NoteCommit(code != RD_KAFKA_RESP_ERR_NO_ERROR)) return;
  Log(LogLevel::kWarn, "kafka", "Cannot commit the offsets of group {}: {}", client->Setting("group.id"),
      rd_kafka_err2str(code));
}

// librdkafka's levels are syslog's. Connection failures come on level 3 once per attempt; Poll reports them in our
// words.
void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  Log(level <= 2 ? LogLevel::kError : LogLevel::kDebug, "kafka", "{}: {}", facility, text);
}

Error ConfigError(const std::string& name, const std::string& value, const char* reason) {
  return ValidationError(fmt::format("Invalid Kafka client option '{}' = '{}': {}", name, value, reason));
}

constexpr int64_t kRequestMillis = 60'000;  // librdkafka's default without transactions

rd_kafka_resp_err_t Code(int code) { return static_cast<rd_kafka_resp_err_t>(code); }

}  // namespace

bool IsConnectionTrouble(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: return true;
    default: return false;
  }
}

bool IsRetryable(int code) {
  if (IsConnectionTrouble(code)) return true;
  switch (code) {
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS: return true;
    default: return false;
  }
}

void ClientEvents::NoteError(int code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE || code == RD_KAFKA_RESP_ERR__SSL ||
      code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    connection_failure_ = reason;
  }
  // A single lost connection is no news while another broker still answers; "all brokers down" follows if none does.
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT) return;
  if (last_.code == RD_KAFKA_RESP_ERR__AUTHENTICATION && code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  last_ = {code, std::string(reason)};
}

bool ClientEvents::NoteCommit(bool failed) {
  const std::lock_guard lock(mutex_);
  return !std::exchange(commits_fail_, failed) && failed;
}

void ClientEvents::NoteSuccess() {
  const std::lock_guard lock(mutex_);
  last_ = {};
}

ClientEvents::LastError ClientEvents::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::string ClientEvents::connection_failure() const {
  const std::lock_guard lock(mutex_);
  return connection_failure_;
}

Result<std::unique_ptr<NativeClient>> NativeClient::Create(const ClientConfig& config, ClientRole role,
                                                           const NativeProperties& extra, void* delivery_opaque) {
  MR_ASSIGN(NativeProperties properties, TranslateProperties(config.properties, role));
  if (!properties.contains("client.id")) properties["client.id"] = config.client_id;
  // Java's default. librdkafka's 10 s add up for a transaction: its coordinators are asked one after the other.
  if (!properties.contains("reconnect.backoff.max.ms") && !properties.contains("reconnect.backoff.ms"))
    properties["reconnect.backoff.max.ms"] = "1000";
  // librdkafka gives a transaction's requests as long as the transaction, in 32 bits of microseconds: from 36 minutes
  // on a request that cannot be sent at once would have run out of time before it was queued.
  if (extra.contains("transactional.id") && !properties.contains("socket.timeout.ms")) {
    const auto timeout = extra.find("transaction.timeout.ms");
    const int64_t millis = timeout == extra.end() ? kRequestMillis : std::stoll(timeout->second) - 100;
    properties["socket.timeout.ms"] = std::to_string(std::clamp<int64_t>(millis, 900, kRequestMillis));
  }
  for (const auto& [name, value] : extra) properties[name] = value;

  std::unique_ptr<NativeClient> client(new NativeClient());
  client->host_aliases_ = config.host_aliases;
  client->servers_ = config.bootstrap_servers();
  client->delivery_opaque_ = delivery_opaque;
  client->timeout_millis_ = static_cast<int>(config.request_timeout_millis);

  char reason[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      return ConfigError(name, value, reason);
    }
  }
  rd_kafka_conf_set_opaque(conf, client.get());
  rd_kafka_conf_set_resolve_cb(conf, ResolveHost);
  rd_kafka_conf_set_error_cb(conf, OnError);
  rd_kafka_conf_set_log_cb(conf, OnLog);
  if (role == ClientRole::kConsumer) rd_kafka_conf_set_offset_commit_cb(conf, OnOffsetCommit);
  if (role == ClientRole::kProducer) rd_kafka_conf_set_dr_msg_cb(conf, OnDeliveryReport);
  client->handle_ =
      rd_kafka_new(role == ClientRole::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  if (client->handle_ == nullptr) {
    const auto code = rd_kafka_last_error();
    rd_kafka_conf_destroy(conf);
    if (code != RD_KAFKA_RESP_ERR__INVALID_ARG) {
      [[maybe_unused]] auto* kept = client.release();  // threads that gave no sign in time still look at it
      return ExternalError(fmt::format("Cannot start a Kafka client: {}", reason), Retry::kYes);
    }
    return ValidationError(fmt::format("Invalid Kafka client configuration: {}", reason));
  }
  client->sasl_username_ = client->Setting("sasl.username");
  client->sasl_password_ = client->Setting("sasl.password");
  return client;
}

std::string NativeClient::Setting(const char* name) const {
  size_t size = 0;
  if (rd_kafka_conf_get(rd_kafka_conf(handle_), name, nullptr, &size) != RD_KAFKA_CONF_OK) return "";
  std::string value(size, '\0');  // with the closing zero
  rd_kafka_conf_get(rd_kafka_conf(handle_), name, value.data(), &size);
  value.resize(std::strlen(value.c_str()));
  return value;
}

// The credentials are the ones it has: what counts is that setting them wakes the threads, and no other call does.
void NativeClient::WakeBrokerThreads() {
  rd_kafka_error_t* error = rd_kafka_sasl_set_credentials(handle_, sasl_username_.c_str(), sasl_password_.c_str());
  if (error != nullptr) rd_kafka_error_destroy(error);
}

NativeClient::~NativeClient() {
  if (handle_ != nullptr) rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Error NativeClient::MakeError(int code, std::string_view what, std::string_view detail) const {
  std::string reason = detail.empty() ? rd_kafka_err2str(Code(code)) : std::string(detail);
  if (!IsConnectionTrouble(code)) {
    Error error = ExternalError(fmt::format("{}: {}", what, reason), IsRetryable(code) ? Retry::kYes : Retry::kNo);
    switch (code) {
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: error.hint = "Check the name, or create the topic first."; break;
      case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        error.hint = "Check 'security.protocol', 'sasl.mechanism' and 'sasl.jaas.config'.";
        break;
      default: break;
    }
    return std::move(error).WithCode(rd_kafka_err2name(Code(code)));
  }
  const std::string failure = events_.connection_failure();
  return ExternalError(fmt::format("{}: Kafka at {} cannot be reached or does not answer ({})", what, servers_,
                                   failure.empty() ? reason : failure))
      .WithHint("Check that the broker runs and that 'bootstrap.servers' and its advertised address lead to it.")
      .WithCode(rd_kafka_err2name(Code(code)));
}

}  // namespace millrace::kafka
