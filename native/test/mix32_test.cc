/** Holds core/mix32.h to its TypeScript twin, bit for bit, by data/mix32.txt, which `npm run golden` writes. */
#include <bit>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "core/mix32.h"

namespace {

/** Makes the call that a line of the data describes; takes its arguments from the words. */
uint64_t call(const std::string& name, std::istream& words) {
  uint32_t a = 0, b = 0, c = 0;
  words >> a;
  if (name == "mix32") return mete::mix32(a);
  words >> b;
  if (name == "uniform") return std::bit_cast<uint64_t>(mete::uniform(a, b));
  words >> c;
  if (name == "stageSalt") return mete::stageSalt(a, b, c);
  if (name == "drawSalt") return mete::drawSalt(a, b, c);
  ADD_FAILURE() << "unknown function in the data: " << name;
  return 0;
}

TEST(Mix32, AgreesWithItsTypeScriptTwin) {
  std::ifstream data(METE_TEST_DATA "/mix32.txt");
  ASSERT_TRUE(data) << "the data is missing";
  std::map<std::string, int> counts;
  for (std::string line; std::getline(data, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    const uint64_t actual = call(name, words);
    uint64_t expected = 0;
    words >> expected;
    ASSERT_TRUE(words) << "broken line: " << line;
    EXPECT_EQ(actual, expected) << line;
    counts[name] += 1;
  }
  for (const char* name : {"mix32", "stageSalt", "drawSalt", "uniform"}) EXPECT_GT(counts[name], 50) << name;
}

}  // namespace
