// /api/groups: list, one group, lag history, reset of offsets, delete.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"

namespace millrace::server::console {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;
using Places = std::vector<kafka::TopicPartition>;
using PlaceOffsets = std::map<kafka::TopicPartition, int64_t>;

namespace {

// The job whose source commits under the group's name.
Json JobOfGroup(const std::vector<KafkaUse>& uses, const std::string& group) {
  for (const KafkaUse& use : uses) {
    if (!use.is_sink && use.group == group) return Json(use.job_id);
  }
  return Json();
}

Outcome ListGroups(KafkaConsole& context, const Request&) {
  const auto groups = context.groups();
  const auto uses = context.uses();
  Json list = Json::MakeArray();
  for (const GroupState& group : groups->groups) {
    Json one = Json::MakeObject();
    one.Set("id", group.description.group_id).Set("state", group.description.state);
    one.Set("members", static_cast<int64_t>(group.description.members.size()));
    one.Set("topics", TextArray(group.topics())).Set("lag", group.lag());
    list.Append(one.Set("job", JobOfGroup(*uses, group.description.group_id)));
  }
  Json out = Json::MakeObject();
  out.Set("reachable", groups->reachable).Set("error", groups->error.empty() ? Json() : Json(groups->error));
  return Answer(out.Set("groups", std::move(list)));
}

Json MemberJson(const kafka::GroupMember& member) {
  Json places = Json::MakeArray();
  for (const kafka::TopicPartition& place : member.assignment) {
    Json one = Json::MakeObject();
    places.Append(one.Set("topic", place.topic).Set("partition", place.partition));
  }
  Json out = Json::MakeObject();
  out.Set("id", member.member_id).Set("client_id", member.client_id).Set("host", member.host);
  return out.Set("partitions", std::move(places));
}

// Kafka describes a group that it does not know as dead.
Result<kafka::GroupDescription> DescribeGroup(KafkaConsole& context, const std::string& id) {
  MR_ASSIGN(kafka::GroupDescription group, context.admin().DescribeGroup(id));
  if (group.state == "Dead") return NotFound(fmt::format("There is no consumer group '{}'.", id));
  return group;
}

Outcome GetGroup(KafkaConsole& context, const Request& request) {
  const std::string& id = request.Parameter("group");
  context.topics();
  MR_ASSIGN(const kafka::GroupDescription group, DescribeGroup(context, id));
  MR_ASSIGN(const auto offsets, context.group_stats().ReadOffsets(id));
  Json members = Json::MakeArray();
  for (const kafka::GroupMember& member : group.members) members.Append(MemberJson(member));
  Json list = Json::MakeArray();
  for (const GroupOffset& one : offsets) {
    Json offset = Json::MakeObject();
    offset.Set("topic", one.place.topic).Set("partition", one.place.partition).Set("offset", one.offset);
    list.Append(offset.Set("end", one.end).Set("lag", one.lag()));
  }
  Json out = Json::MakeObject();
  out.Set("id", id).Set("state", group.state).Set("assignor", group.partition_assignor);
  out.Set("job", JobOfGroup(*context.uses(), id)).Set("members", std::move(members));
  return Answer(out.Set("offsets", std::move(list)));
}

Outcome GetGroupHistory(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const HistoryRange range, RangeOf(request));
  const GroupStats::History history = context.group_stats().Read(request.Parameter("group"), range);
  Json out = HistoryJson(history.lag);
  Json series = Json::MakeObject();
  series.Set("lag", ValuesJson(history.lag.values));
  // A partition that came later has no samples for the first times.
  for (const auto& [name, partition] : history.partitions) {
    std::map<int64_t, std::optional<double>> by_time;
    for (size_t i = 0; i < partition.times.size(); ++i) by_time[partition.times[i]] = partition.values[i];
    std::vector<std::optional<double>> values;
    for (const int64_t time : history.lag.times) {
      const auto found = by_time.find(time);
      values.push_back(found == by_time.end() ? std::nullopt : found->second);
    }
    series.Set("lag." + name, ValuesJson(values));
  }
  return Answer(out.Set("series", std::move(series)));
}

// Where offsets are set to.
struct Target {
  enum class Kind : uint8_t { kEarliest, kLatest, kTime, kOffset, kShift };
  Kind kind = Kind::kEarliest;
  int64_t value = 0;
};

Result<Target> ParseTarget(const std::string& text) {
  using Kind = Target::Kind;
  if (text == "earliest") return Target{Kind::kEarliest};
  if (text == "latest") return Target{Kind::kLatest};
  for (const auto& [prefix, kind] :
       {std::pair{"time:", Kind::kTime}, std::pair{"offset:", Kind::kOffset}, std::pair{"shift:", Kind::kShift}}) {
    if (!text.starts_with(prefix)) continue;
    const auto number = ParseInt64(std::string_view(text).substr(std::string_view(prefix).size()));
    if (number && (*number >= 0 || kind == Kind::kShift)) return Target{kind, *number};
  }
  return UserError(fmt::format("'to' takes earliest, latest, time:MILLIS, offset:N or shift:N, not '{}'.", text));
}

Result<PlaceOffsets> ByPlace(Result<std::vector<kafka::TopicPartitionOffset>> found) {
  if (!found.ok()) return std::move(found).error();
  PlaceOffsets out;
  for (const auto& one : *found) out[one.place] = one.offset;
  return out;
}

// New offsets, none outside what the partition holds.
Result<PlaceOffsets> Resolve(KafkaConsole& context, const Places& places, const PlaceOffsets& now,
                             const Target& target) {
  MR_ASSIGN(const PlaceOffsets begins, ByPlace(context.admin().BeginningOffsets(places)));
  MR_ASSIGN(const PlaceOffsets ends, ByPlace(context.admin().EndOffsets(places)));
  PlaceOffsets times;
  if (target.kind == Target::Kind::kTime) {
    MR_ASSIGN(times, ByPlace(context.admin().OffsetsForTime(places, target.value)));
  }
  PlaceOffsets out;
  for (const auto& [place, begin] : begins) {
    const int64_t end = ends.at(place);
    int64_t to = begin;
    switch (target.kind) {
      case Target::Kind::kEarliest: break;
      case Target::Kind::kLatest: to = end; break;
      case Target::Kind::kTime: to = times[place] < 0 ? end : times[place]; break;
      case Target::Kind::kOffset: to = target.value; break;
      case Target::Kind::kShift: {
        const auto current = now.find(place);
        if (current == now.end()) continue;  // nothing to move
        to = current->second + std::clamp<int64_t>(target.value, -current->second, INT64_MAX - current->second);
        break;
      }
    }
    out[place] = std::clamp(to, begin, end);
  }
  return out;
}

// All partitions of the named topics, else those the group has offsets for.
Result<Places> PlacesToReset(KafkaConsole& context, const Json& body, const PlaceOffsets& now) {
  Places out;
  const Json* topics = body.Find("topics");
  if (topics == nullptr || topics->is_null()) {
    for (const auto& [place, offset] : now) out.push_back(place);
    return out;
  }
  if (!topics->is_array()) return UserError("The body's 'topics' must be a list of names.");
  std::set<std::string> names;
  for (const Json& name : topics->items()) {
    if (!name.is_string()) return UserError("The body's 'topics' must be a list of names.");
    names.insert(name.AsString());
  }
  for (const std::string& name : names) {
    MR_ASSIGN(const TopicState topic, context.FindTopic(name));
    for (const PartitionState& partition : topic.partitions) out.push_back({name, partition.id});
  }
  return out;
}

Status RefuseWhileActive(KafkaConsole& context, const std::string& group) {
  const auto description = context.admin().DescribeGroup(group);
  if (!description.ok()) return description.error();
  if (description->members.empty()) return Ok();
  std::vector<std::string> who;
  for (const kafka::GroupMember& member : description->members) {
    if (who.size() == 5) {
      who.push_back("…");
      break;
    }
    who.push_back(fmt::format("{} ({})", member.client_id, member.host));
  }
  return Conflict(fmt::format("Consumer group '{}' has active members: {}.", group, Join(who, ", ")))
      .WithHint("Stop them first: they would go on from their own offsets and overwrite the new ones.");
}

Outcome ResetGroup(KafkaConsole& context, const Request& request) {
  const std::string& group = request.Parameter("group");
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const std::string to, BodyText(body, "to"));
  MR_ASSIGN(const Target target, ParseTarget(to));
  const Json* flag = body.Find("preview");
  const bool preview = flag != nullptr && flag->is_bool() && flag->AsBool();
  context.topics();
  MR_ASSIGN(const auto committed, context.group_stats().ReadOffsets(group));
  PlaceOffsets now;
  for (const GroupOffset& one : committed) now[one.place] = one.offset;
  MR_ASSIGN(const Places places, PlacesToReset(context, body, now));
  MR_ASSIGN(const PlaceOffsets next, Resolve(context, places, now, target));
  Json changes = Json::MakeArray();
  std::vector<kafka::TopicPartitionOffset> wanted;
  for (const auto& [place, offset] : next) {
    const auto old = now.find(place);
    Json change = Json::MakeObject();
    change.Set("topic", place.topic).Set("partition", place.partition);
    change.Set("from", old == now.end() ? Json() : Json(old->second)).Set("to", offset);
    changes.Append(std::move(change));
    wanted.push_back({place, offset, ""});
  }
  if (!preview && !wanted.empty()) {
    MR_TRY(RefuseWhileActive(context, group));
    MR_TRY(context.admin().AlterGroupOffsets(group, wanted));
    context.LookAtGroups();
  }
  Json out = Json::MakeObject();
  return Answer(out.Set("changes", std::move(changes)));
}

Outcome DeleteGroup(KafkaConsole& context, const Request& request) {
  const std::string& group = request.Parameter("group");
  MR_TRY(RefuseWhileActive(context, group));
  MR_TRY(context.admin().DeleteGroup(group));
  context.LookAtGroups();
  return Answer(Json::MakeObject());
}

}  // namespace

void AddGroupRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/groups", ListGroups);
  add("GET", "/api/groups/{group}", GetGroup);
  add("GET", "/api/groups/{group}/history", GetGroupHistory);
  add("POST", "/api/groups/{group}/reset", ResetGroup);
  add("DELETE", "/api/groups/{group}", DeleteGroup);
}

}  // namespace millrace::server::console
