#include "codec/avro/compatibility.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::codec::avro {
namespace {

using Problems = std::vector<Incompatibility>;

class Checker {
 public:
  Problems Check(const Type& reader, const Type& writer) {
    // Pairs that meet again inside themselves count as compatible unless proven otherwise; finished pairs keep their
    // answer.
    const auto [it, is_new] = done_.try_emplace({&reader, &writer});
    if (!is_new) return it->second;
    Problems problems = Compare(reader, writer);
    done_[{&reader, &writer}] = problems;
    return problems;
  }

 private:
  // Runs `Check` at a place of its own: Avro-Java starts a new path for branches of unions.
  Problems CheckFromRoot(const Type& reader, const Type& writer) {
    std::vector<std::string> saved = std::move(path_);
    path_.clear();
    Problems problems = Check(reader, writer);
    path_ = std::move(saved);
    return problems;
  }

  Problems CheckAt(std::string token, const Type& reader, const Type& writer) {
    path_.push_back(std::move(token));
    Problems problems = Check(reader, writer);
    path_.pop_back();
    return problems;
  }

  std::string Location() const { return "/" + Join(path_, "/"); }
  std::string LocationOf(std::string_view token) const {
    return path_.empty() ? "/" + std::string(token) : Location() + "/" + std::string(token);
  }

  Incompatibility Mismatch(const Type& reader, const Type& writer) const {
    return {Incompatibility::Kind::kTypeMismatch,
            fmt::format("reader type: {} not compatible with writer type: {}", KindUpperName(reader.kind),
                        KindUpperName(writer.kind)),
            Location()};
  }

  Problems Compare(const Type& reader, const Type& writer) {
    if (reader.kind == writer.kind) return CompareSameKind(reader, writer);
    if (writer.kind == Kind::kUnion) {
      Problems problems;
      for (const Type* branch : writer.branches) Append(problems, CheckFromRoot(reader, *branch));
      return problems;
    }
    if (reader.kind == Kind::kUnion) {
      for (const Type* branch : reader.branches) {
        if (CheckFromRoot(*branch, writer).empty()) return {};
      }
      return {MissingBranch(writer)};
    }
    if (IsPromotion(reader.kind, writer.kind)) return {};
    return {Mismatch(reader, writer)};
  }

  static bool IsPromotion(Kind reader, Kind writer) {
    switch (reader) {
      case Kind::kLong: return writer == Kind::kInt;
      case Kind::kFloat: return writer == Kind::kInt || writer == Kind::kLong;
      case Kind::kDouble: return writer == Kind::kInt || writer == Kind::kLong || writer == Kind::kFloat;
      case Kind::kBytes: return writer == Kind::kString;
      case Kind::kString: return writer == Kind::kBytes;
      case Kind::kNull:
      case Kind::kBoolean:
      case Kind::kInt:
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kArray:
      case Kind::kMap:
      case Kind::kUnion:
      case Kind::kFixed: return false;
    }
    return false;
  }

  Incompatibility MissingBranch(const Type& writer) const {
    return {Incompatibility::Kind::kMissingUnionBranch,
            fmt::format("reader union lacking writer type: {}", KindUpperName(writer.kind)), Location()};
  }

  Problems CompareSameKind(const Type& reader, const Type& writer) {
    switch (reader.kind) {
      case Kind::kNull:
      case Kind::kBoolean:
      case Kind::kInt:
      case Kind::kLong:
      case Kind::kFloat:
      case Kind::kDouble:
      case Kind::kBytes:
      case Kind::kString: return {};
      case Kind::kArray: return CheckAt("items", reader.element(), writer.element());
      case Kind::kMap: return CheckAt("values", reader.element(), writer.element());
      case Kind::kFixed: {
        Problems problems = CompareNames(reader, writer);
        if (reader.size != writer.size) {
          problems.push_back({Incompatibility::Kind::kFixedSizeMismatch,
                              fmt::format("expected: {}, found: {}", writer.size, reader.size), LocationOf("size")});
        }
        return problems;
      }
      case Kind::kEnum: {
        Problems problems = CompareNames(reader, writer);
        Append(problems, CompareSymbols(reader, writer));
        return problems;
      }
      case Kind::kRecord: {
        Problems problems = CompareNames(reader, writer);
        Append(problems, CompareFields(reader, writer));
        return problems;
      }
      case Kind::kUnion: {
        Problems problems;
        for (size_t i = 0; i < writer.branches.size(); ++i) {
          path_.push_back(std::to_string(i));
          if (!CheckFromRoot(reader, *writer.branches[i]).empty())
            problems.push_back(MissingBranch(*writer.branches[i]));
          path_.pop_back();
        }
        return problems;
      }
    }
    return {};
  }

