#include "app/produce/sales_writer.h"

#include "registry/client.h"

namespace millrace::app {

Result<std::unique_ptr<SalesWriter>> SalesWriter::Open(const SalesWriterOptions& options) {
  auto writer = std::unique_ptr<SalesWriter>(new SalesWriter());
  registry::ClientOptions registry_options;
  registry_options.urls = {options.registry_url};
  registry::Client registry(std::move(registry_options));
  registry::Content content;
  content.text = kStoreSaleSchema;
  MR_ASSIGN(const int32_t id, registry.Register(options.topic + "-value", content));
  writer->header_.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8) writer->header_.push_back(static_cast<char>(id >> shift & 0xFF));
  MR_ASSIGN(writer->producer_, kafka::Producer::Create(options.kafka));
  MR_ASSIGN(writer->topic_, writer->producer_->OpenTopic(options.topic));
  // Asks the broker once, so that a missing broker is found before the first sale.
  MR_TRY(writer->producer_->NumPartitions(writer->topic_));
  return writer;
}

Status SalesWriter::Write(const Sale& sale) {
  value_ = header_;
  AppendSaleAvro(sale, &value_);
  kafka::ProducerRecord record;
  record.key = sale.store_id.data();
  record.key_size = sale.store_id.size();
  record.value = value_.data();
  record.value_size = value_.size();
  return producer_->Send(topic_, std::span(&record, 1));
}

}  // namespace millrace::app
