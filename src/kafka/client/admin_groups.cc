#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/client/admin.h"
#include "kafka/client/admin_call.h"
#include "kafka/client/consumer.h"

namespace millrace::kafka {
namespace {

std::string GroupWords(std::string_view verb, const std::string& group) {
  return fmt::format("Cannot {} Kafka consumer group '{}'", verb, group);
}

struct ConfigResourceDeleter {
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};
using ConfigResourcePtr = std::unique_ptr<rd_kafka_ConfigResource_t, ConfigResourceDeleter>;

ConfigResourcePtr MakeResource(ConfigResource resource, const std::string& name) {
  return ConfigResourcePtr(rd_kafka_ConfigResource_new(
      resource == ConfigResource::kTopic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_BROKER, name.c_str()));
}

std::vector<ConfigEntry> ReadEntries(const rd_kafka_ConfigResource_t& resource, ConfigResource kind) {
  size_t count = 0;
  const auto* configs = rd_kafka_ConfigResource_configs(&resource, &count);
  std::vector<ConfigEntry> out;
  for (size_t i = 0; i < count; ++i) {
    ConfigEntry entry;
    entry.name = rd_kafka_ConfigEntry_name(configs[i]);
    if (const char* value = rd_kafka_ConfigEntry_value(configs[i]); value != nullptr) entry.value = value;
    entry.is_default = rd_kafka_ConfigEntry_is_default(configs[i]) == 1;
    if (kind == ConfigResource::kTopic) {
      entry.is_default |= rd_kafka_ConfigEntry_source(configs[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    }
    entry.is_read_only = rd_kafka_ConfigEntry_is_read_only(configs[i]) == 1;
    entry.is_sensitive = rd_kafka_ConfigEntry_is_sensitive(configs[i]) == 1;
    out.push_back(std::move(entry));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

GroupMember DescribeMember(const rd_kafka_MemberDescription_t* member) {
  GroupMember out;
  out.member_id = rd_kafka_MemberDescription_consumer_id(member);
  out.client_id = rd_kafka_MemberDescription_client_id(member);
  out.host = rd_kafka_MemberDescription_host(member);
  if (const char* id = rd_kafka_MemberDescription_group_instance_id(member); id != nullptr && *id != '\0') {
    out.instance_id = id;
  }
  if (const auto* assignment = rd_kafka_MemberDescription_assignment(member); assignment != nullptr) {
    for (TopicPartitionOffset& one : FromPartitionList(rd_kafka_MemberAssignment_partitions(assignment))) {
      out.assignment.push_back(std::move(one.place));
    }
  }
  return out;
}

GroupDescription ReadGroup(const rd_kafka_ConsumerGroupDescription_t* group) {
  GroupDescription out;
  out.group_id = rd_kafka_ConsumerGroupDescription_group_id(group);
  out.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group));
  if (const char* assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(group); assignor != nullptr) {
    out.partition_assignor = assignor;
  }
  const size_t members = rd_kafka_ConsumerGroupDescription_member_count(group);
  for (size_t i = 0; i < members; ++i) {
    out.members.push_back(DescribeMember(rd_kafka_ConsumerGroupDescription_member(group, i)));
  }
  return out;
}

// The offsets of the only group of a List/AlterConsumerGroupOffsets answer.
Result<std::vector<TopicPartitionOffset>> OnlyGroupOffsets(const AdminClient::Impl& impl, const std::string& what,
                                                           const rd_kafka_group_result_t* const* groups, size_t count) {
  if (count != 1) return InternalError(fmt::format("{}: the answer holds {} groups", what, count));
  if (const auto* error = rd_kafka_group_result_error(groups[0]); error != nullptr) {
    MR_TRY(impl.ItemStatus(rd_kafka_error_code(error), what, rd_kafka_error_string(error)));
  }
  const auto* list = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    MR_TRY(
        impl.ItemStatus(one.err, fmt::format("{} in topic {} partition {}", what, one.topic, one.partition), nullptr));
  }
  return FromPartitionList(list);
}

}  // namespace

Result<std::vector<ConfigEntry>> AdminClient::DescribeConfigs(ConfigResource resource, const std::string& name) {
  const std::string what = fmt::format("Cannot read the Kafka configuration of '{}'", name);
  const ConfigResourcePtr request = MakeResource(resource, name);
  MR_ASSIGN(const EventPtr event,
            impl_->Call(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, what, [&request](auto* handle, auto* options, auto* queue) {
              rd_kafka_ConfigResource_t* requests[] = {request.get()};
              rd_kafka_DescribeConfigs(handle, requests, 1, options, queue);
            }));
  size_t count = 0;
  const auto* results =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::vector<ConfigEntry> out;
  for (size_t i = 0; i < count; ++i) {
    MR_TRY(impl_->ItemStatus(rd_kafka_ConfigResource_error(results[i]), what,
                             rd_kafka_ConfigResource_error_string(results[i])));
    out = ReadEntries(*results[i], resource);
  }
  return out;
}

Result<std::map<std::string, std::vector<ConfigEntry>>> AdminClient::DescribeTopicConfigs(
    std::span<const std::string> topics) {
  std::map<std::string, std::vector<ConfigEntry>> out;
  if (topics.empty()) return out;
  std::vector<ConfigResourcePtr> owners;
  std::vector<rd_kafka_ConfigResource_t*> requests;
  for (const std::string& topic : topics) {
    requests.push_back(owners.emplace_back(MakeResource(ConfigResource::kTopic, topic)).get());
  }
  MR_ASSIGN(const EventPtr event,
            impl_->Call(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "Cannot read the Kafka configuration of topics",
                        [&requests](auto* handle, auto* options, auto* queue) {
                          rd_kafka_DescribeConfigs(handle, requests.data(), requests.size(), options, queue);
                        }));
  size_t count = 0;
  const auto* results =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    out.emplace(rd_kafka_ConfigResource_name(results[i]), ReadEntries(*results[i], ConfigResource::kTopic));
  }
  return out;
}

Status AdminClient::AlterConfigs(ConfigResource resource, const std::string& name,
                                 const std::map<std::string, std::string>& set) {
  const std::string what = fmt::format("Cannot change the Kafka configuration of '{}'", name);
  // This request replaces the whole configuration, so what differs from the defaults today is sent again.
  std::map<std::string, std::string> all;
  if (resource == ConfigResource::kTopic) {
    MR_ASSIGN(const std::vector<ConfigEntry> now, DescribeConfigs(resource, name));
    for (const ConfigEntry& entry : now) {
      if (!entry.is_default && entry.value) all[entry.name] = *entry.value;
    }
  }
  for (const auto& [key, value] : set) all[key] = value;
  const ConfigResourcePtr request = MakeResource(resource, name);
  for (const auto& [key, value] : all) {
    rd_kafka_ConfigResource_set_config(request.get(), key.c_str(), value.c_str());
  }
  MR_ASSIGN(const EventPtr event,
            impl_->Call(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, what, [&request](auto* handle, auto* options, auto* queue) {
              rd_kafka_ConfigResource_t* requests[] = {request.get()};
              rd_kafka_AlterConfigs(handle, requests, 1, options, queue);
            }));
  size_t count = 0;
  const auto* results = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    MR_TRY(impl_->ItemStatus(rd_kafka_ConfigResource_error(results[i]), what,
                             rd_kafka_ConfigResource_error_string(results[i])));
  }
  return Ok();
}

