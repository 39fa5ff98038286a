// Every function's example is SQL that gives what it says.
#include "planner/testing/plan_fixture.h"

namespace millrace::planner {
namespace {

class FunctionExamples : public testing::PlanTest {
 protected:
  // The constant that an expression folds to, as text; what went wrong otherwise.
  std::string Evaluate(const std::string& expression) {
    const auto plan = Physical("SELECT CAST(" + expression + " AS STRING) AS v");
    if (!plan.ok()) return ErrorText(plan.error());
    const plan::PhysicalNode* node = plan->roots[0].get();
    while (node->projections.empty() && !node->inputs.empty()) node = node->inputs[0].get();
    if (node->projections.empty()) return "no projection";
    const plan::Expr& value = *node->projections[0];
    if (value.kind != plan::Expr::Kind::kLiteral) return "not folded: " + value.ToString(node->schema);
    return value.literal.is_null() ? "NULL" : std::get<std::string>(value.literal);
  }
};

TEST_F(FunctionExamples, GiveWhatTheySay) {
  size_t checked = 0;
  for (const functions::ScalarFunction* function : functions::AllScalarFunctions()) {
    if (!function->deterministic) continue;  // never folded
    const std::string example(function->example);
    const size_t arrow = example.rfind(" -> ");
    ASSERT_NE(arrow, std::string::npos) << function->name << ": an example is 'expression -> value'";
    EXPECT_EQ(Evaluate(example.substr(0, arrow)), example.substr(arrow + 4)) << function->name << ": " << example;
    ++checked;
  }
  EXPECT_GT(checked, 150u);
}

TEST_F(FunctionExamples, HaveDocs) {
  for (const functions::ScalarFunction* function : functions::AllScalarFunctions()) {
    EXPECT_FALSE(function->doc.empty()) << function->name;
    EXPECT_TRUE(function->doc.ends_with('.')) << function->name;
    EXPECT_FALSE(function->signature.empty()) << function->name;
  }
}

}  // namespace
}  // namespace millrace::planner
