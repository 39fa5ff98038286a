#include "server/console/broker_sizes.h"

#include "broker/storage.h"

namespace millrace::server::console {

TopicStats::Sizes SizesOf(broker::Broker& broker) {
  return [&broker] {
    std::map<std::string, int64_t> out;
    for (const broker::TopicPtr& topic : broker.storage().Topics()) {
      int64_t& bytes = out[topic->name];
      for (const auto& partition : topic->partitions) bytes += partition->SizeInBytes();
    }
    return out;
  };
}

}  // namespace millrace::server::console
