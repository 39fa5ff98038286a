#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "registry/server.h"

namespace millrace::app {

struct ServicesOptions {
  std::string data_dir;
  std::vector<uint16_t> broker_ports = {9092, 29092};  // all on loopback
  int registry_port = 8081;
  std::vector<std::string> allowed_hosts;  // of the registry
};

// The embedded broker and the schema registry on it, in this process.
class Services {
 public:
  static Result<std::unique_ptr<Services>> Start(const ServicesOptions& options);
  ~Services();

  std::string bootstrap() const;  // "127.0.0.1:9092"
  std::string registry_url() const;
  broker::Broker& broker() const { return *broker_; }
  void Stop();

 private:
  Services() = default;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<registry::Server> registry_;
};

}  // namespace millrace::app
