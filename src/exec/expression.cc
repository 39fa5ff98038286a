#include "exec/expression.h"

#include "base/check.h"
#include "data/column_builder.h"

namespace millrace::exec {
namespace {

using plan::Expr;

std::vector<uint32_t> AllRows(size_t count) {
  std::vector<uint32_t> rows(count);
  for (size_t i = 0; i < count; ++i) rows[i] = static_cast<uint32_t>(i);
  return rows;
}

bool IsTrue(const Column& column, size_t row) { return !column.IsNull(row) && column.values<uint8_t>()[row] != 0; }

// Pieces of a result computed for disjoint sets of rows, put together in row order.
class Scatter {
 public:
  Scatter(const DataType& type, size_t count) : type_(type), place_(count) {}

  // Row rows[i] of the result is row i of `column`.
  void Add(ColumnPtr column, std::span<const uint32_t> rows) {
    if (rows.empty()) return;
    for (size_t i = 0; i < rows.size(); ++i) place_[rows[i]] = static_cast<uint32_t>(offset_ + i);
    offset_ += rows.size();
    pieces_.push_back(std::move(column));
  }

  ColumnPtr Finish() {
    if (pieces_.empty()) return NullColumn(type_, place_.size());
    const ColumnPtr all = ConcatColumns(pieces_);
    return all->Gather(place_)->WithType(type_);
  }

 private:
  DataType type_;
  std::vector<uint32_t> place_;
  std::vector<ColumnPtr> pieces_;
  size_t offset_ = 0;
};

class Evaluation {
 public:
  explicit Evaluation(const functions::KernelContext& context) : context_(context) {}

  Result<ColumnPtr> Run(const Expr& expr, const Batch& batch) {
    switch (expr.kind) {
      case Expr::Kind::kInput: return batch.columns[expr.input];
      case Expr::Kind::kLiteral: return ConstantColumn(expr.type, expr.literal, batch.num_rows);
      case Expr::Kind::kCall: return Call(expr, batch);
      case Expr::Kind::kCast:
      case Expr::Kind::kTryCast: {
        MR_ASSIGN(const ColumnPtr argument, Run(*expr.args[0], batch));
        return Placed(expr, functions::CastColumn(context_, argument, expr.type, expr.kind == Expr::Kind::kTryCast));
      }
      case Expr::Kind::kAnd:
      case Expr::Kind::kOr: return Junction(expr, batch);
      case Expr::Kind::kCase: return Case(expr, batch);
      case Expr::Kind::kCoalesce: return Coalesce(expr, batch);
      case Expr::Kind::kField: return Field(expr, batch);
    }
    return InternalError("an expression of unknown kind");
  }

 private:
  // The error of a kernel gets the place of the call in the statement.
  static Result<ColumnPtr> Placed(const Expr& expr, Result<ColumnPtr> result) {
    if (!result.ok() && !result.error().span && expr.span.line != 0) result.error().span = expr.span;
    return result;
  }

  Result<ColumnPtr> Call(const Expr& expr, const Batch& batch) {
    std::vector<ColumnPtr> arguments;
    arguments.reserve(expr.args.size());
    for (const auto& arg : expr.args) {
      MR_ASSIGN(arguments.emplace_back(), Run(*arg, batch));
    }
    return Placed(expr, expr.function->kernel(context_, arguments, expr.type, batch.num_rows));
  }

  // AND: FALSE decides, OR: TRUE decides; NULL when nothing decided but something was NULL. Later arguments are computed only
  // for undecided rows.
  Result<ColumnPtr> Junction(const Expr& expr, const Batch& batch) {
    const bool decider = expr.kind == Expr::Kind::kOr;
    std::vector<uint8_t> value(batch.num_rows, decider ? 0 : 1);
    std::vector<uint8_t> null(batch.num_rows, 0);
    std::vector<uint32_t> open = AllRows(batch.num_rows);
    for (const auto& arg : expr.args) {
      if (open.empty()) break;
      const bool whole = open.size() == batch.num_rows;
      MR_ASSIGN(const ColumnPtr column, Run(*arg, whole ? batch : batch.Gather(open)));
      std::vector<uint32_t> still_open;
      for (size_t i = 0; i < open.size(); ++i) {
        const uint32_t row = open[i];
        if (column->IsNull(i)) {
          null[row] = 1;
          still_open.push_back(row);
        } else if ((column->values<uint8_t>()[i] != 0) == decider) {
          value[row] = decider ? 1 : 0;
          null[row] = 0;
        } else {
          still_open.push_back(row);
        }
      }
      open = std::move(still_open);
    }
    ColumnBuilder builder(expr.type);
    uint8_t* out = builder.AppendUninitialized<uint8_t>(batch.num_rows);
    std::copy(value.begin(), value.end(), out);
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (null[row] != 0) builder.SetNull(row);
    }
    return builder.Finish();
  }

