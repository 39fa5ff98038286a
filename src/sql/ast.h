#pragma once

// The tree of a Flink SQL statement: pure syntax, no name is looked up and no type is derived. Every node is a plain
// value (copy, move, ==) and carries the span of its source text; == ignores spans. sql/parser.h makes trees,
// sql/printer.h turns them back into text.
#include "sql/ast_base.h"
#include "sql/ast_expr.h"
#include "sql/ast_query.h"
#include "sql/ast_statement.h"
