#include "exec/expression.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "data/column_builder.h"

namespace millrace::exec {

using functions::KernelContext;
using plan::Expr;

namespace {

// Never fails and costs no more than gathering its inputs: AND and OR evaluate it for all rows at once.
bool IsEager(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kInput:
    case Expr::Kind::kLiteral: return true;
    case Expr::Kind::kCall:
      if (!expr.function->eager) return false;
      break;
    case Expr::Kind::kCast:
    case Expr::Kind::kTryCast:
      if (!expr.args[0]->type.IsNumeric() || !functions::IsImplicitCast(expr.args[0]->type, expr.type)) return false;
      break;
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr:
    case Expr::Kind::kField: break;
    case Expr::Kind::kCase:
    case Expr::Kind::kCoalesce: return false;
  }
  return std::all_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return IsEager(*arg); });
}

// A BOOLEAN of three values per row.
enum Truth : uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

Truth TruthAt(const Column& column, size_t row) {
  if (column.IsNull(row)) return kUnknown;
  return column.values<uint8_t>()[row] != 0 ? kTrue : kFalse;
}

ColumnPtr TruthColumn(const DataType& type, const std::vector<uint8_t>& truths) {
  ColumnBuilder builder(type);
  auto* values = builder.AppendUninitialized<uint8_t>(truths.size());
  bool unknown = false;
  for (size_t row = 0; row < truths.size(); ++row) {
    values[row] = truths[row] & 1;
    unknown |= truths[row] == kUnknown;
  }
  if (unknown) {
    for (size_t row = 0; row < truths.size(); ++row) {
      if (truths[row] == kUnknown) builder.SetNull(row);
    }
  }
  return builder.Finish();
}

ColumnPtr AsType(ColumnPtr column, const DataType& type) {
  return column->type() == type ? std::move(column) : column->WithType(type);
}

// Results of branches, each for some of the rows, put back into row order.
class Scatter {
 public:
  explicit Scatter(size_t count) : places_(count) {}

  void Add(ColumnPtr piece, std::span<const uint32_t> rows) {
    if (rows.empty()) return;
    for (size_t i = 0; i < rows.size(); ++i) places_[rows[i]] = static_cast<uint32_t>(size_ + i);
    size_ += rows.size();
    pieces_.push_back(std::move(piece));
  }

  // Every row was added exactly once.
  ColumnPtr Finish(const DataType& type) {
    if (pieces_.empty()) return ColumnBuilder(type).Finish();
    for (ColumnPtr& piece : pieces_) piece = AsType(std::move(piece), type);
    ColumnPtr all = ConcatColumns(pieces_);
    return pieces_.size() == 1 && std::is_sorted(places_.begin(), places_.end()) ? all : all->Gather(places_);
  }

 private:
  std::vector<uint32_t> places_;  // row -> place in the concatenation of pieces
  std::vector<ColumnPtr> pieces_;
  size_t size_ = 0;
};

// Some rows of a batch. Input columns are gathered when first used.
struct RowSet {
  const Batch& batch;
  const std::vector<uint32_t>* selected = nullptr;  // null = all rows
  std::vector<ColumnPtr> gathered = {};

  size_t count() const { return selected == nullptr ? batch.num_rows : selected->size(); }
  ColumnPtr Input(size_t column) {
    CHECK(column < batch.columns.size());
    if (selected == nullptr) return batch.columns[column];
    if (gathered.empty()) gathered.resize(batch.columns.size());
    if (gathered[column] == nullptr) gathered[column] = batch.columns[column]->Gather(*selected);
    return gathered[column];
  }
};

}  // namespace

// One evaluation over one batch.
class Evaluator::Run {
 public:
  Run(Evaluator& evaluator, const Batch& batch, const KernelContext& context)
      : evaluator_(evaluator), batch_(batch), context_(context) {}

  Result<ColumnPtr> Eval(const Expr& expr, RowSet& rows) {
    auto result = EvalKind(expr, rows);
    if (!result.ok()) {
      if (!result.error().span && expr.span.length != 0) result.error().span = expr.span;
      return result;
    }
    CHECK((*result)->size() == rows.count());
    return AsType(std::move(*result), expr.type);
  }

