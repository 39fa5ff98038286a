#include "app/wiring.h"

#include "connectors/all.h"
#include "formats/all.h"

namespace millrace::app {

std::vector<connect::ConnectorDef> Connectors() { return connectors::AllConnectors(); }

std::vector<connect::FormatDef> Formats() { return formats::AllFormats(); }

}  // namespace millrace::app
