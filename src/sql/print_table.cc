#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

std::string_view MergeText(LikeOption::Merge merge) {
  switch (merge) {
    case LikeOption::Merge::kIncluding: return "INCLUDING";
    case LikeOption::Merge::kExcluding: return "EXCLUDING";
    case LikeOption::Merge::kOverwriting: return "OVERWRITING";
  }
  return "";
}

std::string_view FeatureText(LikeOption::Feature feature) {
  switch (feature) {
    case LikeOption::Feature::kAll: return "ALL";
    case LikeOption::Feature::kConstraints: return "CONSTRAINTS";
    case LikeOption::Feature::kDistribution: return "DISTRIBUTION";
    case LikeOption::Feature::kGenerated: return "GENERATED";
    case LikeOption::Feature::kMetadata: return "METADATA";
    case LikeOption::Feature::kOptions: return "OPTIONS";
    case LikeOption::Feature::kPartitions: return "PARTITIONS";
    case LikeOption::Feature::kWatermarks: return "WATERMARKS";
  }
  return "";
}

void WriteLike(Writer& out, const LikeClause& like) {
  out << "LIKE ";
  WritePath(out, like.source);
  if (like.options.empty()) return;
  out << " (";
  out.Open();
  bool first = true;
  for (const LikeOption& option : like.options) {
    if (!first) out.Clause();
    first = false;
    out << MergeText(option.merge) << " " << FeatureText(option.feature);
  }
  out.Close();
  out << ")";
}

// The columns, the watermark and the key, one per line, without the parentheses around them.
void WriteParts(Writer& out, const std::vector<ColumnDef>& columns, const std::optional<WatermarkDef>& watermark,
                const std::optional<PrimaryKeyDef>& key) {
  bool first = true;
  const auto comma = [&] {
    if (!first) out.BlockComma();
    first = false;
  };
  for (const ColumnDef& column : columns) {
    comma();
    WriteColumn(out, column);
  }
  if (watermark) {
    comma();
    WriteWatermark(out, *watermark);
  }
  if (key) {
    comma();
    WritePrimaryKey(out, *key);
  }
}

void WriteAddOrModify(Writer& out, std::string_view word, const AlterTable& alter) {
  out << word;
  if (alter.distribution) {
    out << " DISTRIBUTION ";
    return WriteDistribution(out, *alter.distribution);
  }
  out << " (";
  out.Open();
  WriteParts(out, alter.columns, alter.watermark, alter.primary_key);
  out.Close();
  out << ")";
}

void WritePartitions(Writer& out, const AlterTable& alter, std::string_view word, std::string_view exists) {
  out << word << (alter.partition_exists_clause ? exists : "");
  bool first = true;
  for (const std::vector<PartitionValue>& partition : alter.partitions) {
    out << (first ? " PARTITION " : ", PARTITION ");
    first = false;
    WritePartition(out, partition);
  }
  if (alter.options.empty()) return;
  out << " WITH ";
  WriteOptions(out, alter.options);
}

void WriteDropColumns(Writer& out, const AlterTable& alter) {
  out << "DROP (";
  WriteList(out, alter.dropped, [&](const Path& column) { WritePath(out, column); });
  out << ")";
}

}  // namespace

void WriteOptions(Writer& out, const std::vector<Option>& options) {
  out << "(";
  if (!options.empty()) {
    out.Open();
    bool first = true;
    for (const Option& option : options) {
      if (!first) out.BlockComma();
      first = false;
      out.Text(option.key);
      out << " = ";
      out.Text(option.value);
    }
    out.Close();
  }
  out << ")";
}

void WriteColumn(Writer& out, const ColumnDef& column) {
  out.Name(column.name.name);
  switch (column.kind) {
    case ColumnDef::Kind::kPhysical:
      out << " ";
      WriteType(out, column.type);
      break;
    case ColumnDef::Kind::kComputed:
      out << " AS ";
      WriteExpr(out, *column.expression);
      break;
    case ColumnDef::Kind::kMetadata:
      out << " ";
      WriteType(out, column.type);
      out << " METADATA";
      if (column.metadata_key) {
        out << " FROM ";
        out.Text(*column.metadata_key);
      }
      if (column.is_virtual) out << " VIRTUAL";
      break;
    case ColumnDef::Kind::kUntyped: break;
  }
  if (column.comment) {
    out << " COMMENT ";
    out.Text(*column.comment);
  }
  if (!column.position) return;
  if (column.position->first) {
    out << " FIRST";
  } else {
    out << " AFTER ";
    out.Name(column.position->after.name);
  }
}

void WriteWatermark(Writer& out, const WatermarkDef& watermark) {
  out << "WATERMARK FOR ";
  WritePath(out, watermark.column);
  out << " AS ";
  WriteExpr(out, watermark.expression);
}

void WritePrimaryKey(Writer& out, const PrimaryKeyDef& key) {
  if (!key.name.empty()) {
    out << "CONSTRAINT ";
    out.Name(key.name.name);
    out << " ";
  }
  out << "PRIMARY KEY ";
  WriteNames(out, key.columns);
  out << " NOT ENFORCED";
}

void WriteDistribution(Writer& out, const Distribution& distribution) {
  std::string_view blank;
  if (!distribution.columns.empty()) {
    out << "BY ";
    if (distribution.kind == Distribution::Kind::kHash) out << "HASH";
    if (distribution.kind == Distribution::Kind::kRange) out << "RANGE";
    WriteNames(out, distribution.columns);
    blank = " ";
  }
  if (distribution.buckets) out << blank << "INTO " << std::to_string(*distribution.buckets) << " BUCKETS";
}

