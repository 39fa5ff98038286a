#include "connectors/filesystem/filesystem_connector.h"

#include "connectors/filesystem/file_sink.h"
#include "connectors/filesystem/file_source.h"
#include "connectors/filesystem/filesystem_table.h"

namespace millrace::connectors {

connect::ConnectorDef FilesystemConnector() {
  connect::ConnectorDef def;
  def.name = "filesystem";
  def.options = &FilesystemOptions();
  def.doc = "Reads and writes files of a local directory.";
  def.metadata = FilesystemMetadataKeys();
  def.sink_changelog = [](const connect::TableContext&) -> Result<ChangelogMode> {
    return ChangelogMode::InsertOnly();
  };
  def.make_source = [](const connect::SourceContext& context) -> Result<std::unique_ptr<connect::Source>> {
    MR_ASSIGN(FilesystemTable table, ReadFilesystemTable(context.table));
    return MakeFileSource(std::move(table), context.projected_fields, context.metadata);
  };
  def.make_sink = [](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
    MR_ASSIGN(FilesystemTable table, ReadFilesystemTable(context.table));
    return MakeFileSink(std::move(table));
  };
  return def;
}

}  // namespace millrace::connectors
