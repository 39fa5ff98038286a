#include "engine/session_state.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/local_path.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/strings.h"
#include "engine/local_zone.h"

namespace millrace::engine {

using Kind = sql::Statement::Kind;

namespace {

constexpr uint32_t kMaxParallelism = 128;  // key groups

// File names of jars whose contents are built into this program.
constexpr std::string_view kBuiltInJars[] = {"flink-sql-connector-kafka",
                                             "flink-connector-kafka",
                                             "kafka-clients",
                                             "flink-sql-avro",
                                             "flink-avro",
                                             "flink-json",
                                             "flink-csv",
                                             "flink-connector-files",
                                             "flink-connector-jdbc",
                                             "flink-connector-datagen",
                                             "flink-sql-connector-upsert-kafka"};

bool IsBuiltIn(const std::string& path) {
  const std::string file = ToLower(std::filesystem::path(path).filename().string());
  return std::any_of(std::begin(kBuiltInJars), std::end(kBuiltInJars),
                     [&](std::string_view name) { return file.starts_with(name); });
}

// One name for a jar however it is written; nobody opens it, so that links do not matter.
std::string JarName(const std::string& path) {
  const std::string absolute = AbsolutePath(path);
  return absolute.starts_with('/') ? std::filesystem::path(absolute).lexically_normal().string() : absolute;
}

Error NotSupported(std::string_view what, const SourceSpan& span, std::string hint = "") {
  return ValidationError(fmt::format("{} not supported by this engine.", what))
      .WithSpan(span)
      .WithHint(std::move(hint));
}

// Statements of the client itself, which an open statement set does not stop.
bool IsClientCommand(Kind kind) {
  return kind == Kind::kClear || kind == Kind::kHelp || kind == Kind::kQuit || kind == Kind::kInsert ||
         kind == Kind::kEnd || kind == Kind::kCreateTable;
}

StatementResult Of(StatementResult::Kind kind) {
  StatementResult result;
  result.kind = kind;
  return result;
}

}  // namespace

StatementResult TextRows(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::optional<std::string>>>& rows) {
  StatementResult result = Of(StatementResult::Kind::kRows);
  for (const std::string& name : header) result.schema.fields.push_back({name, DataType::String(), ""});
  for (const auto& row : rows) {
    ValueList values;
    for (const auto& cell : row) values.push_back(cell ? Value(*cell) : Value());
    result.rows.push_back(std::move(values));
  }
  return result;
}

StatementResult OneColumn(std::string_view header, const std::vector<std::string>& values) {
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const std::string& value : values) rows.push_back({value});
  return TextRows({std::string(header)}, rows);
}

Session::State::State(SessionEnvironment given) : environment(std::move(given)), config(environment.config) {}

const SessionTexts& Session::State::texts() const {
  const auto version = config.Find("compat.flink-version");
  if (!version) return TextsOf(environment.texts);
  return TextsOf(Trim(*version) == "1.16" ? FlinkVersion::k1_16 : FlinkVersion::k1_20);
}

StatementResult Session::State::Message(std::string_view text) const {
  StatementResult result = Of(StatementResult::Kind::kMessage);
  result.text = text;
  return result;
}

