#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "bench/services.h"

namespace millrace::bench {

// Registers the schema of the sales; its id.
Result<int32_t> RegisterSaleSchema(const Services& services);

// Makes the topic with one partition and writes the first `records` sales of `stores` stores. Ends the program on an
// error.
void ProduceSales(const Services& services, const std::string& topic, uint32_t stores, int32_t schema_id,
                  int64_t records);

}  // namespace millrace::bench