  // Keeps those of `selected` (null = all rows) for which `condition` is TRUE.
  Result<std::vector<uint32_t>> Filter(const Expr& condition, const std::vector<uint32_t>* selected) {
    if (condition.kind == Expr::Kind::kAnd) return FilterAnd(condition, selected);
    const size_t candidates = selected == nullptr ? batch_.num_rows : selected->size();
    // Comparing rows that do not matter is cheaper than gathering those that do, unless they are few.
    const bool whole_batch = selected != nullptr && candidates * 4 >= batch_.num_rows && IsEager(condition);
    RowSet rows{batch_, whole_batch ? nullptr : selected};
    MR_ASSIGN(const ColumnPtr column, Eval(condition, rows));
    std::vector<uint32_t> kept(candidates);
    size_t n = 0;
    const uint8_t* values = column->values<uint8_t>();  // zero under a null
    for (size_t i = 0; i < candidates; ++i) {
      const uint32_t row = selected == nullptr ? static_cast<uint32_t>(i) : (*selected)[i];
      kept[n] = row;
      n += values[whole_batch ? row : i];
    }
    kept.resize(n);
    return kept;
  }

 private:
  Result<std::vector<uint32_t>> FilterAnd(const Expr& condition, const std::vector<uint32_t>* selected) {
    std::vector<uint32_t> kept;
    for (const plan::ExprPtr& arg : condition.args) {
      MR_ASSIGN(kept, Filter(*arg, selected));
      selected = &kept;
      if (kept.empty()) break;
    }
    return kept;
  }

  Result<ColumnPtr> EvalKind(const Expr& expr, RowSet& rows) {
    switch (expr.kind) {
      case Expr::Kind::kInput: return rows.Input(expr.input);
      case Expr::Kind::kLiteral: return evaluator_.Constant(expr, rows.count());
      case Expr::Kind::kCall: return EvalCall(expr, rows);
      case Expr::Kind::kCast:
      case Expr::Kind::kTryCast: {
        MR_ASSIGN(ColumnPtr arg, Eval(*expr.args[0], rows));
        return functions::CastColumn(context_, arg, expr.type, expr.kind == Expr::Kind::kTryCast);
      }
      case Expr::Kind::kAnd: return EvalLogic(expr, rows, kFalse);
      case Expr::Kind::kOr: return EvalLogic(expr, rows, kTrue);
      case Expr::Kind::kCase: return EvalCase(expr, rows);
      case Expr::Kind::kCoalesce: return EvalCoalesce(expr, rows);
      case Expr::Kind::kField: {
        MR_ASSIGN(ColumnPtr arg, Eval(*expr.args[0], rows));
        return arg->child(expr.input);  // the member of a NULL row is NULL
      }
    }
    return InternalError("Evaluator: unknown expression");
  }

  Result<ColumnPtr> EvalCall(const Expr& expr, RowSet& rows) {
    std::vector<ColumnPtr> arguments;
    arguments.reserve(expr.args.size());
    for (const plan::ExprPtr& arg : expr.args) {
      MR_ASSIGN(ColumnPtr column, Eval(*arg, rows));
      arguments.push_back(std::move(column));
    }
    CHECK(expr.function != nullptr && expr.function->kernel != nullptr);
    return expr.function->kernel(context_, arguments, expr.type, rows.count());
  }

  // `rows` narrowed to its rows number `within[i]`.
  std::vector<uint32_t> Narrow(const RowSet& rows, const std::vector<uint32_t>& within) {
    if (rows.selected == nullptr) return within;
    std::vector<uint32_t> out(within.size());
    for (size_t i = 0; i < within.size(); ++i) out[i] = (*rows.selected)[within[i]];
    return out;
  }

  // The value of `expr` for the rows number `within` of `rows`.
  Result<ColumnPtr> EvalWithin(const Expr& expr, RowSet& rows, const std::vector<uint32_t>& within) {
    if (within.size() == rows.count()) return Eval(expr, rows);
    const std::vector<uint32_t> selected = Narrow(rows, within);
    RowSet narrowed{batch_, &selected};
    return Eval(expr, narrowed);
  }