Result<planner::Context> Session::State::MakeContext(std::vector<std::string>* warnings) const {
  planner::Context context;
  context.catalogs = &catalogs;
  context.connectors = environment.connectors;
  context.formats = environment.formats;
  context.warnings = warnings;
  MR_ASSIGN(context.zone, FindSessionZone(config.GetString("table.local-time-zone")));
  auto connect_environment = std::make_shared<connect::Environment>(environment.connect);
  connect_environment->zone = context.zone;
  connect_environment->formats = environment.formats;
  context.environment = std::move(connect_environment);
  MR_ASSIGN(const std::string mode, config.GetEnum("execution.runtime-mode"));
  context.streaming = mode != "batch";
  MR_ASSIGN(int64_t parallelism, config.GetInt("table.exec.resource.default-parallelism"));
  if (parallelism <= 0) {
    MR_ASSIGN(parallelism, config.GetInt("parallelism.default"));
  }
  if (parallelism < 1 || parallelism > kMaxParallelism) {
    return UserError(fmt::format("The parallelism {} is not between 1 and {}.", parallelism, kMaxParallelism))
        .WithCode("java.lang.IllegalArgumentException")
        .WithHint("SET 'parallelism.default' = '1'.");
  }
  context.parallelism = static_cast<uint32_t>(parallelism);
  MR_ASSIGN(context.idle_timeout_millis, config.GetDurationMillis("table.exec.source.idle-timeout"));
  MR_ASSIGN(context.auto_watermark_interval_millis, config.GetDurationMillis("pipeline.auto-watermark-interval"));
  MR_ASSIGN(const std::string enforcer, config.GetEnum("table.exec.sink.not-null-enforcer"));
  context.drop_nulls = enforcer == "drop";
  MR_ASSIGN(context.require_on_conflict, config.GetBool("table.exec.sink.require-on-conflict"));
  MR_ASSIGN(context.dynamic_table_options, config.GetBool("table.dynamic-table-options.enabled"));
  for (const std::string& strategy : Split(config.GetString("table.column-expansion-strategy"), ';')) {
    const std::string name = ToUpper(Trim(strategy));
    if (name == "EXCLUDE_ALIASED_VIRTUAL_METADATA_COLUMNS") context.hide_aliased_virtual_metadata = true;
    if (name == "EXCLUDE_DEFAULT_VIRTUAL_METADATA_COLUMNS") context.hide_default_virtual_metadata = true;
  }
  MR_ASSIGN(const std::string phases, config.GetEnum("table.optimizer.agg-phase-strategy"));
  context.two_phase = phases != "one_phase";
  MR_ASSIGN(const bool early, config.GetBool("table.exec.emit.early-fire.enabled"));
  MR_ASSIGN(const bool late, config.GetBool("table.exec.emit.late-fire.enabled"));
  context.early_or_late_fire = early || late;
  context.job_name = config.GetString("pipeline.name");
  return context;
}

Result<StatementResult> Session::State::Run(const sql::Statement& statement, const Written& written) {
  if (in_statement_set && !IsClientCommand(statement.kind)) {
    return UserError(std::string(texts().only_insert_in_set))
        .WithCode("java.lang.IllegalArgumentException")
        .WithSpan(statement.span);
  }
  switch (statement.kind) {
    case Kind::kQuery: return Query(statement);
    case Kind::kInsert: return Insert(statement, written);
    case Kind::kStatementSet: return StatementSet(statement);
    case Kind::kBeginStatementSet: in_statement_set = true; return Message(texts().begin_statement_set);
    case Kind::kEnd: return EndStatementSet();
    case Kind::kExplain: return Explain(statement);
    case Kind::kCreateTable: return CreateTable(*statement.create_table);
    case Kind::kCreateView: return CreateView(*statement.create_view);
    case Kind::kCreateDatabase:
    case Kind::kCreateCatalog: return CreateSpace(statement);
    case Kind::kCreateFunction:
    case Kind::kAlterFunction: return CreateFunction(statement);
    case Kind::kAlterTable: return AlterTable(*statement.alter_table);
    case Kind::kAlterView:
    case Kind::kAlterDatabase:
    case Kind::kAlterCatalog: return AlterObject(*statement.alter_object);
    case Kind::kDrop: return Drop(*statement.drop);
    case Kind::kUseCatalog:
    case Kind::kUseDatabase: return Use(statement);
    case Kind::kUseModules:
    case Kind::kLoadModule:
    case Kind::kUnloadModule: return Modules(statement);
    case Kind::kShow: return Show(*statement.show);
    case Kind::kDescribe: return Describe(*statement.describe);
    case Kind::kSet: return Set(statement);
    case Kind::kReset: return Reset(statement);
    case Kind::kAddJar: return AddJar(statement.text);
    case Kind::kRemoveJar: return RemoveJar(statement.text);
    case Kind::kClear: return Of(StatementResult::Kind::kClear);
    case Kind::kHelp: return Of(StatementResult::Kind::kHelp);
    case Kind::kQuit: return Of(StatementResult::Kind::kQuit);
    case Kind::kStopJob: {
      StatementResult result = Of(StatementResult::Kind::kStopJob);
      result.job = {
          .id = statement.text, .with_savepoint = statement.with_savepoint, .with_drain = statement.with_drain};
      return result;
    }
    case Kind::kPlan: return NotSupported("COMPILE PLAN and EXECUTE PLAN are", statement.span);
    case Kind::kDelete:
    case Kind::kUpdate:
      return NotSupported("DELETE and UPDATE are", statement.span,
                          "Rows change by INSERT into a table with a PRIMARY KEY.");
    case Kind::kTruncateTable: return NotSupported("TRUNCATE TABLE is", statement.span);
    case Kind::kAnalyzeTable: return NotSupported("ANALYZE TABLE is", statement.span);
    case Kind::kCallProcedure: return NotSupported("CALL is", statement.span, "No catalog here has procedures.");
  }
  return InternalError("unknown statement");
}

