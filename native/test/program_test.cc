/**
 * Replays what the TypeScript engine did (data/<name>.program; `npm run golden` writes them): same grants, orders,
 * states, words of refusal and counters. test/native/golden-programs.ts says how the files are written.
 */
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/engine.h"
#include "core/js_number.h"

namespace mete {
namespace {

/** The size of the buffer that JavaScript writes programs into. */
constexpr size_t OPS_CAPACITY = 65536;

/** A number so that different bits are different text. */
std::string exact(double value) { return value == 0 && std::signbit(value) ? "-0" : jsNumber(value); }

template <typename List>
std::string join(const char* name, const List& list) {
  std::ostringstream text;
  text << name;
  if (list.empty()) text << ' ';
  for (const auto value : list) text << ' ' << exact(static_cast<double>(value));
  return text.str();
}

std::string showGrants(const GrantList& list, int kinds) {
  std::ostringstream text;
  text << "grants " << list.count();
  for (size_t g = 0; g < list.count(); g++) {
    const int32_t* record = &list.records[g * GRANT_STRIDE];
    text << '\n' << record[0] << ' ' << record[1] << ' ' << record[2];
    const int length = record[2] == GRANT_WHOLE ? 0 : kinds + 2 * record[2];
    for (int i = 0; i < length; i++) text << ' ' << exact(list.amounts[record[3] + i]);
  }
  return text.str();
}

class Replay {
 public:
  /** Does what a line says and returns what there is to see. */
  std::string step(const std::string& line) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    std::vector<double> numbers;
    for (std::string word; words >> word;) numbers.push_back(std::strtod(word.c_str(), nullptr));
    try {
      return run(kind, numbers);
    } catch (const EngineError& error) {
      return std::string("RangeError: ") + error.what();
    }
  }

 private:
  std::string run(const std::string& kind, const std::vector<double>& n) {
    if (kind == "engine") {
      const EngineOptions options = checkOptions(n[0], n[1], n[2] == 1, n[3] == 1, n[4] == 1, n[5] == 1);
      kinds_ = options.kinds;
      engine_ = std::make_unique<Engine>(options);
      return "";
    }
    if (kind == "apply") {
      engine_->apply(n.data(), OPS_CAPACITY, static_cast<double>(n.size()));
      return "ok";
    }
    if (kind == "cycle") return showGrants(engine_->cycle(n[0], n[1] == 1), kinds_);
    if (kind == "sort") return join("sorted", engine_->sort(n[0]));
    if (kind == "shuffle") return join("shuffled", engine_->shuffle(n[0], n[1]));
    if (kind == "read") return join("state", engine_->readNode(n[0]));
    if (kind == "counters") {
      const EngineCounters work = engine_->counters();
      std::ostringstream text;
      text << work.cycles << ' ' << work.visits << ' ' << work.clientChecks << ' ' << work.grants << ' ' << work.sorts;
      return text.str();
    }
    return "there is no such step: " + kind;
  }

  std::unique_ptr<Engine> engine_;
  int kinds_ = 0;
};

void replay(const std::filesystem::path& path) {
  std::ifstream file(path);
  Replay player;
  std::istringstream shown;
  std::string previous;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("= ")) {
      std::string actual;
      std::getline(shown, actual);
      ASSERT_EQ(actual, line.substr(2)) << path.filename() << " after: " << previous;
    } else if (!line.starts_with("#")) {
      shown = std::istringstream(player.step(line));
      previous = line;
    }
  }
}

TEST(Program, DoesWhatTheTypeScriptEngineDid) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(METE_TEST_DATA)) {
    if (entry.path().extension() != ".program") continue;
    replay(entry.path());
    count++;
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace mete
