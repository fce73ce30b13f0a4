/**
 * Randomness as a function: the twin of src/base/mix32.ts, which says why. Every function here returns, for the same
 * input, the same bits as its namesake there; native/test/data/mix32.txt holds both to it.
 */
#pragma once

#include <cstdint>

namespace mete {

/** Bijective scrambling of a 32-bit integer. */
constexpr uint32_t mix32(uint32_t value) {
  uint32_t x = value;
  x ^= x >> 16;
  x *= 0x85ebca6bU;
  x ^= x >> 13;
  x *= 0xc2b2ae35U;
  x ^= x >> 16;
  return x;
}

/** The salt of one stage (1 or 2) of one allocation run. */
constexpr uint32_t stageSalt(uint32_t seed, uint32_t run, uint32_t stage) {
  return mix32(mix32(seed ^ (run * 0x9e3779b9U)) + stage * 0x85ebca77U);
}

/** The salt of the draws for one sorter (`treeSalt`) during the visit of one agent (`ordinal`) in one stage. */
constexpr uint32_t drawSalt(uint32_t stage, uint32_t ordinal, uint32_t treeSalt) {
  return mix32(mix32(stage ^ mix32(ordinal)) ^ treeSalt);
}

/** The n-th uniform double in [0, 1) of a salt, with 53 random bits. */
constexpr double uniform(uint32_t salt, uint32_t n) {
  const uint32_t high = mix32(salt + n * 2U) >> 5;
  const uint32_t low = mix32(salt + n * 2U + 1U) >> 6;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

}  // namespace mete