Result<StatementResult> Session::State::Set(const sql::Statement& statement) {
  if (statement.value) {
    config.Set(statement.text, *statement.value);
    StatementResult result = Message(texts().set_key);
    std::string note = NoEffectNote(statement.text, *statement.value);
    if (!note.empty()) result.warnings.push_back(std::move(note));
    return result;
  }
  auto listing = config.Listing();
  for (auto& [key, value] : listing) value = HiddenIfSecret(key, value);
  if (&texts() == &TextsOf(FlinkVersion::k1_20)) {
    std::vector<std::vector<std::optional<std::string>>> rows;
    for (const auto& [key, value] : listing) rows.push_back({key, value});
    return TextRows({"key", "value"}, rows);
  }
  StatementResult result = Of(StatementResult::Kind::kText);
  for (const auto& [key, value] : listing) result.text += fmt::format("'{}' = '{}'\n", key, value);
  return result;
}

Result<StatementResult> Session::State::Reset(const sql::Statement& statement) {
  if (statement.text.empty()) {
    config.ResetAll();
    return Message(texts().reset_all);
  }
  config.Reset(statement.text);
  return Message(texts().reset_key);
}

Result<StatementResult> Session::State::AddJar(const std::string& path) {
  const std::string name = JarName(path);
  if (std::find(jars.begin(), jars.end(), name) == jars.end()) jars.push_back(name);
  StatementResult result = Done();
  if (IsBuiltIn(path)) {
    Log(LogLevel::kInfo, "session", "{}: its connectors and formats are built in.", path);
  } else {
    result.warnings.push_back(fmt::format("{} is listed and not loaded: Java classes do not run here.", path));
  }
  return result;
}

Result<StatementResult> Session::State::RemoveJar(const std::string& path) {
  std::erase(jars, JarName(path));
  return Message(texts().remove_jar);
}

Result<StatementResult> Session::State::Use(const sql::Statement& statement) {
  const std::vector<std::string> names = sql::PathNames(statement.path);
  Status status = Ok();
  if (statement.kind == Kind::kUseCatalog) {
    status = catalogs.UseCatalog(names.back());
  } else {
    status =
        catalogs.UseDatabase(names.size() > 1 ? names[names.size() - 2] : catalogs.current_catalog(), names.back());
  }
  if (!status.ok()) return std::move(status).error().WithSpan(sql::PathSpan(statement.path));
  return Done();
}

Result<StatementResult> Session::State::Modules(const sql::Statement& statement) {
  std::vector<std::string> used;
  for (const sql::Identifier& name : statement.module->names) {
    const bool loaded = std::find(modules.begin(), modules.end(), name.name) != modules.end();
    if (statement.kind == Kind::kLoadModule && loaded) {
      return ValidationError(fmt::format("A module with name '{}' already exists", name.name)).WithSpan(name.span);
    }
    if (name.name != "core" || (!loaded && statement.kind != Kind::kLoadModule)) {
      return ValidationError(fmt::format("No module with name '{}' exists", name.name))
          .WithSpan(name.span)
          .WithHint("The only module is 'core', which holds all functions.");
    }
    used.push_back(name.name);
  }
  if (statement.kind == Kind::kLoadModule) modules.push_back("core");
  if (statement.kind == Kind::kUnloadModule) modules.clear();
  return Done();
}

}  // namespace millrace::engine
