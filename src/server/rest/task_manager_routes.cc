// GET /taskmanagers and below.
#include <algorithm>

#include <fmt/format.h>

#include "server/rest/job_json.h"
#include "server/rest/log_answers.h"
#include "server/rest/metric_values.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::TaskManagerReport;

constexpr int64_t kMebibyte = int64_t{1} << 20;

// Memory is shared by all slots and belongs to none: a slot's part of the machine.
Json Resources(const TaskManagerReport& task_manager, uint32_t slots) {
  const double share = task_manager.slots == 0 ? 0 : static_cast<double>(slots) / task_manager.slots;
  const auto memory = static_cast<int64_t>(share * static_cast<double>(task_manager.physical_memory / kMebibyte));
  Json out = Json::MakeObject();
  out.Set("cpuCores", share * task_manager.cpu_cores).Set("taskHeapMemory", int64_t{0});
  out.Set("taskOffHeapMemory", memory).Set("managedMemory", int64_t{0}).Set("networkMemory", int64_t{0});
  return out.Set("extendedResources", Json::MakeObject());
}

Json Hardware(const TaskManagerReport& task_manager) {
  Json out = Json::MakeObject();
  out.Set("cpuCores", int64_t{task_manager.cpu_cores}).Set("physicalMemory", task_manager.physical_memory);
  out.Set("freeMemory", std::max<int64_t>(0, task_manager.physical_memory - task_manager.resident_memory));
  return out.Set("managedMemory", int64_t{0});
}

// The parts of a JVM's memory do not exist here.
Json MemoryConfiguration(const TaskManagerReport& task_manager) {
  Json out = Json::MakeObject();
  for (const char* name : {"frameworkHeap", "taskHeap", "frameworkOffHeap", "taskOffHeap", "networkMemory",
                           "managedMemory", "jvmMetaspace", "jvmOverhead", "totalFlinkMemory"}) {
    out.Set(name, Json());
  }
  return out.Set("totalProcessMemory", task_manager.physical_memory);
}

Json Summary(const TaskManagerReport& task_manager) {
  Json out = Json::MakeObject();
  out.Set("id", task_manager.id).Set("path", task_manager.address).Set("dataPort", int64_t{-1});
  out.Set("jmxPort", int64_t{-1}).Set("timeSinceLastHeartbeat", task_manager.last_heartbeat_millis);
  out.Set("slotsNumber", int64_t{task_manager.slots}).Set("freeSlots", int64_t{task_manager.free_slots});
  out.Set("assignedTasks", int64_t{task_manager.slots - task_manager.free_slots});
  out.Set("totalResource", Resources(task_manager, task_manager.slots));
  out.Set("freeResource", Resources(task_manager, task_manager.free_slots)).Set("hardware", Hardware(task_manager));
  return out.Set("memoryConfiguration", MemoryConfiguration(task_manager));
}

Json MemoryMetrics(const TaskManagerReport& task_manager) {
  Json out = Json::MakeObject();
  for (const char* name : {"heapUsed",
                           "heapCommitted",
                           "heapMax",
                           "nonHeapUsed",
                           "nonHeapCommitted",
                           "nonHeapMax",
                           "directCount",
                           "directUsed",
                           "directMax",
                           "mappedCount",
                           "mappedUsed",
                           "mappedMax",
                           "memorySegmentsAvailable",
                           "memorySegmentsTotal",
                           "nettyShuffleMemorySegmentsAvailable",
                           "nettyShuffleMemorySegmentsUsed",
                           "nettyShuffleMemorySegmentsTotal",
                           "nettyShuffleMemoryAvailable",
                           "nettyShuffleMemoryUsed",
                           "nettyShuffleMemoryTotal"}) {
    out.Set(name, int64_t{0});
  }
  out.Set("nonHeapUsed", task_manager.resident_memory).Set("nonHeapCommitted", task_manager.resident_memory);
  out.Set("nonHeapMax", task_manager.physical_memory);
  return out.Set("garbageCollectors", Json::MakeArray());
}

Json Details(const TaskManagerReport& task_manager, const engine::JobService& jobs) {
  Json slots = Json::MakeArray();
  for (const std::string& id : task_manager.jobs) {
    const auto job = jobs.Find(id);
    for (uint32_t slot = 0; slot < (job && !job->ended() ? job->parallelism : 0); ++slot) {
      Json one = Json::MakeObject();
      slots.Append(
          std::move(one.Set("jobId", id).Set("resource", Resources(task_manager, 1)).Set("assignedTasks", int64_t{1})));
    }
  }
  Json out = Summary(task_manager);
  return out.Set("allocatedSlots", std::move(slots)).Set("metrics", MemoryMetrics(task_manager));
}

using TaskManagerHandler = std::function<http::Response(const TaskManagerReport&, http::Request&)>;

http::Handler WithTaskManager(const RestContext& context, TaskManagerHandler make) {
  return [&context, make = std::move(make)](http::Request& request) {
    const std::string& id = request.Parameter("taskmanagerid");
    for (const TaskManagerReport& one : context.jobs.TaskManagers()) {
      if (one.id == id) return make(one, request);
    }
    return AnswerError(404, fmt::format("TaskExecutor {} not found", id));
  };
}

}  // namespace

void AddTaskManagerRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "GET", "/taskmanagers", [&context](http::Request&) {
    Json list = Json::MakeArray();
    for (const TaskManagerReport& one : context.jobs.TaskManagers()) list.Append(Summary(one));
    Json out = Json::MakeObject();
    return Answer(out.Set("taskmanagers", std::move(list)));
  });
  const std::string path = "/taskmanagers/{taskmanagerid}";
  AddRoute(router, "GET", path, WithTaskManager(context, [&context](const TaskManagerReport& one, http::Request&) {
             return Answer(Details(one, context.jobs));
           }));
  AddLogRoutes(router, path, [&context](const http::Request& request, std::string_view what) {
    return context.jobs.TaskManagerText(request.Parameter("taskmanagerid"), what);
  });
  AddRoute(router, "GET", "/jobs/{jobid}/taskmanagers/{taskmanagerid}/log-url",
           WithJob(context, [](const engine::JobReport&, http::Request& request) {
             Json out = Json::MakeObject();
             return Answer(out.Set("url", fmt::format("/taskmanagers/{}/log", request.Parameter("taskmanagerid"))));
           }));
}

}  // namespace millrace::server
