#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"
#include "sql/printer.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalPtr;
using plan::WindowKind;

namespace {

// How one window function is written.
struct WindowSyntax {
  std::string_view name;
  WindowKind kind;
  std::vector<std::string_view> intervals;  // after DATA and TIMECOL, by position
  size_t required;                          // so many of them
  std::string_view form;
};

const std::vector<WindowSyntax>& Syntaxes() {
  static const std::vector<WindowSyntax> syntaxes = {
      {"TUMBLE",
       WindowKind::kTumble,
       {"SIZE", "OFFSET"},
       1,
       "TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])"},
      {"HOP",
       WindowKind::kHop,
       {"SLIDE", "SIZE", "OFFSET"},
       2,
       "HOP(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])"},
      {"CUMULATE",
       WindowKind::kCumulate,
       {"STEP", "SIZE", "OFFSET"},
       2,
       "CUMULATE(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])"},
  };
  return syntaxes;
}

const WindowSyntax* FindSyntax(std::string_view name) {
  for (const WindowSyntax& syntax : Syntaxes()) {
    if (EqualsIgnoreCase(syntax.name, name)) return &syntax;
  }
  return nullptr;
}

std::string SupportedForm(const WindowSyntax& syntax) { return fmt::format("Supported form(s): {}", syntax.form); }

// The arguments by parameter: DATA, TIMECOL, then the intervals.
std::vector<const sql::Expr*> OrderArguments(const sql::Expr& call, const WindowSyntax& syntax) {
  std::vector<std::string_view> parameters = {"DATA", "TIMECOL"};
  parameters.insert(parameters.end(), syntax.intervals.begin(), syntax.intervals.end());
  std::vector<const sql::Expr*> out(parameters.size(), nullptr);
  const auto refuse = [&](const sql::Expr& at) {
    FailValidator(fmt::format("Invalid arguments of {}", syntax.name), at.span, SupportedForm(syntax));
  };
  for (size_t i = 0; i < call.args.size(); ++i) {
    const sql::Expr& arg = call.args[i];
    if (arg.kind != sql::Expr::Kind::kNamedArgument) {
      if (i >= out.size() || out[i] != nullptr) refuse(arg);
      out[i] = &arg;
      continue;
    }
    const std::string name = ToUpper(arg.path[0].name);
    size_t at = 0;
    while (at < parameters.size() && parameters[at] != name) ++at;
    if (at == parameters.size()) {
      const std::vector<std::string> known(parameters.begin(), parameters.end());
      FailValidator(fmt::format("{} has no parameter '{}'", syntax.name, arg.path[0].name), arg.span,
                    fmt::format("Parameters: {}.", Join(known, ", ")));
    }
    if (out[at] != nullptr || (at == 0) != (i == 0)) refuse(arg);  // DATA comes first
    out[at] = &arg.args[0];
  }
  for (size_t i = 0; i < 2 + syntax.required; ++i) {
    if (out[i] == nullptr) {
      FailValidator(fmt::format("Invalid number of arguments to function '{}'", syntax.name), call.span,
                    SupportedForm(syntax));
    }
  }
  return out;
}

int64_t BindInterval(const sql::Expr& expr, std::string_view function, const Context& context) {
  static const std::vector<ScopeColumn> kNoColumns;
  const ExprPtr bound = ExprBinder(kNoColumns, context, std::string(function)).Bind(expr);
  if (bound->type.kind == TypeKind::kIntervalYearMonth) {
    FailValidation(
        "Window functions only support intervals of SECOND, MINUTE, HOUR and DAY: MONTH and YEAR are not constant.",
        expr.span);
  }
  const auto value = bound->type.kind == TypeKind::kIntervalDaySecond ? ConstantValue(*bound, context) : std::nullopt;
  const auto* millis = value ? std::get_if<int64_t>(&*value) : nullptr;
  if (millis == nullptr) {
    FailValidator(fmt::format("{} takes constant intervals", function), expr.span, "Write INTERVAL '1' MINUTE.");
  }
  return *millis;
}

void CheckSizes(WindowKind kind, const WindowArguments& arguments, const SourceSpan& span) {
  const auto [time, size, slide, offset] = arguments;
  switch (kind) {
    case WindowKind::kTumble:
      if (size <= 0)
        FailValidation(fmt::format("Tumbling Window parameters must satisfy size > 0, but got size {}ms.", size), span);
      if (std::abs(offset) >= size) {
        FailValidation(
            fmt::format(
                "Tumbling Window parameters must satisfy abs(offset) < size, but got size {}ms and offset {}ms.", size,
                offset),
            span);
      }
      return;
    case WindowKind::kHop:
      if (size <= 0 || slide <= 0) {
        FailValidation(fmt::format("Hop Window must satisfy slide > 0 and size > 0, but got slide {}ms and size {}ms.",
                                   slide, size),
                       span, "HOP takes the slide first, then the size.");
      }
      return;
    case WindowKind::kCumulate:
      if (size <= 0 || slide <= 0) {
        FailValidation(fmt::format("Cumulative Window parameters must satisfy maxSize > 0 and step > 0, but got "
                                   "maxSize {}ms and step {}ms.",
                                   size, slide),
                       span, "CUMULATE takes the step first, then the size.");
      }
      if (size % slide != 0) {
        FailValidation(
            fmt::format(
                "CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but "
                "got maxSize {} ms and step {} ms",
                size, slide),
            span, "CUMULATE takes the step first, then the size.");
      }
      return;
  }
}

void CheckTimeColumn(const DataType& type, const Context& context, const SourceSpan& span) {
  if (!type.IsTimestamp()) {
    FailValidation(fmt::format("The window function requires the timecol is a time attribute type, but is {}.",
                               type.Nullable().ToString()),
                   span);
  }
  if (context.streaming && type.time_attribute == TimeAttribute::kNone) {
    FailValidation(fmt::format("The window function requires the timecol is a time attribute type, but is {}.",
                               type.Nullable().ToString()),
                   span,
                   "Declare WATERMARK FOR it in its table, or use window_time of an inner window. A CAST takes the "
                   "attribute away.");
  }
}

}  // namespace