  // AND and OR: `decisive` (FALSE of AND, TRUE of OR) settles a row; later arguments see the open rows only.
  Result<ColumnPtr> EvalLogic(const Expr& expr, RowSet& rows, Truth decisive) {
    std::vector<uint8_t> truths(rows.count(), decisive == kFalse ? kTrue : kFalse);
    std::vector<uint32_t> open(rows.count());
    std::iota(open.begin(), open.end(), 0);
    for (const plan::ExprPtr& arg : expr.args) {
      if (open.empty()) break;
      const bool all = open.size() * 4 >= rows.count() && IsEager(*arg);
      auto evaluated = all ? Eval(*arg, rows) : EvalWithin(*arg, rows, open);
      MR_ASSIGN(const ColumnPtr column, std::move(evaluated));
      size_t kept = 0;
      for (size_t i = 0; i < open.size(); ++i) {
        const uint32_t row = open[i];
        const Truth truth = TruthAt(*column, all ? row : i);
        if (truth == decisive || truth == kUnknown) truths[row] = truth;
        open[kept] = row;
        kept += truth != decisive ? 1 : 0;
      }
      open.resize(kept);
    }
    return TruthColumn(expr.type, truths);
  }

  Result<ColumnPtr> EvalCase(const Expr& expr, RowSet& rows) {
    Scatter scatter(rows.count());
    std::vector<uint32_t> open(rows.count());
    std::iota(open.begin(), open.end(), 0);
    for (size_t i = 0; i + 1 < expr.args.size() && !open.empty(); i += 2) {
      MR_ASSIGN(const ColumnPtr condition, EvalWithin(*expr.args[i], rows, open));
      std::vector<uint32_t> taken;
      std::vector<uint32_t> rest;
      for (size_t k = 0; k < open.size(); ++k) {
        (TruthAt(*condition, k) == kTrue ? taken : rest).push_back(open[k]);
      }
      if (!taken.empty()) {
        MR_ASSIGN(ColumnPtr value, EvalWithin(*expr.args[i + 1], rows, taken));
        scatter.Add(std::move(value), taken);
      }
      open = std::move(rest);
    }
    if (!open.empty()) {
      MR_ASSIGN(ColumnPtr value, EvalWithin(*expr.args.back(), rows, open));
      scatter.Add(std::move(value), open);
    }
    return scatter.Finish(expr.type);
  }

  Result<ColumnPtr> EvalCoalesce(const Expr& expr, RowSet& rows) {
    Scatter scatter(rows.count());
    std::vector<uint32_t> open(rows.count());
    std::iota(open.begin(), open.end(), 0);
    for (size_t i = 0; i < expr.args.size() && !open.empty(); ++i) {
      MR_ASSIGN(ColumnPtr value, EvalWithin(*expr.args[i], rows, open));
      const bool last = i + 1 == expr.args.size();
      if (last || !value->has_nulls()) {
        scatter.Add(std::move(value), open);
        break;
      }
      std::vector<uint32_t> places;  // of the values that are not null
      std::vector<uint32_t> taken;
      std::vector<uint32_t> rest;
      for (size_t k = 0; k < open.size(); ++k) {
        if (value->IsNull(k)) {
          rest.push_back(open[k]);
        } else {
          places.push_back(static_cast<uint32_t>(k));
          taken.push_back(open[k]);
        }
      }
      scatter.Add(value->Gather(places), taken);
      open = std::move(rest);
    }
    return scatter.Finish(expr.type);
  }

  Evaluator& evaluator_;
  const Batch& batch_;
  const KernelContext& context_;
};

ColumnPtr Evaluator::Constant(const Expr& literal, size_t count) {
  ColumnPtr& column = constants_[&literal];
  if (column == nullptr || column->size() < count) {
    column = ConstantColumn(literal.type, literal.literal, std::max(count, column == nullptr ? 0 : kBatchRows));
  }
  return column->size() == count ? column : column->Slice(0, count);
}

Result<ColumnPtr> Evaluator::Evaluate(const Batch& batch, const KernelContext& context) {
  RowSet rows{batch};
  return Run(*this, batch, context).Eval(*expr_, rows);
}

Status Evaluator::Filter(const Batch& batch, const KernelContext& context, std::vector<uint32_t>& rows) {
  MR_ASSIGN(rows, Run(*this, batch, context).Filter(*expr_, nullptr));
  return Ok();
}

Result<ColumnPtr> Evaluate(const Expr& expr, const Batch& batch, const KernelContext& context) {
  return Evaluator(expr).Evaluate(batch, context);
}

Result<std::vector<uint32_t>> EvaluateFilter(const Expr& condition, const Batch& batch, const KernelContext& context) {
  std::vector<uint32_t> rows;
  MR_TRY(Evaluator(condition).Filter(batch, context, rows));
  return rows;
}

}  // namespace millrace::exec