  // Namespaces do not count; the reader's aliases do, in full.
  Problems CompareNames(const Type& reader, const Type& writer) const {
    if (reader.name == writer.name) return {};
    const auto& aliases = reader.aliases;
    if (std::find(aliases.begin(), aliases.end(), writer.full_name()) != aliases.end()) return {};
    return {{Incompatibility::Kind::kNameMismatch, "expected: " + writer.full_name(), LocationOf("name")}};
  }

  Problems CompareSymbols(const Type& reader, const Type& writer) const {
    std::set<std::string> missing(writer.symbols.begin(), writer.symbols.end());
    for (const std::string& symbol : reader.symbols) missing.erase(symbol);
    if (missing.empty() || reader.enum_default) return {};
    return {{Incompatibility::Kind::kMissingEnumSymbols, fmt::format("[{}]", fmt::join(missing, ", ")),
             LocationOf("symbols")}};
  }

  Problems CompareFields(const Type& reader, const Type& writer) {
    Problems problems;
    path_.push_back("fields");
    for (size_t i = 0; i < reader.fields.size(); ++i) {
      const SchemaField& field = reader.fields[i];
      path_.push_back(std::to_string(i));
      const SchemaField* written = writer.FindField(field.name);
      for (size_t a = 0; written == nullptr && a < field.aliases.size(); ++a) {
        written = writer.FindField(field.aliases[a]);
      }
      if (written != nullptr) {
        Append(problems, CheckAt("type", *field.type, *written->type));
      } else if (!field.default_value && field.type->kind == Kind::kEnum && field.type->enum_default) {
        // Avro-Java compares the enum with the writer's record here; the reason it gives is an odd one, but the answer
        // counts.
        Append(problems, CheckAt("type", *field.type, writer));
      } else if (!field.default_value) {
        problems.push_back({Incompatibility::Kind::kReaderFieldMissingDefaultValue, field.name, Location()});
      }
      path_.pop_back();
    }
    path_.pop_back();
    return problems;
  }

  static void Append(Problems& all, Problems more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  std::map<std::pair<const Type*, const Type*>, Problems> done_;
  std::vector<std::string> path_;
};

}  // namespace

std::vector<Incompatibility> CheckReaderWriter(const Schema& reader, const Schema& writer) {
  return Checker().Check(reader.root(), writer.root());
}

std::string FormatIncompatibility(const Incompatibility& problem, std::string_view reader, std::string_view writer) {
  std::string_view type;
  std::string text;
  const std::string& path = problem.location;
  switch (problem.kind) {
    case Incompatibility::Kind::kNameMismatch:
      type = "NAME_MISMATCH";
      text = fmt::format("The name of the schema has changed (path '{}')", path);
      break;
    case Incompatibility::Kind::kFixedSizeMismatch:
      type = "FIXED_SIZE_MISMATCH";
      text = fmt::format("The size of FIXED type field at path '{}' in the {} schema does not match with the {} schema",
                         path, reader, writer);
      break;
    case Incompatibility::Kind::kMissingEnumSymbols:
      type = "MISSING_ENUM_SYMBOLS";
      text = fmt::format("The {} schema is missing enum symbols '{}' at path '{}' in the {} schema", reader,
                         problem.message, path, writer);
      break;
    case Incompatibility::Kind::kReaderFieldMissingDefaultValue:
      type = "READER_FIELD_MISSING_DEFAULT_VALUE";
      text = fmt::format(
          "The field '{}' at path '{}' in the {} schema has no default value and is missing in the {} schema",
          problem.message, path, reader, writer);
      break;
    case Incompatibility::Kind::kTypeMismatch:
      type = "TYPE_MISMATCH";
      text = fmt::format("The type (path '{}') of a field in the {} schema does not match with the {} schema", path,
                         reader, writer);
      break;
    case Incompatibility::Kind::kMissingUnionBranch:
      type = "MISSING_UNION_BRANCH";
      text = fmt::format("The {} schema is missing a type inside a union field at path '{}' in the {} schema", reader,
                         path, writer);
      break;
  }
  return fmt::format("{{errorType:'{}', description:'{}', additionalInfo:'{}'}}", type, text, problem.message);
}

}  // namespace millrace::codec::avro
