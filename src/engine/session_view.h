#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "engine/job_report.h"

namespace millrace::engine {

// What a session's catalogs hold, for an editor: Session::Catalogs. Values of secret options read "******".
struct CatalogTree {
  struct Column {
    std::string name;
    std::string type;       // as DESCRIBE prints it
    std::string kind;       // "PHYSICAL", "COMPUTED", "METADATA"
    std::string watermark;  // its expression; "" = none on this column
    bool primary_key = false;
  };
  struct Table {
    std::string name;
    std::string kind;  // "TABLE", "VIEW"
    std::string comment;
    std::vector<Column> columns;
    OptionMap options;
  };
  struct Database {
    std::string name;
    std::vector<Table> tables;
  };
  struct Catalog {
    std::string name;
    std::vector<Database> databases;
  };
  std::vector<Catalog> catalogs;
  std::string current_catalog;
  std::string current_database;
};

// A statement's plan: Session::Explain.
struct ExplainedJob {
  std::string text;                    // of EXPLAIN
  std::vector<VertexReport> vertices;  // without counts
};

}  // namespace millrace::engine
