/**
 * The instruction set of an engine; src/allocator/engine/opcodes.ts says what each operation means and what its
 * operands are. Codes are append-only and identical there.
 */
#pragma once

#include <cstdint>

namespace mete {

struct Op {
  enum Code : int {
    SET_TOTALS = 1,
    SET_UNFAIR_KINDS = 2,
    ADD_NODE = 3,
    REMOVE_NODE = 4,
    SET_NODE_STATE = 5,
    SET_NODE_WEIGHT = 6,
    SET_NODE_LABEL = 7,
    ALLOCATE = 8,
    ADJUST_NODE = 9,
    SET_ROLE = 10,
    REMOVE_ROLE = 11,
    SET_QUOTA = 12,
    CONSUME = 13,
    SET_CLIENT = 14,
    REMOVE_CLIENT = 15,
    SET_AGENT = 16,
    REMOVE_AGENT = 17,
    SET_AVAILABLE = 18,
    ADD_REFUSAL = 19,
    REMOVE_REFUSAL = 20,
    SET_REFUSED = 21,
    SET_MINIMUM = 22,
    SET_EXCLUDED = 23,
    NAME_AGENT = 24,
    HOLD_SHARED = 25,
    COPY_NODE = 26,
    HOLD = 27,
    HOLD_SHARED_NODE = 28,
    DEFINE_VALUE = 29,
    /** One more than the last code. */
    END = 30,
  };
};

/** States of a sorter node. */
struct NodeState {
  enum State : uint8_t { FREE = 0, INTERNAL = 1, ACTIVE = 2, INACTIVE = 3 };
};

/** Flags of a lot. */
struct LotFlag {
  enum Flag : uint8_t { NON_SCALAR = 1, RESERVED = 2, REVOCABLE = 4, SHARED = 8, REFINED = 16, INDIVISIBLE = 32 };
};

/** Lot flags that a client must be able to read, or the lot is stripped from what it is offered. */
inline constexpr int LOT_BARS = LotFlag::REVOCABLE | LotFlag::SHARED | LotFlag::REFINED;

/** Integers per grant: client, agent, shape (`GRANT_WHOLE` or number of lots), offset. */
inline constexpr int GRANT_STRIDE = 4;

/** Shape of a grant that takes everything the agent had left (and the agent has no shared lots). */
inline constexpr int GRANT_WHOLE = -1;

}  // namespace mete
