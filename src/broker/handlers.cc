#include "broker/handlers.h"

#include "broker/handle.h"
#include "broker/handler_adapters.h"

namespace millrace::broker {
namespace {

// What this broker speaks. The ranges are what clients are told; protocols that detect features look at them, so:
// - Produce starts at 0 although record batches need version 3: older librdkafka takes "Produce 0 is there" for "the
//   broker knows compression" (Kafka 4.0 does the same).
// - FindCoordinator and JoinGroup start at 0 for the same kind of reason.
// - A request outside [first accepted, max] closes the connection, except ApiVersions.
constexpr Handler kHandlers[] = {
    // key, name, min, max, first accepted, function
    {0, "Produce", 0, 11, 3, Waiting<&HandleProduce>},
    {1, "Fetch", 4, 12, 4, Waiting<&HandleFetch>},
    {2, "ListOffsets", 0, 8, 0, Direct<&HandleListOffsets>},
    {3, "Metadata", 0, 12, 0, Waiting<&HandleMetadata>},
    {8, "OffsetCommit", 1, 9, 1, OnControl<&HandleOffsetCommit>},
    {9, "OffsetFetch", 1, 9, 1, OnControl<&HandleOffsetFetch>},
    {10, "FindCoordinator", 0, 4, 0, Direct<&HandleFindCoordinator>},
    {11, "JoinGroup", 0, 9, 0, WaitingOnControl<&HandleJoinGroup>},
    {12, "Heartbeat", 0, 4, 0, OnControl<&HandleHeartbeat>},
    {13, "LeaveGroup", 0, 5, 0, OnControl<&HandleLeaveGroup>},
    {14, "SyncGroup", 0, 5, 0, WaitingOnControl<&HandleSyncGroup>},
    {15, "DescribeGroups", 0, 5, 0, OnControl<&HandleDescribeGroups>},
    {16, "ListGroups", 0, 5, 0, OnControl<&HandleListGroups>},
    {18, "ApiVersions", 0, 3, 0, HandleApiVersions},
    {19, "CreateTopics", 0, 7, 0, OnControl<&HandleCreateTopics>},
    {20, "DeleteTopics", 0, 6, 0, OnControl<&HandleDeleteTopics>},
    {21, "DeleteRecords", 0, 2, 0, OnControl<&HandleDeleteRecords>},
    {22, "InitProducerId", 0, 4, 0, OnControl<&HandleInitProducerId>},
    {23, "OffsetForLeaderEpoch", 0, 4, 0, Direct<&HandleOffsetForLeaderEpoch>},
    {24, "AddPartitionsToTxn", 0, 3, 0, OnControl<&HandleAddPartitionsToTxn>},
    {25, "AddOffsetsToTxn", 0, 3, 0, OnControl<&HandleAddOffsetsToTxn>},
    {26, "EndTxn", 0, 3, 0, WaitingOnControl<&HandleEndTxn>},
    {28, "TxnOffsetCommit", 0, 3, 0, OnControl<&HandleTxnOffsetCommit>},
    {32, "DescribeConfigs", 0, 4, 0, Direct<&HandleDescribeConfigs>},
    {33, "AlterConfigs", 0, 2, 0, OnControl<&HandleAlterConfigs>},
    {35, "DescribeLogDirs", 0, 4, 0, OnControl<&HandleDescribeLogDirs>},
    {37, "CreatePartitions", 0, 3, 0, OnControl<&HandleCreatePartitions>},
    {42, "DeleteGroups", 0, 2, 0, OnControl<&HandleDeleteGroups>},
    {44, "IncrementalAlterConfigs", 0, 1, 0, OnControl<&HandleIncrementalAlterConfigs>},
    {46, "ListPartitionReassignments", 0, 0, 0, Direct<&HandleListPartitionReassignments>},
    {47, "OffsetDelete", 0, 0, 0, OnControl<&HandleOffsetDelete>},
    {60, "DescribeCluster", 0, 1, 0, Direct<&HandleDescribeCluster>},
    {61, "DescribeProducers", 0, 0, 0, Direct<&HandleDescribeProducers>},
    {65, "DescribeTransactions", 0, 0, 0, OnControl<&HandleDescribeTransactions>},
    {66, "ListTransactions", 0, 1, 0, OnControl<&HandleListTransactions>},
};

}  // namespace

std::span<const Handler> Handlers() { return kHandlers; }

const Handler* FindHandler(int16_t api_key) {
  for (const Handler& handler : kHandlers) {
    if (handler.api_key == api_key) return &handler;
  }
  return nullptr;
}

}  // namespace millrace::broker
