#include "app/produce/sales_events.h"

#include <fmt/format.h>

#include "codec/varint.h"

namespace millrace::app {

const std::string_view kStoreSaleSchema =
    R"({"type":"record","name":"StoreSale","namespace":"io.millrace.sales","doc":"One sale in one store.","fields":[)"
    R"({"name":"store_id","type":"string","doc":"The store that sold."},)"
    R"({"name":"sale_amount","type":"int","doc":"The amount of the sale, in whole currency units."},)"
    R"({"name":"sale_ts","type":"long","doc":"When it was sold: milliseconds since 1970-01-01 UTC."}]})";

SalesEvents::SalesEvents(uint32_t num_stores, int64_t disorder_millis, uint64_t seed)
    : disorder_millis_(disorder_millis), random_(seed) {
  for (uint32_t i = 0; i < num_stores; ++i) stores_.push_back(StoreName(i));
}

std::string SalesEvents::StoreName(uint32_t index) {
  if (index < 8)
    return {static_cast<char>('A' + 3 * index), static_cast<char>('B' + 3 * index), static_cast<char>('C' + 3 * index)};
  return fmt::format("S{:04}", index + 1);
}

Sale SalesEvents::Next(int64_t now_millis) {
  // One draw each, reduced by modulo: the same numbers on every standard library.
  Sale sale;
  sale.store_id = stores_[random_() % stores_.size()];
  sale.amount = static_cast<int32_t>(100 + random_() % 901);
  sale.time_millis =
      now_millis -
      (disorder_millis_ == 0 ? 0 : static_cast<int64_t>(random_() % static_cast<uint64_t>(disorder_millis_ + 1)));
  return sale;
}

void AppendSaleAvro(const Sale& sale, std::string* out) {
  codec::AppendSignedVarint64(out, static_cast<int64_t>(sale.store_id.size()));
  out->append(sale.store_id);
  codec::AppendSignedVarint32(out, sale.amount);
  codec::AppendSignedVarint64(out, sale.time_millis);
}

}  // namespace millrace::app
