#include "app/local/services.h"

#include <fmt/format.h>

#include "registry/kafka_schema_log.h"

namespace millrace::app {

Result<std::unique_ptr<Services>> Services::Start(const ServicesOptions& options) {
  auto services = std::unique_ptr<Services>(new Services());
  broker::BrokerOptions broker;
  broker.data_dir = options.data_dir + "/broker";
  broker.listeners.clear();
  for (const uint16_t port : options.broker_ports) {
    broker::ListenerOptions& listener = broker.listeners.emplace_back();
    listener.port = port;
  }
  MR_ASSIGN(services->broker_, broker::Broker::Start(std::move(broker)));
  registry::KafkaLogOptions log;
  log.config = kafka::ClientConfig::For(services->bootstrap());
  registry::ServerOptions registry;
  registry.port = options.registry_port;
  registry.allowed_hosts = options.allowed_hosts;
  MR_ASSIGN(services->registry_, registry::Server::Start(registry, registry::MakeKafkaSchemaLog(std::move(log))));
  return services;
}

Services::~Services() { Stop(); }

void Services::Stop() {
  registry_.reset();  // before the broker its log lives on
  if (broker_ != nullptr) broker_->Stop();
}

std::string Services::bootstrap() const {
  const auto& listener = broker_->listeners().front();
  return fmt::format("{}:{}", listener.host, listener.port);
}

std::string Services::registry_url() const { return fmt::format("http://127.0.0.1:{}", registry_->port()); }

}  // namespace millrace::app
