#pragma once

#include <string>
#include <string_view>

#include "sql/grammar.h"
#include "sql/printer.h"

// The pieces of the printer. Internal to this folder.
namespace millrace::sql {

class Writer {
 public:
  explicit Writer(PrintOptions options) : multi_line_(options.multi_line) {}

  Writer& operator<<(std::string_view text) {
    out_ += text;
    return *this;
  }
  void Name(std::string_view name) { out_ += QuoteName(name); }
  void Text(std::string_view text) { out_ += QuoteText(text); }

  // Between two clauses: a new line, or a blank.
  void Clause() {
    if (multi_line_) {
      NewLine();
    } else {
      out_ += ' ';
    }
  }
  // Around an indented block: `Open` behind "(", `Close` before ")"; nothing when on one line.
  void Open() {
    indent_ += 2;
    if (multi_line_) NewLine();
  }
  void Close() {
    indent_ -= 2;
    if (multi_line_) NewLine();
  }
  // ", " or ",\n" between the items of a block.
  void BlockComma() {
    out_ += ',';
    Clause();
  }

  std::string Take() { return std::move(out_); }

 private:
  void NewLine() {
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_), ' ');
  }

  bool multi_line_;
  int indent_ = 0;
  std::string out_;
};

template <typename List, typename Write>
void WriteList(Writer& out, const List& list, Write write) {
  bool first = true;
  for (const auto& item : list) {
    if (!first) out << ", ";
    first = false;
    write(item);
  }
}

bool IsPlainWord(std::string_view name);  // ASCII letters, digits, _ and $, no digit first
void WritePath(Writer& out, const Path& path);
void WriteNames(Writer& out, const std::vector<Identifier>& names);  // (`a`, `b`)
void WriteType(Writer& out, const TypeName& type);
void WriteUnits(Writer& out, const IntervalUnits& units);
// In parentheses when it binds looser than `min_precedence`.
void WriteExpr(Writer& out, const Expr& expr, int min_precedence = kAnyPrecedence);
void WriteExprs(Writer& out, const std::vector<Expr>& exprs);
void WriteCall(Writer& out, const Expr& expr);
void WriteOrderItems(Writer& out, const std::vector<OrderItem>& items);
void WriteWindowSpec(Writer& out, const WindowSpec& spec);
void WriteQuery(Writer& out, const Query& query);
void WriteQueryBlock(Writer& out, const Query& query);         // (query)
void WriteHints(Writer& out, const std::vector<Hint>& hints);  // with a blank before, or nothing
void WriteTableRef(Writer& out, const TableRef& table);
void WriteMatchRecognize(Writer& out, const MatchRecognize& match);
void WriteStatement(Writer& out, const Statement& statement);
void WriteCreateTable(Writer& out, const CreateTable& table);
void WriteColumn(Writer& out, const ColumnDef& column);
void WriteWatermark(Writer& out, const WatermarkDef& watermark);
void WritePrimaryKey(Writer& out, const PrimaryKeyDef& key);
void WriteDistribution(Writer& out, const Distribution& distribution);  // from behind DISTRIBUTED
void WriteOptions(Writer& out, const std::vector<Option>& options);     // ('k' = 'v')
void WritePartition(Writer& out, const std::vector<PartitionValue>& partition);
void WriteAlterTable(Writer& out, const AlterTable& alter);
void WriteShow(Writer& out, const Show& show);

}  // namespace millrace::sql
