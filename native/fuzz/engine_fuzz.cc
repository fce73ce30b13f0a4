/** libFuzzer program for the engine: cmake -DMETE_FUZZ=ON -DMETE_SANITIZE=address,undefined, with clang. */
#include <cstddef>
#include <cstdint>

#include "fuzz/play_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mete::BytePlayer(data, size).play();
  return 0;
}
