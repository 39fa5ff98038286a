#pragma once

#include <memory>

#include "connect/connector.h"
#include "connectors/filesystem/filesystem_table.h"

namespace millrace::connectors {

// Writes part files into the table's directory. A part is hidden (".part-...inprogress") until Flush, which makes it
// durable and gives it its name: readers never see half a file.
Result<std::unique_ptr<connect::Sink>> MakeFileSink(FilesystemTable table);

}  // namespace millrace::connectors
