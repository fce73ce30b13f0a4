/**
 * Want of memory at any point of a program: the engine throws std::bad_alloc, can be destroyed, and nothing leaks. The
 * allocator of this whole test program is one that can be told to fail.
 */
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/play_bytes.h"

namespace {

/** Allocations that still succeed; negative: all do. */
thread_local int64_t allocationsLeft = -1;

void* allocate(size_t size) {
  if (allocationsLeft == 0) throw std::bad_alloc();
  if (allocationsLeft > 0) allocationsLeft--;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

/** Plays bytes with `allocations` to go; whether they were enough. */
bool playsWith(int64_t allocations, const std::vector<uint8_t>& bytes) {
  allocationsLeft = allocations;
  bool enough = true;
  try {
    mete::BytePlayer(bytes.data(), bytes.size()).play();
  } catch (const std::bad_alloc&) {
    enough = false;
  }
  allocationsLeft = -1;
  return enough;
}

TEST(Memory, AnyAllocationMayFail) {
  std::mt19937 random(5);
  for (int round = 0; round < 4; round++) {
    std::vector<uint8_t> bytes(600);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    int64_t allocations = 0;
    while (!playsWith(allocations, bytes)) allocations++;
    EXPECT_GT(allocations, 50);
  }
}

}  // namespace
