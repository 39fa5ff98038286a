#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/local_jobs.h"
#include "engine/testing/row_tables.h"
#include "http/router.h"
#include "server/console/job_routes.h"

namespace millrace::server::testing {

// Jobs of this process behind all routes, asked without a socket.
class JobServer : public ::testing::Test {
 public:
  JobServer() {
    AddRestRoutes(router_, rest_);
    AddConsoleJobRoutes(router_, console_);
  }
  ~JobServer() override {
    for (const auto& job : directory_.Jobs()) job->Cancel();
    for (const auto& job : directory_.Jobs()) job->Wait();
  }

  // 1 000 rows, then the end, or as long as tables_.held. `settings`: SET statements.
  void Submit(const std::string& id, uint32_t slots = 1, const std::string& settings = "") {
    engine::JobSpec spec;
    spec.id = id;
    spec.name = "totals";
    spec.preparation = settings + "SET 'parallelism.default' = '" + std::to_string(slots) + "';\n" +
                       std::string(engine::testing::kRowTablesSql);
    spec.statement = engine::testing::kTotalsInsert;
    spec.slots = slots;
    const Status submitted = jobs_.Submit(spec);
    ASSERT_TRUE(submitted.ok()) << submitted.error().ToString();
  }
  void AwaitEnd(const std::string& id) { directory_.Find(id)->Wait(); }

  struct Reply {
    int status = 0;
    codec::Json json;
    std::string body;
    // "a.b.0" walks into objects and lists; null for what is not there.
    codec::Json At(std::string_view path) const {
      codec::Json here = json;
      for (const std::string& step : Split(path, '.')) {
        if (here.is_array()) {
          const auto index = static_cast<size_t>(*ParseInt64(step));
          here = index < here.items().size() ? codec::Json(here.items()[index]) : codec::Json();
        } else {
          const codec::Json* member = here.Find(step);
          here = member == nullptr ? codec::Json() : codec::Json(*member);
        }
      }
      return here;
    }
    std::string Text(std::string_view path) const { return At(path).ToString(); }
  };
  Reply Call(std::string method, std::string target, std::string body = "") {
    http::Request request;
    request.method = std::move(method);
    request.target = target;
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = *http::ParseQuery(std::string_view(target).substr(mark + 1));
    request.body = std::move(body);
    http::Response response = router_.Handle(request);
    Reply reply{.status = response.status, .body = std::move(response.body)};
    if (auto json = codec::ParseJson(reply.body); json.ok()) reply.json = std::move(*json);
    return reply;
  }
  Reply Get(std::string target) { return Call("GET", std::move(target)); }

  engine::testing::RowTables tables_;
  engine::JobDirectory directory_;
  engine::LocalJobs jobs_{{.environment = tables_.Environment(), .slots = 4}, &directory_};
  MetricHistory history_;
  SavepointTriggers triggers_;
  JobList list_{jobs_, SystemClock()};
  RestContext rest_{jobs_, list_, triggers_, history_, {{"rest.port", "18081"}}};
  ConsoleContext console_{rest_, "1.2.3", 42};
  http::Router router_;
};

// Ids are 32 hex digits.
inline const std::string kJob = "0123456789abcdef0123456789abcdef";

}  // namespace millrace::server::testing