Relation ApplyWindow(Relation input, WindowKind kind, const WindowArguments& arguments, const Context& context,
                     const SourceSpan& span) {
  const DataType time = input.columns[arguments.time_column].type;
  CheckTimeColumn(time, context, span);
  CheckSizes(kind, arguments, span);
  if (context.early_or_late_fire) {
    Fail(UserError(
             "Currently, window table function based aggregate doesn't support early-fire and late-fire configuration "
             "'table.exec.emit.early-fire.enabled' and 'table.exec.emit.late-fire.enabled'.")
             .WithCode(std::string(kTableException))
             .WithSpan(span));
  }
  LogicalPtr node = MakeNode(LogicalKind::kWindowTableFunction, std::move(input.node));
  node->span = span;
  node->window = {.kind = kind,
                  .time_column = arguments.time_column,
                  .event_time = time.time_attribute != TimeAttribute::kProctime,
                  .local_zone = time.kind == TypeKind::kTimestampLtz,
                  .size = arguments.size,
                  .slide = kind == WindowKind::kTumble ? arguments.size : arguments.slide,
                  .offset = arguments.offset};
  Field& time_field = node->schema.fields[arguments.time_column];
  time_field.type = time_field.type.WithTimeAttribute(TimeAttribute::kNone);
  input.columns[arguments.time_column].type = time_field.type;
  const size_t width = node->schema.size();
  const DataType wall = DataType::TimestampOf(3).NotNull();
  DataType window_time = time.kind == TypeKind::kTimestampLtz ? DataType::TimestampLtzOf(3) : DataType::TimestampOf(3);
  window_time = window_time.NotNull().WithTimeAttribute(time.time_attribute);
  for (Field field :
       {Field{"window_start", wall, ""}, Field{"window_end", wall, ""}, Field{"window_time", window_time, ""}}) {
    input.columns.push_back({input.columns[0].table, field.name, field.type});
    node->schema.fields.push_back(std::move(field));
  }
  node->window_columns =
      plan::RelationWindow{.spec = node->window, .start = width, .end = width + 1, .time = width + 2};
  input.node = std::move(node);
  return input;
}