void WriteCreateTable(Writer& out, const CreateTable& table) {
  out << (table.create ? "CREATE " : "") << (table.create && table.replace ? "OR " : "")
      << (table.replace ? "REPLACE " : "") << (table.temporary ? "TEMPORARY " : "") << "TABLE "
      << (table.if_not_exists ? "IF NOT EXISTS " : "");
  WritePath(out, table.name);
  if (!table.columns.empty() || table.watermark || table.primary_key) {
    out << " (";
    out.Open();
    WriteParts(out, table.columns, table.watermark, table.primary_key);
    out.Close();
    out << ")";
  }
  if (table.comment) {
    out.Clause();
    out << "COMMENT ";
    out.Text(*table.comment);
  }
  if (table.distribution) {
    out.Clause();
    out << "DISTRIBUTED ";
    WriteDistribution(out, *table.distribution);
  }
  if (!table.partition_by.empty()) {
    out.Clause();
    out << "PARTITIONED BY ";
    WriteNames(out, table.partition_by);
  }
  if (!table.options.empty()) {
    out.Clause();
    out << "WITH ";
    WriteOptions(out, table.options);
  }
  if (table.like) {
    out.Clause();
    WriteLike(out, *table.like);
  }
  if (table.query) {
    out.Clause();
    out << "AS";
    out.Clause();
    WriteQuery(out, *table.query);
  }
}

void WriteAlterTable(Writer& out, const AlterTable& alter) {
  using Action = AlterTable::Action;
  out << "ALTER TABLE " << (alter.if_exists ? "IF EXISTS " : "");
  WritePath(out, alter.name);
  out << " ";
  if (!alter.partition.empty()) {
    out << "PARTITION ";
    WritePartition(out, alter.partition);
    out << " ";
  }
  switch (alter.action) {
    case Action::kSetOptions:
      out << "SET ";
      WriteOptions(out, alter.options);
      break;
    case Action::kResetOptions:
      out << "RESET (";
      WriteList(out, alter.keys, [&](const Option& key) { out.Text(key.key); });
      out << ")";
      break;
    case Action::kRename:
      out << "RENAME TO ";
      WritePath(out, alter.new_name);
      break;
    case Action::kRenameColumn:
      out << "RENAME ";
      WritePath(out, alter.column);
      out << " TO ";
      WritePath(out, alter.new_column);
      break;
    case Action::kAdd: WriteAddOrModify(out, "ADD", alter); break;
    case Action::kModify: WriteAddOrModify(out, "MODIFY", alter); break;
    case Action::kDropColumns: WriteDropColumns(out, alter); break;
    case Action::kDropPrimaryKey: out << "DROP PRIMARY KEY"; break;
    case Action::kDropConstraint:
      out << "DROP CONSTRAINT ";
      WritePath(out, alter.column);
      break;
    case Action::kDropWatermark: out << "DROP WATERMARK"; break;
    case Action::kDropDistribution: out << "DROP DISTRIBUTION"; break;
    case Action::kAddPartitions: WritePartitions(out, alter, "ADD", " IF NOT EXISTS"); break;
    case Action::kDropPartitions: WritePartitions(out, alter, "DROP", " IF EXISTS"); break;
  }
}

void WriteShow(Writer& out, const Show& show) {
  struct Row {
    Show::Kind kind;
    std::string_view words;
    std::string_view preposition;
  };
  static constexpr Row kRows[] = {
      {Show::Kind::kCatalogs, "CATALOGS", ""},
      {Show::Kind::kCurrentCatalog, "CURRENT CATALOG", ""},
      {Show::Kind::kDatabases, "DATABASES", " FROM "},
      {Show::Kind::kCurrentDatabase, "CURRENT DATABASE", ""},
      {Show::Kind::kTables, "TABLES", " FROM "},
      {Show::Kind::kViews, "VIEWS", " FROM "},
      {Show::Kind::kMaterializedTables, "MATERIALIZED TABLES", " FROM "},
      {Show::Kind::kModels, "MODELS", " FROM "},
      {Show::Kind::kColumns, "COLUMNS", " FROM "},
      {Show::Kind::kPartitions, "PARTITIONS", " "},
      {Show::Kind::kFunctions, "FUNCTIONS", " FROM "},
      {Show::Kind::kUserFunctions, "USER FUNCTIONS", " FROM "},
      {Show::Kind::kModules, "MODULES", ""},
      {Show::Kind::kFullModules, "FULL MODULES", ""},
      {Show::Kind::kJars, "JARS", ""},
      {Show::Kind::kJobs, "JOBS", ""},
      {Show::Kind::kProcedures, "PROCEDURES", " FROM "},
      {Show::Kind::kCreateTable, "CREATE TABLE", " "},
      {Show::Kind::kCreateView, "CREATE VIEW", " "},
      {Show::Kind::kCreateCatalog, "CREATE CATALOG", " "},
      {Show::Kind::kCreateModel, "CREATE MODEL", " "},
      {Show::Kind::kCreateMaterializedTable, "CREATE MATERIALIZED TABLE", " "},
  };
  out << "SHOW ";
  for (const Row& row : kRows) {
    if (row.kind != show.kind) continue;
    out << row.words;
    if (!show.path.empty()) out << row.preposition;
  }
  WritePath(out, show.path);
  if (!show.partition.empty()) {
    out << " PARTITION ";
    WritePartition(out, show.partition);
  }
  if (!show.like) return;
  out << (show.negated ? " NOT" : "") << (show.ilike ? " ILIKE " : " LIKE ");
  out.Text(*show.like);
}

}  // namespace millrace::sql
