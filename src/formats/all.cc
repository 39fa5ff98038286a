#include "formats/all.h"

#include "formats/csv/csv_format.h"
#include "formats/json/json_format.h"
#include "formats/raw/raw_format.h"

namespace millrace::formats {

std::vector<connect::FormatDef> AllFormats() {
  return {
      CsvFormat(),
      JsonFormat(),
      RawFormat(),
  };
}

}  // namespace millrace::formats