Result<std::vector<GroupListing>> AdminClient::ListGroups() {
  const std::string_view what = "Cannot list Kafka consumer groups";
  MR_ASSIGN(const EventPtr event,
            impl_->Call(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, what, [](auto* handle, auto* options, auto* queue) {
              rd_kafka_ListConsumerGroups(handle, options, queue);
            }));
  const auto* result = rd_kafka_event_ListConsumerGroups_result(event.get());
  size_t count = 0;
  const auto* errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);
  for (size_t i = 0; i < count; ++i) {
    MR_TRY(impl_->ItemStatus(rd_kafka_error_code(errors[i]), what, rd_kafka_error_string(errors[i])));
  }
  const auto* groups = rd_kafka_ListConsumerGroups_result_valid(result, &count);
  std::vector<GroupListing> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back({rd_kafka_ConsumerGroupListing_group_id(groups[i]),
                   rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(groups[i])),
                   rd_kafka_ConsumerGroupListing_is_simple_consumer_group(groups[i]) == 1});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.group_id < b.group_id; });
  return out;
}

Result<GroupDescription> AdminClient::DescribeGroup(const std::string& group) {
  const std::string what = GroupWords("describe", group);
  MR_ASSIGN(const EventPtr event, impl_->Call(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, what,
                                              [&group](auto* handle, auto* options, auto* queue) {
                                                const char* groups[] = {group.c_str()};
                                                rd_kafka_DescribeConsumerGroups(handle, groups, 1, options, queue);
                                              }));
  size_t count = 0;
  const auto* groups =
      rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  if (count != 1) return InternalError(fmt::format("{}: the answer holds {} groups", what, count));
  if (const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[0]); error != nullptr) {
    MR_TRY(impl_->ItemStatus(rd_kafka_error_code(error), what, rd_kafka_error_string(error)));
  }
  return ReadGroup(groups[0]);
}

