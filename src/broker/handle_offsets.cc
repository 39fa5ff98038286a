#include "broker/groups/coordinator.h"
#include "broker/handle.h"
#include "broker/storage.h"
#include "broker/transactions/coordinator.h"

namespace millrace::broker {

kafka::OffsetCommitResponse HandleOffsetCommit(BrokerContext& broker, const Request&,
                                               const kafka::OffsetCommitRequest& message) {
  return broker.groups.CommitOffsets(message, [&](const std::string& topic, int32_t partition) {
    const TopicPtr found = broker.store.FindTopic(topic);
    return found != nullptr && found->Find(partition) != nullptr;
  });
}

kafka::OffsetFetchResponse HandleOffsetFetch(BrokerContext& broker, const Request& request,
                                             const kafka::OffsetFetchRequest& message) {
  return broker.groups.FetchOffsets({request.version(), "", ""}, message,
                                    [&](const std::string& group, const TopicPartition& partition) {
                                      return broker.transactions.HasStagedOffset(group, partition);
                                    });
}

kafka::OffsetDeleteResponse HandleOffsetDelete(BrokerContext& broker, const Request&,
                                               const kafka::OffsetDeleteRequest& message) {
  return broker.groups.DeleteOffsets(message);
}

}  // namespace millrace::broker
