#pragma once

#include "broker/broker.h"
#include "server/console/topic_stats.h"

namespace millrace::server::console {

// What the topics of a broker in this process take on disk, for KafkaConsoleOptions::topic_bytes. The broker outlives
// it.
TopicStats::Sizes SizesOf(broker::Broker& broker);

}  // namespace millrace::server::console
