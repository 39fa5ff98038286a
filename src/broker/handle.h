#pragma once

#include "broker/context.h"
#include "broker/request.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/cluster.h"
#include "kafka/protocol/messages/configs.h"
#include "kafka/protocol/messages/fetch.h"
#include "kafka/protocol/messages/groups.h"
#include "kafka/protocol/messages/offsets.h"
#include "kafka/protocol/messages/produce.h"
#include "kafka/protocol/messages/topics.h"
#include "kafka/protocol/messages/transactions.h"

// The handler functions, one file per family. handlers.cc says which thread runs which.
namespace millrace::broker {

// handle_api_versions.cc
void HandleApiVersions(BrokerContext& broker, Request request, const Responder& responder);

// handle_cluster.cc
kafka::DescribeClusterResponse HandleDescribeCluster(BrokerContext&, const Request&,
                                                     const kafka::DescribeClusterRequest&);
kafka::DescribeLogDirsResponse HandleDescribeLogDirs(BrokerContext&, const Request&,
                                                     const kafka::DescribeLogDirsRequest&);
kafka::ListPartitionReassignmentsResponse HandleListPartitionReassignments(
    BrokerContext&, const Request&, const kafka::ListPartitionReassignmentsRequest&);

// handle_metadata.cc
void HandleMetadata(BrokerContext&, Request, kafka::MetadataRequest, const Responder&);

// handle_produce.cc
void HandleProduce(BrokerContext&, Request, kafka::ProduceRequest, const Responder&);

// handle_fetch.cc
void HandleFetch(BrokerContext&, Request, kafka::FetchRequest, const Responder&);

// handle_list_offsets.cc
kafka::ListOffsetsResponse HandleListOffsets(BrokerContext&, const Request&, const kafka::ListOffsetsRequest&);
kafka::OffsetForLeaderEpochResponse HandleOffsetForLeaderEpoch(BrokerContext&, const Request&,
                                                               const kafka::OffsetForLeaderEpochRequest&);

// handle_groups.cc
kafka::FindCoordinatorResponse HandleFindCoordinator(BrokerContext&, const Request&,
                                                     const kafka::FindCoordinatorRequest&);
void HandleJoinGroup(BrokerContext&, Request, kafka::JoinGroupRequest, const Responder&);
void HandleSyncGroup(BrokerContext&, Request, kafka::SyncGroupRequest, const Responder&);
kafka::HeartbeatResponse HandleHeartbeat(BrokerContext&, const Request&, const kafka::HeartbeatRequest&);
kafka::LeaveGroupResponse HandleLeaveGroup(BrokerContext&, const Request&, const kafka::LeaveGroupRequest&);
kafka::DescribeGroupsResponse HandleDescribeGroups(BrokerContext&, const Request&, const kafka::DescribeGroupsRequest&);
kafka::ListGroupsResponse HandleListGroups(BrokerContext&, const Request&, const kafka::ListGroupsRequest&);
kafka::DeleteGroupsResponse HandleDeleteGroups(BrokerContext&, const Request&, const kafka::DeleteGroupsRequest&);

// handle_offsets.cc
kafka::OffsetCommitResponse HandleOffsetCommit(BrokerContext&, const Request&, const kafka::OffsetCommitRequest&);
kafka::OffsetFetchResponse HandleOffsetFetch(BrokerContext&, const Request&, const kafka::OffsetFetchRequest&);
kafka::OffsetDeleteResponse HandleOffsetDelete(BrokerContext&, const Request&, const kafka::OffsetDeleteRequest&);

// handle_transactions.cc
kafka::InitProducerIdResponse HandleInitProducerId(BrokerContext&, const Request&, const kafka::InitProducerIdRequest&);
kafka::AddPartitionsToTxnResponse HandleAddPartitionsToTxn(BrokerContext&, const Request&,
                                                           const kafka::AddPartitionsToTxnRequest&);
kafka::AddOffsetsToTxnResponse HandleAddOffsetsToTxn(BrokerContext&, const Request&,
                                                     const kafka::AddOffsetsToTxnRequest&);
void HandleEndTxn(BrokerContext&, Request, kafka::EndTxnRequest, const Responder&);
kafka::TxnOffsetCommitResponse HandleTxnOffsetCommit(BrokerContext&, const Request&,
                                                     const kafka::TxnOffsetCommitRequest&);
kafka::DescribeProducersResponse HandleDescribeProducers(BrokerContext&, const Request&,
                                                         const kafka::DescribeProducersRequest&);
kafka::DescribeTransactionsResponse HandleDescribeTransactions(BrokerContext&, const Request&,
                                                               const kafka::DescribeTransactionsRequest&);
kafka::ListTransactionsResponse HandleListTransactions(BrokerContext&, const Request&,
                                                       const kafka::ListTransactionsRequest&);

// handle_topics.cc
kafka::CreateTopicsResponse HandleCreateTopics(BrokerContext&, const Request&, const kafka::CreateTopicsRequest&);
kafka::DeleteTopicsResponse HandleDeleteTopics(BrokerContext&, const Request&, const kafka::DeleteTopicsRequest&);
kafka::DeleteRecordsResponse HandleDeleteRecords(BrokerContext&, const Request&, const kafka::DeleteRecordsRequest&);
kafka::CreatePartitionsResponse HandleCreatePartitions(BrokerContext&, const Request&,
                                                       const kafka::CreatePartitionsRequest&);

// handle_configs.cc
kafka::DescribeConfigsResponse HandleDescribeConfigs(BrokerContext&, const Request&,
                                                     const kafka::DescribeConfigsRequest&);
kafka::AlterConfigsResponse HandleAlterConfigs(BrokerContext&, const Request&, const kafka::AlterConfigsRequest&);
kafka::IncrementalAlterConfigsResponse HandleIncrementalAlterConfigs(BrokerContext&, const Request&,
                                                                     const kafka::IncrementalAlterConfigsRequest&);

}  // namespace millrace::broker
