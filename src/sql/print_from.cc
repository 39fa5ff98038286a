#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

std::string_view JoinText(const TableRef& join) {
  switch (join.join) {
    case JoinType::kInner: return join.natural ? "NATURAL JOIN" : "JOIN";
    case JoinType::kLeft: return join.natural ? "NATURAL LEFT JOIN" : "LEFT JOIN";
    case JoinType::kRight: return join.natural ? "NATURAL RIGHT JOIN" : "RIGHT JOIN";
    case JoinType::kFull: return join.natural ? "NATURAL FULL JOIN" : "FULL JOIN";
    case JoinType::kCross: return "CROSS JOIN";
    case JoinType::kComma: return ",";
  }
  return "";
}

void WriteInParentheses(Writer& out, const TableRef& table, bool parentheses) {
  if (parentheses) out << "(";
  WriteTableRef(out, table);
  if (parentheses) out << ")";
}

void WriteJoin(Writer& out, const TableRef& join) {
  const bool comma = join.join == JoinType::kComma;
  WriteTableRef(out, *join.left);
  if (comma) {
    out << ", ";
  } else {
    out.Clause();
    out << JoinText(join) << " ";
  }
  WriteInParentheses(out, *join.right, !comma && join.right->kind == TableRef::Kind::kJoin);
  if (join.condition) {
    out << " ON ";
    WriteExpr(out, *join.condition);
  }
  if (!join.using_columns.empty()) {
    out << " USING ";
    WriteNames(out, join.using_columns);
  }
}

// Everything but the alias.
void WriteUnnamed(Writer& out, const TableRef& table) {
  switch (table.kind) {
    case TableRef::Kind::kTable:
      WritePath(out, table.path);
      WriteHints(out, table.hints);
      if (table.system_time) {
        out << " FOR SYSTEM_TIME AS OF ";
        WriteExpr(out, *table.system_time);
      }
      break;
    case TableRef::Kind::kQuery:
      if (table.lateral) out << "LATERAL ";
      WriteQueryBlock(out, *table.query);
      break;
    case TableRef::Kind::kFunction:
      out << (table.lateral ? "LATERAL TABLE(" : "TABLE(");
      WriteExpr(out, *table.function);
      out << ")";
      break;
    case TableRef::Kind::kUnnest:
      out << "UNNEST(";
      WriteExprs(out, table.arguments);
      out << ")" << (table.with_ordinality ? " WITH ORDINALITY" : "");
      break;
    case TableRef::Kind::kJoin: WriteJoin(out, table); break;
    case TableRef::Kind::kMatch: {
      const TableRef& input = *table.left;
      WriteInParentheses(
          out, input,
          !input.alias.empty() || input.kind == TableRef::Kind::kJoin || input.kind == TableRef::Kind::kMatch);
      out << " MATCH_RECOGNIZE ";
      WriteMatchRecognize(out, *table.match);
      break;
    }
  }
}

void WritePattern(Writer& out, const RowPattern& pattern);

void WriteParts(Writer& out, const RowPattern& pattern, std::string_view separator) {
  for (size_t i = 0; i < pattern.parts.size(); ++i) {
    if (i > 0) out << separator;
    WritePattern(out, pattern.parts[i]);
  }
}

void WriteQuantifier(Writer& out, const RowPattern& pattern) {
  if (pattern.min == 0 && !pattern.max) {
    out << "*";
  } else if (pattern.min == 1 && !pattern.max) {
    out << "+";
  } else if (pattern.min == 0 && pattern.max == 1) {
    out << "?";
  } else {
    out << "{" << std::to_string(pattern.min);
    if (pattern.max != pattern.min) out << "," << (pattern.max ? std::to_string(*pattern.max) : std::string());
    out << "}";
  }
  if (pattern.reluctant) out << "?";
}

