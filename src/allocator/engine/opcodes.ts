/**
 * The instruction set of an engine. A program is a sequence of doubles: an opcode, then its operands; `K` stands for
 * one vector of `kinds` amounts. Codes are append-only and identical in `native/core/opcodes.h`.
 */
export const Op = {
  /** K: totals of the cluster, against which every share is measured. */
  SET_TOTALS: 1,
  /** K of 0 or 1: kinds that do not count for shares. */
  SET_UNFAIR_KINDS: 2,
  /** node, parent (-1: a root), label, state, weight. */
  ADD_NODE: 3,
  /** node (a leaf or an internal node without children). */
  REMOVE_NODE: 4,
  /** node, state. */
  SET_NODE_STATE: 5,
  /** node, weight > 0. */
  SET_NODE_WEIGHT: 6,
  /** node, label: order among siblings of equal share and grants. Relabelling keeps the order of siblings. */
  SET_NODE_LABEL: 7,
  /** node, grants, K: adds to the node and all its ancestors. */
  ALLOCATE: 8,
  /** node, grants, K: adds to this node alone (structure changes, restoring). */
  ADJUST_NODE: 9,
  /** role, roleNode (-1: none), frameworkRoot (-1: none), parentRole (-1: top level), treeSalt. */
  SET_ROLE: 10,
  /** role. */
  REMOVE_ROLE: 11,
  /** role, K guarantees, K limits (Infinity: no limit). Top-level roles only. */
  SET_QUOTA: 12,
  /** role, K: adds to the quota consumption of the role's top-level ancestor. */
  CONSUME: 13,
  /**
   * client, frameworkNode, role, lacks (bits of AgentBar), can (bits of LotBar), minimum set, constraint (-1: none).
   */
  SET_CLIENT: 14,
  /** client. */
  REMOVE_CLIENT: 15,
  /** agent, ordinal, offerable (0 or 1), bars (bits of AgentBar). */
  SET_AGENT: 16,
  /** agent. */
  REMOVE_AGENT: 17,
  /** agent, K plain amounts, lots, then per lot: descriptor, kind, flags, role (-1), amount, value (-1). */
  SET_AVAILABLE: 18,
  /** refusal, agent, K plain amounts, lots, then per lot: descriptor, amount, value (-1). */
  ADD_REFUSAL: 19,
  /** refusal. */
  REMOVE_REFUSAL: 20,
  /** refusal, client, refused (0 or 1). */
  SET_REFUSED: 21,
  /** minimum set, alternatives, then per alternative: entries, then per entry: kind, amount. */
  SET_MINIMUM: 22,
  /** constraint, agent, excluded (0 or 1). */
  SET_EXCLUDED: 23,
  /** agent: a candidate of the next cycle over named agents. */
  NAME_AGENT: 24,
  /** client, agent, descriptor, kind, amount, copies (may be negative): a shared lot counts once per sorter node. */
  HOLD_SHARED: 25,
  /** from, to: gives `to` the amounts, grants and shared copies of `from`. */
  COPY_NODE: 26,
  /**
   * client, grants, K, K quota-governed: adds to the client's leaf, the role's leaf and their ancestors, and the second
   * vector to the quota consumption.
   */
  HOLD: 27,
  /** node, agent, descriptor, kind, amount, copies: as HOLD_SHARED, for one leaf of a sorter without agents. */
  HOLD_SHARED_NODE: 28,
  /** value, numbers, then begin and end of each range: the content of a lot that is no scalar. Defined once. */
  DEFINE_VALUE: 29,
} as const;

/** States of a sorter node. */
export const NodeState = { FREE: 0, INTERNAL: 1, ACTIVE: 2, INACTIVE: 3 } as const;

/** Flags of a lot. */
export const LotFlag = {
  NON_SCALAR: 1,
  RESERVED: 2,
  REVOCABLE: 4,
  SHARED: 8,
  REFINED: 16,
  INDIVISIBLE: 32,
} as const;

/** Lot flags that a client must be able to read, or the lot is stripped from what it is offered. */
export const LOT_BARS = LotFlag.REVOCABLE | LotFlag.SHARED | LotFlag.REFINED;

/** What an agent demands of a client (`bars`) and a client does not have (`lacks`): any common bit bars the pair. */
export const AgentBar = { GPU: 1, REMOTE_REGION: 2, NOT_MULTI_ROLE: 4, NOT_HIERARCHICAL: 8 } as const;
