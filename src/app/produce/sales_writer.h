#pragma once

#include <memory>
#include <string>

#include "app/produce/sales_events.h"
#include "kafka/client/producer.h"

namespace millrace::app {

struct SalesWriterOptions {
  kafka::ClientConfig kafka;
  std::string registry_url;
  std::string topic = "SALES";
};

// Writes sales as the tutorial's producer does: key = store id as text, value = framed Avro registered under
// "<topic>-value". One thread.
class SalesWriter {
 public:
  static Result<std::unique_ptr<SalesWriter>> Open(const SalesWriterOptions& options);
  Status Write(const Sale& sale);
  Status Flush() { return producer_->Flush(); }
  Status Poll() { return producer_->Poll(); }

 private:
  SalesWriter() = default;
  std::unique_ptr<kafka::Producer> producer_;
  uint32_t topic_ = 0;
  std::string header_;  // magic byte and schema id
  std::string value_;
};

}  // namespace millrace::app
