#pragma once

#include <memory>

#include "connect/connector.h"
#include "connectors/filesystem/filesystem_table.h"

namespace millrace::connectors {

// Reads the table's files, each slot those whose path hashes to it, one after the other. A split is a file, its name
// the path, its position the byte offset of the next record.
Result<std::unique_ptr<connect::Source>> MakeFileSource(FilesystemTable table, std::vector<size_t> projected_fields,
                                                        std::vector<connect::MetadataColumn> metadata);

}  // namespace millrace::connectors
