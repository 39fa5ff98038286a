#include "engine/completion.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "engine/session_state.h"
#include "functions/aggregate_function.h"
#include "functions/scalar_function.h"
#include "sql/complete.h"
#include "sql/keywords.h"

namespace millrace::engine {
namespace {

using Kind = Candidate::Kind;

constexpr std::string_view kTypeNames[] = {"ARRAY",         "BIGINT",  "BINARY",    "BOOLEAN", "BYTES", "CHAR",
                                           "DATE",          "DECIMAL", "DOUBLE",    "FLOAT",   "INT",   "MAP",
                                           "MULTISET",      "ROW",     "SMALLINT",  "STRING",  "TIME",  "TIMESTAMP",
                                           "TIMESTAMP_LTZ", "TINYINT", "VARBINARY", "VARCHAR"};

bool IsPlainName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// One look at the session for one cursor.
class Completer {
 public:
  Completer(const sql::CompletionContext& at, const catalog::Catalogs& catalogs, const SessionEnvironment& environment)
      : at_(at), catalogs_(catalogs), environment_(environment) {}

  std::vector<Candidate> Run() {
    if (!at_.value_of.empty()) {
      Values();
    } else if (at_.option_keys) {
      at_.settings ? Settings() : TableOptions();
    } else if (at_.quote != '\'') {
      Names();
    }
    const auto order = [](const Candidate& candidate) { return std::tie(candidate.kind, candidate.text); };
    std::sort(out_.begin(), out_.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    out_.erase(
        std::unique(out_.begin(), out_.end(), [&](const auto& a, const auto& b) { return order(a) == order(b); }),
        out_.end());
    return std::move(out_);
  }

 private:
  void Add(Kind kind, std::string_view name, std::string text, std::string_view detail = {},
           std::string_view doc = {}) {
    if (!StartsWithIgnoreCase(name, at_.prefix)) return;
    out_.push_back({kind, std::move(text), std::string(detail), std::string(doc)});
  }
  void AddName(Kind kind, std::string_view name, std::string_view detail, std::string_view doc = {}) {
    const bool bare = at_.quote == '\0' && IsPlainName(name) && !sql::IsReserved(name);
    Add(kind, name, bare ? std::string(name) : catalog::QuoteIdentifier(name), detail, doc);
  }
  void AddText(Kind kind, std::string_view text, std::string_view detail, std::string_view doc = {}) {
    // SET takes keys and values without quotes too: they stay as they were begun.
    const bool bare = at_.settings && at_.quote == '\0' && !at_.prefix.empty();
    Add(kind, text, bare ? std::string(text) : catalog::QuoteString(text), detail, doc);
  }

  void Names() {
    for (const std::string& word : at_.keywords) Add(Kind::kKeyword, word, word);
    if (at_.types && at_.quote == '\0') {
      for (const std::string_view type : kTypeNames) Add(Kind::kKeyword, type, std::string(type), "type");
    }
    if (at_.tables || at_.views) Tables();
    if (at_.databases) Databases(at_.qualifier.empty() ? catalogs_.current_catalog() : at_.qualifier[0]);
    if (at_.catalogs) AddAll(catalogs_.ListCatalogs(), "CATALOG");
    if (at_.modules) AddAll({"core"}, "MODULE");
    if (at_.columns) Columns();
    if (at_.functions && at_.qualifier.empty() && at_.quote == '\0') Functions();
  }

  void AddAll(const std::vector<std::string>& names, std::string_view detail) {
    for (const std::string& name : names) AddName(Kind::kTable, name, detail);
  }
  void Databases(const std::string& catalog) {
    if (const auto names = catalogs_.ListDatabases(catalog); names.ok()) AddAll(*names, "DATABASE");
  }

  // `db.`, `catalog.` and `catalog.db.` lead on.
  void Tables() {
    const auto& qualifier = at_.qualifier;
    if (qualifier.empty()) {
      TablesOf(catalogs_.current_catalog(), catalogs_.current_database());
      Databases(catalogs_.current_catalog());
      AddAll(catalogs_.ListCatalogs(), "CATALOG");
    } else if (qualifier.size() == 1) {
      TablesOf(catalogs_.current_catalog(), qualifier[0]);
      Databases(qualifier[0]);
    } else {
      TablesOf(qualifier[0], qualifier[1]);
    }
  }
  void TablesOf(const std::string& catalog, const std::string& database) {
    const auto names = catalogs_.List(catalog, database, !at_.tables);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      const catalog::Table* table = catalogs_.Find({catalog, database, name});
      if (table == nullptr) continue;
      AddName(Kind::kTable, name, table->kind == catalog::Table::Kind::kView ? "VIEW" : "TABLE", table->comment);
    }
  }

  // Those of the tables in scope; while the statement names none yet, of all tables.
  void Columns() {
    const std::string owner = at_.qualifier.empty() ? "" : at_.qualifier.back();
    for (const auto& named : at_.scope) {
      const std::string& name = named.alias.empty() ? named.path.back() : named.alias;
      if (owner.empty()) AddName(Kind::kTable, name, named.alias.empty() ? "TABLE" : "ALIAS");
      if (owner.empty() || owner == name) ColumnsOf(catalogs_.Find(catalogs_.Resolve(named.path)));
    }
    if (!at_.scope.empty() || !owner.empty()) return;
    const auto names = catalogs_.List(catalogs_.current_catalog(), catalogs_.current_database(), false);
    if (!names.ok()) return;
    for (const std::string& name : *names) ColumnsOf(catalogs_.Find(catalogs_.Resolve({name})));
  }
  void ColumnsOf(const catalog::Table* table) {
    if (table == nullptr) return;
    for (const Field& field : table->RowType().fields) {
      AddName(Kind::kColumn, field.name, field.type.ToString(), field.comment);
    }
  }