Relation QueryBinder::BindWindowFunction(const sql::Expr& call) {
  const std::string name = ToUpper(call.call->name.back().name);
  const WindowSyntax* syntax = FindSyntax(name);
  if (syntax == nullptr) {
    if (name == "SESSION") FailNotSupported("SESSION windows are", call.span, "TUMBLE, HOP and CUMULATE are there.");
    FailValidator(fmt::format("No match found for function signature {}", name), call.span,
                  DidYouMean(name, {"TUMBLE", "HOP", "CUMULATE"}));
  }
  const std::vector<const sql::Expr*> args = OrderArguments(call, *syntax);
  if (args[0]->kind != sql::Expr::Kind::kTableArgument) {
    FailValidator(fmt::format("The first argument of {} must be a table", name), args[0]->span,
                  "Write TABLE before its name.");
  }
  Relation input = BindTableArgument(*args[0]->table);
  if (args[1]->kind != sql::Expr::Kind::kDescriptor) {
    FailValidator(fmt::format("The second argument of {} must be DESCRIPTOR(timecol)", name), args[1]->span,
                  SupportedForm(*syntax));
  }
  if (args[1]->path.size() != 1) {
    FailValidator(fmt::format("DESCRIPTOR of {} takes one time column", name), args[1]->span, SupportedForm(*syntax));
  }
  WindowArguments arguments;
  arguments.time_column = ResolveColumn(args[1]->path, input.columns).column;
  for (size_t i = 0; i < syntax->intervals.size(); ++i) {
    if (args[2 + i] == nullptr) continue;
    const int64_t millis = BindInterval(*args[2 + i], name, context_);
    if (syntax->intervals[i] == "SIZE") arguments.size = millis;
    if (syntax->intervals[i] == "SLIDE" || syntax->intervals[i] == "STEP") arguments.slide = millis;
    if (syntax->intervals[i] == "OFFSET") arguments.offset = millis;
  }
  // Problems of the time column are shown where it is named.
  CheckTimeColumn(input.columns[arguments.time_column].type, context_, args[1]->span);
  Relation out = ApplyWindow(std::move(input), syntax->kind, arguments, context_, call.span);
  for (ScopeColumn& column : out.columns) column.table = "";
  return out;
}

bool IsGroupWindow(const sql::Expr& expr) {
  return sql::CallsFunction(expr, "TUMBLE") || sql::CallsFunction(expr, "HOP") || sql::CallsFunction(expr, "SESSION");
}

ExprBinder::GroupWindow AddGroupWindow(Relation& input, const sql::Expr& call, const Context& context) {
  const std::string name = ToUpper(call.call->name[0].name);
  if (name == "SESSION") FailNotSupported("SESSION windows are", call.span, "TUMBLE, HOP and CUMULATE are there.");
  const size_t required = name == "HOP" ? 3 : 2;
  if (call.args.size() != required) {
    FailValidator(
        fmt::format("Invalid number of arguments to function '{}'. Was expecting {} arguments", name, required),
        call.span, name == "HOP" ? "HOP(ts, INTERVAL slide, INTERVAL size)" : "TUMBLE(ts, INTERVAL size)");
  }
  const ExprPtr time = ExprBinder(input.columns, context, "GROUP BY").Bind(call.args[0]);
  if (time->kind != Expr::Kind::kInput) {
    FailValidation("Window aggregate can only be defined over a time attribute column, but an expression was given.",
                   call.args[0].span);
  }
  CheckTimeColumn(time->type, context, call.args[0].span);
  WindowArguments arguments{.time_column = time->input};
  arguments.size = BindInterval(call.args.back(), name, context);
  if (name == "HOP") arguments.slide = BindInterval(call.args[1], name, context);
  const size_t width = input.columns.size();
  // A column of the user's may be called window_start too: these are reached by TUMBLE_START(..) only.
  input = ApplyWindow(std::move(input), name == "HOP" ? WindowKind::kHop : WindowKind::kTumble, arguments, context,
                      call.span);
  for (size_t i = width; i < width + 3; ++i) {
    input.columns[i].name = "";
    input.columns[i].in_star = false;
  }
  return {.call = call, .start = width, .end = width + 1, .time = width + 2};
}

}  // namespace millrace::planner