  Result<ColumnPtr> Case(const Expr& expr, const Batch& batch) {
    Scatter result(expr.type, batch.num_rows);
    std::vector<uint32_t> open = AllRows(batch.num_rows);
    size_t i = 0;
    for (; i + 1 < expr.args.size() && !open.empty(); i += 2) {
      MR_ASSIGN(const ColumnPtr condition, Run(*expr.args[i], batch.Gather(open)));
      std::vector<uint32_t> hit;
      std::vector<uint32_t> still_open;
      for (size_t k = 0; k < open.size(); ++k) (IsTrue(*condition, k) ? hit : still_open).push_back(open[k]);
      if (!hit.empty()) {
        MR_ASSIGN(ColumnPtr column, Run(*expr.args[i + 1], batch.Gather(hit)));
        result.Add(column->WithType(expr.type), hit);
      }
      open = std::move(still_open);
    }
    if (!open.empty()) {
      if (expr.args.size() % 2 == 1) {
        MR_ASSIGN(ColumnPtr column, Run(*expr.args.back(), batch.Gather(open)));
        result.Add(column->WithType(expr.type), open);
      } else {
        result.Add(NullColumn(expr.type, open.size()), open);
      }
    }
    return result.Finish();
  }

  Result<ColumnPtr> Coalesce(const Expr& expr, const Batch& batch) {
    Scatter result(expr.type, batch.num_rows);
    std::vector<uint32_t> open = AllRows(batch.num_rows);
    for (const auto& arg : expr.args) {
      if (open.empty()) break;
      MR_ASSIGN(const ColumnPtr column, Run(*arg, batch.Gather(open)));
      std::vector<uint32_t> hit;
      std::vector<uint32_t> taken;
      std::vector<uint32_t> still_open;
      for (size_t k = 0; k < open.size(); ++k) {
        if (column->IsNull(k)) {
          still_open.push_back(open[k]);
        } else {
          hit.push_back(open[k]);
          taken.push_back(static_cast<uint32_t>(k));
        }
      }
      if (!hit.empty()) result.Add(column->Gather(taken)->WithType(expr.type), hit);
      open = std::move(still_open);
    }
    result.Add(NullColumn(expr.type, open.size()), open);
    return result.Finish();
  }

  Result<ColumnPtr> Field(const Expr& expr, const Batch& batch) {
    MR_ASSIGN(const ColumnPtr row, Run(*expr.args[0], batch));
    const ColumnPtr& member = row->child(expr.input);
    if (!row->has_nulls()) return member;
    // A member of a NULL row is NULL.
    ColumnBuilder builder(expr.type);
    for (size_t i = 0; i < row->size(); ++i) row->IsNull(i) ? builder.AppendNull() : builder.AppendFrom(*member, i);
    return builder.Finish();
  }

  const functions::KernelContext& context_;
};

}  // namespace

Result<ColumnPtr> Evaluate(const Expr& expr, const Batch& batch, const functions::KernelContext& context) {
  MR_ASSIGN(ColumnPtr column, Evaluation(context).Run(expr, batch));
  CHECK(column->size() == batch.num_rows);
  return column->type() == expr.type ? std::move(column) : column->WithType(expr.type);
}

Result<std::vector<uint32_t>> EvaluateFilter(const Expr& condition, const Batch& batch,
                                             const functions::KernelContext& context) {
  MR_ASSIGN(const ColumnPtr column, Evaluation(context).Run(condition, batch));
  std::vector<uint32_t> rows;
  rows.reserve(batch.num_rows);
  for (size_t row = 0; row < batch.num_rows; ++row) {
    if (IsTrue(*column, row)) rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

}  // namespace millrace::exec
