#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/client/executor.h"
#include "app/client/gateway_protocol.h"
#include "http/client.h"

namespace millrace::app::client {

inline constexpr std::string_view kOurProduct = "Millrace";

struct GatewayOptions {
  std::string endpoint;                           // host:port or a URL
  std::map<std::string, std::string> properties;  // of the session
  engine::FlinkVersion texts = engine::FlinkVersion::k1_20;
  std::function<bool()> stop_requested;  // Ctrl-C while a statement runs
  CellFormat cells = CellFormat::kText;
};

// The calls of one gateway session; any thread.
class GatewaySession {
 public:
  // Agrees on a version (V2, else V1) and opens a session.
  static Result<std::shared_ptr<GatewaySession>> Open(const GatewayOptions& options);
  ~GatewaySession();  // closes the session

  const std::string& url() const { return url_; }
  const std::string& product() const { return product_; }  // "Apache Flink 1.20.3", "Millrace"
  bool has_v2() const { return version_ == "v2"; }
  bool is_ours() const { return product_ == kOurProduct; }

  // `path` is below the session: "/statements".
  Result<codec::Json> Call(std::string_view method, const std::string& path, const codec::Json& body);
  // What our own gateways know besides, kinds and details too; others refuse.
  Result<codec::Json> CompleteInWorkspace(const std::string& text, size_t cursor);
  Result<ResultPage> Fetch(const std::string& operation, int64_t token, CellFormat cells);
  // Errors are left aside: the operation may have ended already.
  void Cancel(const std::string& operation);
  void Close(const std::string& operation);

 private:
  explicit GatewaySession(const GatewayOptions& options);
  Status OpenSession(const GatewayOptions& options);
  void SendHeartbeats();
  Result<http::ClientResponse> Send(std::string_view method, const std::string& url, std::string_view body);
  Result<codec::Json> SendForJson(std::string_view method, const std::string& url, std::string_view body);

  http::Client http_;
  http::Headers headers_;
  std::string url_;      // of the gateway
  std::string handle_;   // of the session
  std::string session_;  // its URL
  std::string version_;  // "v1", "v2"
  std::string product_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;  // under mutex_
  std::thread heartbeats_;
};

// Statements that run behind a SQL gateway: ours or Flink's.
class GatewayExecutor : public Executor {
 public:
  static Result<std::unique_ptr<GatewayExecutor>> Connect(const GatewayOptions& options);

  Result<Outcome> Execute(const sql::ScriptPiece& piece, Purpose purpose) override;
  Result<engine::Config> Settings() override;
  const engine::SessionTexts& texts() const override { return engine::TextsOf(options_.texts); }
  Completion Complete(const std::string& text, size_t cursor) override;
  std::string Description() const override;
  bool is_ours() const { return session_->is_ours(); }

 private:
  GatewayExecutor(GatewayOptions options, std::shared_ptr<GatewaySession> session)
      : options_(std::move(options)), session_(std::move(session)) {}
  Result<Outcome> Run(std::string_view statement, Purpose purpose);
  Status Configure(std::string_view statement);
  // Waits for the first page.
  Result<ResultPage> FirstPage(const std::string& operation, CellFormat cells);
  Result<Outcome> Read(std::string_view statement, const std::string& operation, CellFormat cells, ResultPage page);

  GatewayOptions options_;
  std::shared_ptr<GatewaySession> session_;
};

// Whether a SQL gateway of ours answers at `endpoint` within a moment.
bool IsOurGateway(const std::string& endpoint);

}  // namespace millrace::app::client