void WritePattern(Writer& out, const RowPattern& pattern) {
  switch (pattern.kind) {
    case RowPattern::Kind::kVariable: out.Name(pattern.name.name); break;
    case RowPattern::Kind::kConcat: WriteParts(out, pattern, " "); break;
    case RowPattern::Kind::kAlternation: WriteParts(out, pattern, " | "); break;
    case RowPattern::Kind::kGroup:
      out << "(";
      WriteParts(out, pattern, "");
      out << ")";
      break;
    case RowPattern::Kind::kQuantified:
      WriteParts(out, pattern, "");
      WriteQuantifier(out, pattern);
      break;
    case RowPattern::Kind::kExclusion:
      out << "{- ";
      WriteParts(out, pattern, "");
      out << " -}";
      break;
    case RowPattern::Kind::kPermute:
      out << "PERMUTE(";
      WriteParts(out, pattern, ", ");
      out << ")";
      break;
    case RowPattern::Kind::kEmpty: out << "()"; break;
  }
}

void WriteSkip(Writer& out, const MatchRecognize& match) {
  using Skip = MatchRecognize::Skip;
  if (match.skip == Skip::kDefault) return;
  out << "AFTER MATCH SKIP ";
  switch (match.skip) {
    case Skip::kDefault: break;
    case Skip::kPastLastRow: out << "PAST LAST ROW"; break;
    case Skip::kToNextRow: out << "TO NEXT ROW"; break;
    case Skip::kToFirst: out << "TO FIRST "; break;
    case Skip::kToLast: out << "TO LAST "; break;
    case Skip::kToVariable: out << "TO "; break;
  }
  if (!match.skip_variable.empty()) out.Name(match.skip_variable.name);
  out.Clause();
}

// The clauses before PATTERN; each ends with the break to the next.
void WriteMatchHead(Writer& out, const MatchRecognize& match) {
  if (!match.partition_by.empty()) {
    out << "PARTITION BY ";
    WriteExprs(out, match.partition_by);
    out.Clause();
  }
  if (!match.order_by.empty()) {
    out << "ORDER BY ";
    WriteOrderItems(out, match.order_by);
    out.Clause();
  }
  if (!match.measures.empty()) {
    out << "MEASURES ";
    WriteList(out, match.measures, [&](const MatchRecognize::Measure& measure) {
      WriteExpr(out, measure.expr);
      out << " AS ";
      out.Name(measure.name.name);
    });
    out.Clause();
  }
}

}  // namespace

void WriteTableRef(Writer& out, const TableRef& table) {
  WriteUnnamed(out, table);
  if (table.alias.empty()) return;
  out << " AS ";
  out.Name(table.alias.name);
  if (table.column_aliases.empty()) return;
  out << " ";
  WriteNames(out, table.column_aliases);
}

void WriteMatchRecognize(Writer& out, const MatchRecognize& match) {
  using Rows = MatchRecognize::RowsPerMatch;
  out << "(";
  out.Open();
  WriteMatchHead(out, match);
  if (match.rows != Rows::kDefault) {
    out << (match.rows == Rows::kOne ? "ONE ROW PER MATCH" : "ALL ROWS PER MATCH");
    out.Clause();
  }
  WriteSkip(out, match);
  out << "PATTERN (" << (match.anchored_start ? "^ " : "");
  WritePattern(out, match.pattern);
  out << (match.anchored_end ? " $)" : ")");
  if (match.within) {
    out << " WITHIN ";
    WriteExpr(out, *match.within);
  }
  if (!match.subsets.empty()) {
    out.Clause();
    out << "SUBSET ";
    WriteList(out, match.subsets, [&](const MatchRecognize::Subset& subset) {
      out.Name(subset.name.name);
      out << " = ";
      WriteNames(out, subset.variables);
    });
  }
  out.Clause();
  out << "DEFINE ";
  WriteList(out, match.definitions, [&](const MatchRecognize::Definition& definition) {
    out.Name(definition.name.name);
    out << " AS ";
    WriteExpr(out, definition.condition);
  });
  out.Close();
  out << ")";
}

}  // namespace millrace::sql
