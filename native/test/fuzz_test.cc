/** Plays random bytes as the fuzzer does, where there is no fuzzer: a few thousand programs, the same at each run. */
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/play_bytes.h"

namespace {

TEST(Fuzz, RandomBytesDoNoHarm) {
  std::mt19937 random(20);
  for (int i = 0; i < 3000; i++) {
    std::vector<uint8_t> bytes(random() % 1500);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    mete::BytePlayer(bytes.data(), bytes.size()).play();
  }
}

}  // namespace
