#include "app/jobs_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "http/server.h"

namespace millrace::app {
namespace {

// A REST address whose n-th question for a job's state is answered by `state`.
class JobsClientTest : public testing::Test {
 protected:
  JobsClientTest() {
    auto started = http::Server::Start({}, [this](http::Request& request) {
      return request.method == "PATCH" ? http::Response{.status = 202, .body = "{}"} : state_(asked_++);
    });
    server_ = std::move(*started);
  }
  static http::Response State(const char* state) {
    return {.status = 200, .body = codec::Json::MakeObject().Set("status", state).ToString()};
  }

  std::atomic<int> asked_ = 0;
  std::function<http::Response(int)> state_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(JobsClientTest, AQuestionThatFailsIsNoEndOfACancelledJob) {
  state_ = [](int n) {
    if (n == 0) return http::Response{.status = 500, .body = "no time"};
    return State(n < 3 ? "CANCELLING" : "CANCELED");
  };
  JobsClient client("127.0.0.1:" + std::to_string(server_->port()));
  const auto ended = client.Cancel("a");
  ASSERT_TRUE(ended.ok()) << ended.error().ToString();
  EXPECT_EQ(*ended, "CANCELED");
  EXPECT_EQ(asked_, 4);
}

TEST_F(JobsClientTest, ACancelledJobThatIsForgottenHasEnded) {
  state_ = [](int) { return http::Response{.status = 404, .body = R"({"errors": ["There is no job a."]})"}; };
  JobsClient client("127.0.0.1:" + std::to_string(server_->port()));
  const auto ended = client.Cancel("a");
  ASSERT_TRUE(ended.ok()) << ended.error().ToString();
  EXPECT_EQ(*ended, "CANCELED");
  EXPECT_EQ(asked_, 1);
}

TEST_F(JobsClientTest, ACancelledJobMayHaveEndedOtherwise) {
  state_ = [](int) { return State("FINISHED"); };
  JobsClient client("127.0.0.1:" + std::to_string(server_->port()));
  EXPECT_EQ(*client.Cancel("a"), "FINISHED");
}

}  // namespace
}  // namespace millrace::app
