/** Numbers are printed as JavaScript prints them (data/js-numbers.txt; `npm run golden` writes it). */
#include "core/js_number.h"

#include <bit>
#include <cstdint>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace {

TEST(JsNumber, PrintsWhatJavaScriptPrints) {
  std::ifstream data(METE_TEST_DATA "/js-numbers.txt");
  ASSERT_TRUE(data) << "the data is missing";
  int count = 0;
  uint64_t bits = 0;
  for (std::string text; data >> bits >> text; count++) {
    EXPECT_EQ(mete::jsNumber(std::bit_cast<double>(bits)), text) << bits;
  }
  EXPECT_GT(count, 500);
}

}  // namespace
