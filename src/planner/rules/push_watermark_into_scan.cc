#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {
namespace {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

// The projection between watermark and scan (computed columns, metadata casts), or null when the scan is its input.
LogicalNode* ProjectionBelow(LogicalNode& watermark) {
  LogicalNode* below = watermark.inputs[0].get();
  const bool projects =
      below->kind == LogicalKind::kProject || (below->kind == LogicalKind::kCalc && below->condition == nullptr);
  return projects ? below : nullptr;
}

}  // namespace

// The expression is rewritten over the columns of the scan, so that it may use computed columns. The columns above keep
// the rowtime attribute that the watermark node gave them.
Status PushWatermarkIntoScan(LogicalPtr& root, const Context&) {
  return ForEachNode(root, [](LogicalPtr& node) -> Status {
    if (node->kind != LogicalKind::kWatermark) return Ok();
    LogicalNode* projection = ProjectionBelow(*node);
    LogicalNode* scan = projection == nullptr ? node->inputs[0].get() : projection->inputs[0].get();
    if (scan->kind != LogicalKind::kScan) return Ok();
    ExprPtr expression = projection == nullptr
                             ? node->watermark->expression->Clone()
                             : InlineProjections(*node->watermark->expression, projection->projections);
    if (!IsDeterministic(*expression)) return Ok();
    size_t rowtime = node->watermark->rowtime_column;
    if (projection == nullptr) {
      scan->schema.fields[rowtime].type = node->schema.fields[rowtime].type;
    } else {
      const Expr& source = *projection->projections[rowtime];
      projection->schema.fields[rowtime].type = node->schema.fields[rowtime].type;
      projection->projections[rowtime]->type = node->schema.fields[rowtime].type;
      if (source.kind == Expr::Kind::kInput) {
        rowtime = source.input;
        scan->schema.fields[rowtime].type =
            scan->schema.fields[rowtime].type.WithTimeAttribute(TimeAttribute::kRowtime);
      } else {
        rowtime = plan::WatermarkSpec::kComputedRowtime;
      }
    }
    scan->watermark = plan::WatermarkSpec{.rowtime_column = rowtime,
                                          .expression = std::move(expression),
                                          .idle_timeout_millis = node->watermark->idle_timeout_millis};
    LogicalPtr input = std::move(node->inputs[0]);
    node = std::move(input);
    return Ok();
  });
}

}  // namespace millrace::planner
