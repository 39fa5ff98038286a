#include "formats/all.h"

#include "formats/avro/avro_format.h"
#include "formats/avro_confluent/avro_confluent_format.h"
#include "formats/csv/csv_format.h"
#include "formats/json/json_format.h"
#include "formats/raw/raw_format.h"

namespace millrace::formats {

std::vector<connect::FormatDef> AllFormats() {
  return {
      AvroFormat(), AvroConfluentFormat(), CsvFormat(), JsonFormat(), RawFormat(),
  };
}

}  // namespace millrace::formats
