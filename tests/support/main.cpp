// The tests' main: doctest's, but that a filter which matches no test is a fault. ctest runs each test by its
// name; a name that a filter cannot say (a semicolon cuts it) would else run nothing and count as passed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

namespace {

unsigned tests_run = 0;

struct CountRun : doctest::IReporter {
  explicit CountRun(const doctest::ContextOptions& /*options*/) {}
  void report_query(const doctest::QueryData& /*in*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& in) override { tests_run = in.numTestCasesPassingFilters; }
  void test_case_start(const doctest::TestCaseData& /*in*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*in*/) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& /*in*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*in*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*in*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*in*/) override {}
  void log_message(const doctest::MessageData& /*in*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*in*/) override {}
};

REGISTER_LISTENER("count-run", 1, CountRun);

}  // namespace

int main(int count, char** words) {
  doctest::Context context(count, words);
  const int status = context.run();
  if (context.shouldExit() || status != 0 || tests_run > 0) return status;
  std::fputs("no test has such a name\n", stderr);
  return EXIT_FAILURE;
}
