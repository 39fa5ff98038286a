#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/wire.h"
#include "net/frame_connection.h"

namespace millrace::broker {

struct BoundListener;

// One request on its way through a handler.
struct Request {
  kafka::RequestHeader header;
  net::Frame frame;                         // keeps `body`, and what was decoded from it, alive
  std::string_view body;                    // what follows the header
  const BoundListener* listener = nullptr;  // the address the client came to
  net::EventLoop* loop = nullptr;           // of the connection
  std::string client_host;

  int16_t version() const { return header.api_version; }
};

// Where an answer goes. Any thread.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void Complete(std::optional<kafka::EncodedMessage> response) = 0;  // nullopt: there is no answer (acks=0)
  virtual void Abort(Error reason) = 0;                                      // closes the connection
};

// Answers one request, exactly once, from any thread. A small value; the connection is served on after the answer.
class Responder {
 public:
  Responder(std::shared_ptr<ResponseSink> sink, const kafka::RequestHeader& header)
      : sink_(std::move(sink)),
        api_key_(header.api_key),
        api_version_(header.api_version),
        correlation_id_(header.correlation_id) {}

  template <typename Response>
  void Send(const Response& response) const {
    SendAs(response, api_version_);
  }
  // For the one API whose answer may be of another version than its request: ApiVersions.
  template <typename Response>
  void SendAs(const Response& response, int16_t version) const {
    kafka::Writer out;
    kafka::EncodeResponseHeader(api_key_, version, correlation_id_, out);
    response.Encode(out, version);
    sink_->Complete(std::move(out).Take());
  }
  void SendNothing() const { sink_->Complete(std::nullopt); }
  void CloseConnection(Error reason) const { sink_->Abort(std::move(reason)); }

 private:
  std::shared_ptr<ResponseSink> sink_;
  int16_t api_key_;
  int16_t api_version_;
  int32_t correlation_id_;
};

}  // namespace millrace::broker