Result<std::vector<GroupDescription>> AdminClient::DescribeGroups(std::span<const std::string> groups) {
  std::vector<GroupDescription> out;
  if (groups.empty()) return out;
  std::vector<const char*> names;
  for (const std::string& group : groups) names.push_back(group.c_str());
  MR_ASSIGN(const EventPtr event,
            impl_->Call(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, "Cannot describe Kafka consumer groups",
                        [&names](auto* handle, auto* options, auto* queue) {
                          rd_kafka_DescribeConsumerGroups(handle, names.data(), names.size(), options, queue);
                        }));
  size_t count = 0;
  const auto* results =
      rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto* error = rd_kafka_ConsumerGroupDescription_error(results[i]);
    if (error == nullptr || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR)
      out.push_back(ReadGroup(results[i]));
  }
  return out;
}

Status AdminClient::DeleteGroup(const std::string& group) {
  const std::string what = GroupWords("delete", group);
  rd_kafka_DeleteGroup_t* request = rd_kafka_DeleteGroup_new(group.c_str());
  auto event = impl_->Call(RD_KAFKA_ADMIN_OP_DELETEGROUPS, what, [request](auto* handle, auto* options, auto* queue) {
    rd_kafka_DeleteGroup_t* requests[] = {request};
    rd_kafka_DeleteGroups(handle, requests, 1, options, queue);
  });
  rd_kafka_DeleteGroup_destroy(request);
  if (!event.ok()) return std::move(event).error();
  size_t count = 0;
  const auto* groups = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const auto* error = rd_kafka_group_result_error(groups[i]); error != nullptr) {
      MR_TRY(impl_->ItemStatus(rd_kafka_error_code(error), what, rd_kafka_error_string(error)));
    }
  }
  return Ok();
}

// Through a consumer: librdkafka 2.0's own admin call brings the process down when the group's coordinator is moving.
Result<std::vector<TopicPartitionOffset>> AdminClient::GroupOffsets(const std::string& group,
                                                                    std::span<const TopicPartition> partitions) {
  ClientConfig config = impl_->config;
  config.properties["group.id"] = group;
  const auto consumer = PartitionConsumer::Create(config);
  if (!consumer.ok()) return consumer.error();
  if (!partitions.empty()) return (*consumer)->Committed(partitions);
  std::vector<TopicPartition> all;
  MR_ASSIGN(const auto topics, DescribeTopics());
  for (const TopicDescription& topic : topics) {
    for (const PartitionDescription& partition : topic.partitions) all.push_back({topic.name, partition.id});
  }
  if (all.empty()) return std::vector<TopicPartitionOffset>();
  MR_ASSIGN(auto offsets, (*consumer)->Committed(all));
  std::erase_if(offsets, [](const TopicPartitionOffset& offset) { return offset.offset == kNoOffset; });
  return offsets;
}

Status AdminClient::AlterGroupOffsets(const std::string& group, std::span<const TopicPartitionOffset> offsets) {
  const std::string what = GroupWords("set the offsets of", group);
  const PartitionListPtr list = MakePartitionList(offsets);
  rd_kafka_AlterConsumerGroupOffsets_t* request = rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get());
  auto event = impl_->Call(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, what,
                           [request](auto* handle, auto* options, auto* queue) {
                             rd_kafka_AlterConsumerGroupOffsets_t* requests[] = {request};
                             rd_kafka_AlterConsumerGroupOffsets(handle, requests, 1, options, queue);
                           });
  rd_kafka_AlterConsumerGroupOffsets_destroy(request);
  if (!event.ok()) return std::move(event).error();
  size_t count = 0;
  const auto* groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event->get()), &count);
  MR_TRY(OnlyGroupOffsets(*impl_, what, groups, count));
  return Ok();
}

}  // namespace millrace::kafka
