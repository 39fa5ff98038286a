#pragma once

#include <memory>

#include "broker/broker.h"
#include "broker/storage.h"

namespace millrace::broker {

// Serves `storage` under `options`; what Broker::Start does once the data folder is open.
Result<std::unique_ptr<Broker>> ServeStorage(BrokerOptions options, std::unique_ptr<Storage> storage);

}  // namespace millrace::broker
