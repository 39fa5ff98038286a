#include "bench/sales_topic.h"

#include "base/check.h"
#include "bench/sales_data.h"
#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "registry/client.h"

namespace millrace::bench {

Result<int32_t> RegisterSaleSchema(const Services& services) {
  registry::ClientOptions options;
  options.urls = {services.registry_url()};
  registry::Content schema;
  schema.text = kSaleSchema;
  return registry::Client(std::move(options)).Register("SALES-value", schema);
}

void ProduceSales(const Services& services, const std::string& topic, uint32_t stores, int32_t schema_id,
                  int64_t records) {
  kafka::ClientConfig config = kafka::ClientConfig::For(services.bootstrap());
  config.properties["linger.ms"] = "20";
  auto admin = kafka::AdminClient::Create(config);
  CHECK(admin.ok());
  // The sales have times of a fixed day: they must not be too old for the topic.
  CHECK((*admin)->CreateTopic({.name = topic, .num_partitions = 1, .configs = {{"retention.ms", "-1"}}}).ok());
  auto producer = kafka::Producer::Create(config);
  CHECK(producer.ok());
  const auto handle = (*producer)->OpenTopic(topic);
  CHECK(handle.ok());
  SaleGenerator sales(stores, schema_id);
  std::string key;
  std::string value;
  for (int64_t i = 0; i < records; ++i) {
    int64_t time = 0;
    sales.Next(&key, &value, &time);
    kafka::ProducerRecord record{.key = key.data(),
                                 .value = value.data(),
                                 .key_size = key.size(),
                                 .value_size = value.size(),
                                 .partition = 0,
                                 .timestamp = time};
    CHECK((*producer)->Send(*handle, std::span(&record, 1)).ok());
  }
  CHECK((*producer)->Flush().ok());
}

}  // namespace millrace::bench