  // Operators ("+", "IS NULL") stand in the same tables and are no names.
  void Functions() {
    for (const auto* function : functions::AllScalarFunctions()) {
      if (IsPlainName(function->name))
        Add(Kind::kFunction, function->name, std::string(function->name), function->signature, function->doc);
    }
    for (const auto* function : functions::AllAggregateFunctions()) {
      Add(Kind::kFunction, function->name, std::string(function->name), function->signature, function->doc);
    }
  }

  void Settings() {
    for (const OptionDef& key : ConfigKeys()) AddText(Kind::kOption, key.name, key.default_value, key.doc);
  }

  void TableOptions() {
    const auto offer = [&](const std::string& prefix, const OptionTable& table) {
      for (const OptionDef& option : table) {
        if (option.name.find_first_of("*#") != std::string_view::npos) continue;
        const std::string key = prefix + std::string(option.name);
        if (!at_.options.contains(key)) AddText(Kind::kOption, key, option.default_value, option.doc);
      }
    };
    const connect::ConnectorDef* connector = Connector();
    if (connector == nullptr) {
      AddText(Kind::kOption, "connector", "", "What keeps the table's rows.");
      return;
    }
    offer("", *connector->options);
    for (const auto& [option, prefix] : kFormatOptions) {
      const connect::FormatDef* format = Format(option);
      if (format != nullptr) offer(fmt::format("{}{}.", prefix, format->name), *format->options);
    }
  }

  void Values() {
    if (at_.value_of == "connector" && !at_.settings) {
      for (const auto& connector : *environment_.connectors) AddText(Kind::kValue, connector.name, "", connector.doc);
      return;
    }
    for (const auto& [option, prefix] : kFormatOptions) {
      if (at_.value_of != option || at_.settings) continue;
      for (const auto& format : *environment_.formats) AddText(Kind::kValue, format.name, "", format.doc);
      return;
    }
    const OptionDef* option = OptionOfValue();
    if (option == nullptr) return;
    for (const std::string_view choice : option->choices) AddText(Kind::kValue, choice, "", "");
    if (option->type == OptionType::kBool) {
      AddText(Kind::kValue, "true", "");
      AddText(Kind::kValue, "false", "");
    }
  }

  const OptionDef* OptionOfValue() const {
    if (at_.settings) return FindOption(ConfigKeys(), at_.value_of);
    const connect::ConnectorDef* connector = Connector();
    if (connector == nullptr) return nullptr;
    if (const OptionDef* option = FindOption(*connector->options, at_.value_of)) return option;
    for (const auto& [option, prefix] : kFormatOptions) {
      const connect::FormatDef* format = Format(option);
      if (format == nullptr) continue;
      const std::string start = fmt::format("{}{}.", prefix, format->name);
      if (!at_.value_of.starts_with(start)) continue;
      return FindOption(*format->options, std::string_view(at_.value_of).substr(start.size()));
    }
    return nullptr;
  }
  static const OptionDef* FindOption(const OptionTable& table, std::string_view name) {
    const auto it = std::find_if(table.begin(), table.end(), [&](const OptionDef& option) {
      return option.name == name ||
             std::find(option.aliases.begin(), option.aliases.end(), name) != option.aliases.end();
    });
    return it == table.end() ? nullptr : &*it;
  }

  template <typename Definitions>
  const typename Definitions::value_type* Named(const Definitions& all, std::string_view option) const {
    const auto given = at_.options.find(std::string(option));
    if (given == at_.options.end()) return nullptr;
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == given->second; });
    return it == all.end() ? nullptr : &*it;
  }
  const connect::ConnectorDef* Connector() const { return Named(*environment_.connectors, "connector"); }
  const connect::FormatDef* Format(std::string_view option) const { return Named(*environment_.formats, option); }

  // Options that name a format, and what stands before the format's own keys.
  static constexpr std::pair<std::string_view, std::string_view> kFormatOptions[] = {
      {"format", ""}, {"key.format", "key."}, {"value.format", "value."}};

  const sql::CompletionContext& at_;
  const catalog::Catalogs& catalogs_;
  const SessionEnvironment& environment_;
  std::vector<Candidate> out_;
};

}  // namespace

std::string_view CandidateKindName(Kind kind) {
  switch (kind) {
    case Kind::kColumn: return "column";
    case Kind::kTable: return "table";
    case Kind::kOption: return "option";
    case Kind::kValue: return "value";
    case Kind::kFunction: return "function";
    case Kind::kKeyword: return "keyword";
  }
  return "";
}

Completion Session::Complete(std::string_view text, size_t cursor) const {
  const sql::CompletionContext at = sql::CompleteAt(text, cursor);
  return {.from = at.replace_offset, .candidates = Completer(at, state_->catalogs, state_->environment).Run()};
}

}  // namespace millrace::engine
