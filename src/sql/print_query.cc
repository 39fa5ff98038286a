#include "sql/keywords.h"
#include "sql/print_writer.h"

namespace millrace::sql {
namespace {

using BodyKind = QueryBody::Kind;

void WriteBody(Writer& out, const QueryBody& body);

bool IsSetOperation(BodyKind kind) {
  return kind == BodyKind::kUnion || kind == BodyKind::kIntersect || kind == BodyKind::kExcept;
}

// Whether the `index`-th input of `body` needs parentheses to come back as a node of its own.
bool NeedsParentheses(const QueryBody& body, size_t index) {
  const QueryBody& input = body.inputs[index];
  if (!IsSetOperation(input.kind)) return false;
  const bool looser = body.kind == BodyKind::kIntersect && input.kind != BodyKind::kIntersect;
  if (index == 0) return looser || (input.kind == body.kind && input.all == body.all);
  return looser || input.kind != BodyKind::kIntersect || body.kind == BodyKind::kIntersect;
}

void WriteSetOperation(Writer& out, const QueryBody& body, std::string_view word) {
  for (size_t i = 0; i < body.inputs.size(); ++i) {
    if (i > 0) {
      out.Clause();
      out << word << (body.all ? " ALL" : "");
      out.Clause();
    }
    const bool parentheses = NeedsParentheses(body, i);
    if (parentheses) {
      out << "(";
      out.Open();
    }
    WriteBody(out, body.inputs[i]);
    if (parentheses) {
      out.Close();
      out << ")";
    }
  }
}

void WriteGroupItems(Writer& out, const std::vector<GroupItem>& items);

void WriteGroupItem(Writer& out, const GroupItem& item) {
  const auto special = [&](std::string_view word) {
    out << word << " (";
    WriteGroupItems(out, item.items);
    out << ")";
  };
  switch (item.kind) {
    case GroupItem::Kind::kExpr: WriteExpr(out, item.exprs[0]); break;
    case GroupItem::Kind::kSet:
      out << "(";
      WriteExprs(out, item.exprs);
      out << ")";
      break;
    case GroupItem::Kind::kGroupingSets: special("GROUPING SETS"); break;
    case GroupItem::Kind::kCube: special("CUBE"); break;
    case GroupItem::Kind::kRollup: special("ROLLUP"); break;
  }
}

void WriteGroupItems(Writer& out, const std::vector<GroupItem>& items) {
  WriteList(out, items, [&](const GroupItem& item) { WriteGroupItem(out, item); });
}

void WriteSelect(Writer& out, const Select& select) {
  out << "SELECT";
  WriteHints(out, select.hints);
  out << (select.distinct ? " DISTINCT " : " ");
  WriteList(out, select.items, [&](const SelectItem& item) {
    WriteExpr(out, item.expr);
    if (item.alias.empty()) return;
    out << " AS ";
    out.Name(item.alias.name);
  });
  const auto clause = [&](std::string_view word) {
    out.Clause();
    out << word << " ";
  };
  if (select.from) {
    clause("FROM");
    WriteTableRef(out, *select.from);
  }
  if (select.where) {
    clause("WHERE");
    WriteExpr(out, *select.where);
  }
  if (select.has_group_by) {
    clause(select.group_distinct ? "GROUP BY DISTINCT" : "GROUP BY");
    WriteGroupItems(out, select.group_by);
  }
  if (select.having) {
    clause("HAVING");
    WriteExpr(out, *select.having);
  }
  if (!select.windows.empty()) {
    clause("WINDOW");
    WriteList(out, select.windows, [&](const NamedWindow& window) {
      out.Name(window.name.name);
      out << " AS ";
      WriteWindowSpec(out, window.spec);
    });
  }
  if (select.qualify) {
    clause("QUALIFY");
    WriteExpr(out, *select.qualify);
  }
}

void WriteValues(Writer& out, const std::vector<Expr>& rows) {
  out << "VALUES ";
  WriteList(out, rows, [&](const Expr& row) {
    if (row.kind == Expr::Kind::kRow && (row.args.size() == 1 || !row.names.empty())) return WriteExpr(out, row);
    out << "(";
    if (row.kind == Expr::Kind::kRow) {
      WriteExprs(out, row.args);
    } else {
      WriteExpr(out, row);
    }
    out << ")";
  });
}

void WriteBody(Writer& out, const QueryBody& body) {
  switch (body.kind) {
    case BodyKind::kSelect: WriteSelect(out, *body.select); break;
    case BodyKind::kValues: WriteValues(out, body.rows); break;
    case BodyKind::kTable:
      out << "TABLE ";
      WritePath(out, body.table);
      break;
    case BodyKind::kNested: WriteQueryBlock(out, *body.query); break;
    case BodyKind::kUnion: WriteSetOperation(out, body, "UNION"); break;
    case BodyKind::kIntersect: WriteSetOperation(out, body, "INTERSECT"); break;
    case BodyKind::kExcept: WriteSetOperation(out, body, "EXCEPT"); break;
  }
}

}  // namespace

void WriteQueryBlock(Writer& out, const Query& query) {
  out << "(";
  out.Open();
  WriteQuery(out, query);
  out.Close();
  out << ")";
}

void WriteHints(Writer& out, const std::vector<Hint>& hints) {
  if (hints.empty()) return;
  out << " /*+ ";
  WriteList(out, hints, [&](const Hint& hint) {
    if (IsPlainWord(hint.name.name) && !IsClauseWord(hint.name.name)) {
      out << hint.name.name;
    } else {
      out.Name(hint.name.name);
    }
    if (hint.arguments.empty()) return;
    out << "(";
    WriteList(out, hint.arguments, [&](const Hint::Argument& argument) {
      if (!argument.key.empty()) {
        out.Text(argument.key);
        out << " = ";
      }
      if (argument.is_name) {
        out.Name(argument.value);
      } else {
        out.Text(argument.value);
      }
    });
    out << ")";
  });
  out << " */";
}

void WriteQuery(Writer& out, const Query& query) {
  if (!query.with.empty()) {
    out << (query.recursive ? "WITH RECURSIVE " : "WITH ");
    bool first = true;
    for (const CommonTable& table : query.with) {
      if (!first) out.BlockComma();
      first = false;
      out.Name(table.name.name);
      if (!table.columns.empty()) {
        out << " ";
        WriteNames(out, table.columns);
      }
      out << " AS ";
      WriteQueryBlock(out, *table.query);
    }
    out.Clause();
  }
  WriteBody(out, query.body);
  if (!query.order_by.empty()) {
    out.Clause();
    out << "ORDER BY ";
    WriteOrderItems(out, query.order_by);
  }
  if (query.limit) {
    out.Clause();
    out << "LIMIT ";
    WriteExpr(out, *query.limit, kSumPrecedence);
  }
  if (query.offset) {
    out.Clause();
    out << "OFFSET ";
    WriteExpr(out, *query.offset, kSumPrecedence);
  }
}

}  // namespace millrace::sql
