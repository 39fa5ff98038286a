#include "broker/broker.h"

#include <sys/resource.h>

#include "broker/broker_settings.h"
#include "broker/log/log_store.h"
#include "broker/server.h"

namespace millrace::broker {
namespace {

Status CheckOptions(const BrokerOptions& options) {
  if (options.data_dir.empty())
    return UserError("The broker needs a data folder.").WithHint("Give one with --data-dir.");
  if (options.listeners.empty()) return UserError("The broker needs an address to listen on.");
  if (options.num_partitions < 1) return UserError("The default number of partitions must be at least 1.");
  return ValidateBrokerConfigs(options.configs);
}

// A partition in use holds three files, and systems hand out 1024 unless asked for more.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<std::unique_ptr<Broker>> Broker::Start(BrokerOptions options) {
  MR_TRY(CheckOptions(options));
  RaiseFileLimit();
  LogStoreOptions store;
  store.data_dir = options.data_dir;
  store.broker_configs = options.configs;
  store.flush_always = options.flush_always;
  store.retention_check_ms = options.retention_check_ms;
  store.clock = options.clock;
  store.files = options.files;
  MR_ASSIGN(std::unique_ptr<Storage> storage, LogStore::Open(std::move(store)));
  return ServeStorage(std::move(options), std::move(storage));
}

}  // namespace millrace::broker
