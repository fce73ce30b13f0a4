/**
 * What a regular expression would cost in RE2: how many instructions compiling it takes, and how long the program is.
 *
 * Mesos bounds the expressions of offer constraints by two figures of RE2 (release 2020-07-06): the memory in which the
 * expression must compile, and the size of the finished program. RE2 compiles to bytes of UTF-8 where re2js compiles to
 * code points, so re2js' own figure is no substitute. Here the program of re2js is rewritten into the byte program RE2
 * would make, and counted as RE2 counts:
 *  - compiling takes one instruction per node of that program, 8 bytes each, after a header of 416 bytes, in two thirds
 *    of the memory given (figures of a 64-bit Linux build);
 *  - the finished program is a list of lists: one starts at the beginning and behind every consuming instruction, its
 *    entries are the instructions reachable by branching alone, and where it runs into another list there is one jump.
 * Compared with RE2 itself on 4,256 generated expressions (a sample is in the tests): the size is equal for 92 of 100,
 * and 5 in all fall on the other side of the default bound. The rest differ where the two parsers simplify differently
 * (RE2 joins `a*a+`, or factors `^a|^b`) or know another version of Unicode.
 */
import type { RE2JS } from 're2js';
import { ByteNodes, Kind } from './offer-constraints-bytes.js';

/** An instruction of re2js' compiled program: `out` and, for a branch, `arg` are indices of instructions. */
interface RuneInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
}

/** A compiled program of re2js, as far as it is needed here. */
interface RuneProgram {
  readonly inst: readonly RuneInstruction[];
  readonly start: number;
}

/** What RE2 would need for an expression. */
export interface RegexCost {
  /** Instructions made while compiling; null if more than the cap given. */
  readonly instructions: number | null;
  /** Size of the finished program (0 if the cap was hit). */
  readonly programSize: number;
}

/** Codes of re2js' instructions. */
const Op = {
  ALT: 1,
  ALT_MATCH: 2,
  CAPTURE: 3,
  EMPTY_WIDTH: 4,
  FAIL: 5,
  MATCH: 6,
  NOP: 7,
  RUNE_FIRST: 8,
  RUNE_LAST: 11,
} as const;
/** `arg` of EMPTY_WIDTH: beginning and end of the text. */
const BEGIN_TEXT = 4;
const END_TEXT = 8;
/** `arg` of a rune instruction: bit that says upper and lower case are the same. */
const FOLD_CASE = 1;
/** How deep in captures RE2 looks for an anchor. */
const ANCHOR_DEPTH = 4;

const HEADER_BYTES = 416;
const INSTRUCTION_BYTES = 8;
/** RE2's own bound on instructions when no memory bound is given. */
const UNBOUNDED_INSTRUCTIONS = 100_000;

/** How many instructions RE2 can make when given `maxMemBytes`; 0 or less means RE2's own bound. */
export function instructionBudget(maxMemBytes: number): number {
  if (maxMemBytes <= 0) return UNBOUNDED_INSTRUCTIONS;
  const forward = Math.floor((maxMemBytes * 2) / 3);
  return Math.max(0, Math.floor((forward - HEADER_BYTES) / INSTRUCTION_BYTES));
}

/**
 * The cost of a compiled expression. Counting ends as soon as more than `cap` instructions are needed, so the work is
 * bounded by `cap` and the length of the expression.
 */
export function regexCost(regex: RE2JS, cap: number): RegexCost {
  const pattern = regex.pattern();
  const { prog: program } = regex.re2() as { readonly prog: RuneProgram };
  const { begin, changes } = stripAnchors(pattern, program);
  const nodes = new ByteNodes(cap);
  const entry = program.inst.map((_, pc) => emit(nodes, program, pc, changes));
  if (nodes.full) return { instructions: null, programSize: 0 };
  nodes.resolve(entry);
  const start = nodes.skipJumps(entry[begin.pc]!);
  let unanchored = start;
  if (!begin.anchored) {
    // RE2 searches: a loop over any byte, left as soon as possible, comes first.
    const loop = nodes.add(Kind.BRANCH, start, 0);
    unanchored = loop;
    const any = nodes.add(Kind.CONSUME, loop, 0);
    if (loop < 0 || any < 0) return { instructions: null, programSize: 0 };
    nodes.setSecond(loop, any);
  }
  return { instructions: nodes.made, programSize: flatSize(nodes, unanchored, start) };
}

/** What becomes of an instruction whose part in the program RE2 changes before compiling. */
type Change = 'jump' | 'gone';

interface Stripped {
  readonly begin: { readonly pc: number; readonly anchored: boolean };
  readonly changes: ReadonlyMap<number, Change>;
}

/**
 * RE2 turns `^` and `$` at the very ends into properties of the program, and takes `^` with the literal text behind it
 * out of the expression altogether (it compares that text itself, then searches for the rest).
 */
function stripAnchors(pattern: string, program: RuneProgram): Stripped {
  const { inst } = program;
  const changes = new Map<number, Change>();
  const incoming = incomingEdges(program);
  stripEnd(program, incoming, changes);
  let pc = program.start;
  for (let depth = 0; depth < ANCHOR_DEPTH; depth++) {
    const at = inst[pc]!;
    if (at.op === Op.EMPTY_WIDTH && at.arg === BEGIN_TEXT) {
      changes.set(pc, 'jump');
      const taken = depth === 0 ? stripPrefix(pattern, program, incoming, pc, changes) : 0;
      return { begin: { pc: program.start, anchored: taken === 0 }, changes };
    }
    if (at.op !== Op.CAPTURE) break;
    pc = at.out;
  }
  return { begin: { pc: program.start, anchored: false }, changes };
}

function stripEnd(program: RuneProgram, incoming: readonly (readonly number[])[], changes: Map<number, Change>): void {
  let pc = program.inst.findIndex((i) => i.op === Op.MATCH);
  for (let depth = 0; depth < ANCHOR_DEPTH && pc >= 0; depth++) {
    const from = incoming[pc]!;
    if (from.length !== 1) return;
    pc = from[0]!;
    const at = program.inst[pc]!;
    if (at.op === Op.EMPTY_WIDTH && at.arg === END_TEXT) {
      changes.set(pc, 'jump');
      return;
    }
    if (at.op !== Op.CAPTURE) return;
  }
}

/** Marks the literals behind `^` as gone; returns how many. Both the text and the program must show a plain literal. */
function stripPrefix(
  pattern: string,
  program: RuneProgram,
  incoming: readonly (readonly number[])[],
  anchor: number,
  changes: Map<number, Change>,
): number {
  let most = literalPrefixLength(pattern);
  let taken = 0;
  let pc = program.inst[anchor]!.out;
  for (; most > 0; most--) {
    const at = program.inst[pc]!;
    if (at.op < Op.RUNE_FIRST || at.runes.length !== 1 || incoming[pc]!.length !== 1) break;
    changes.set(pc, 'gone');
    pc = at.out;
    taken++;
  }
  // What is left of `^` is the empty expression, which only counts where nothing else is left.
  if (taken > 0 && program.inst[pc]!.op !== Op.MATCH) changes.set(anchor, 'gone');
  return taken;
}

/** How many literal code points follow `^` in the text of an expression; a quantified one does not count. */
function literalPrefixLength(pattern: string): number {
  const prefix = /^(?:\(\?[a-z]+\))?\^+((?:[^\\.+*?()|[\]{}^$]|\\[^\p{L}\p{N}])+)([+*?{]?)/u.exec(pattern);
  if (prefix === null) return 0;
  const literals = prefix[1]!.match(/\\?./gsu) ?? [];
  return prefix[2] === '' ? literals.length : literals.length - 1;
}

/** For each instruction, the instructions that lead to it. */
function incomingEdges(program: RuneProgram): number[][] {
  const incoming: number[][] = program.inst.map(() => []);
  program.inst.forEach((i, pc) => {
    if (i.op === Op.MATCH || i.op === Op.FAIL) return;
    incoming[i.out]!.push(pc);
    if (i.op === Op.ALT || i.op === Op.ALT_MATCH) incoming[i.arg]!.push(pc);
  });
  return incoming;
}

/** Adds the nodes of one instruction; returns the entry of what was added. Targets are instruction indices as yet. */
function emit(nodes: ByteNodes, program: RuneProgram, pc: number, changes: ReadonlyMap<number, Change>): number {
  const at = program.inst[pc]!;
  const change = changes.get(pc);
  if (change === 'gone') return nodes.addFree(at.out);
  if (change === 'jump') return nodes.add(Kind.JUMP, at.out, 0);
  if (at.op === Op.ALT || at.op === Op.ALT_MATCH) return nodes.add(Kind.BRANCH, at.out, at.arg);
  if (at.op === Op.NOP) return nodes.add(Kind.JUMP, at.out, 0);
  if (at.op === Op.MATCH || at.op === Op.FAIL) return nodes.add(Kind.END, 0, 0);
  if (at.op >= Op.RUNE_FIRST && at.op <= Op.RUNE_LAST) {
    return nodes.addRunes(at.runes, (at.arg & FOLD_CASE) !== 0, at.out);
  }
  return nodes.add(Kind.CONSUME, at.out, 0); // captures and assertions start a new list too
}

/** The length of the finished program: the sum of the lengths of its lists. */
function flatSize(nodes: ByteNodes, unanchored: number, start: number): number {
  const branchesTo = new Map<number, number[]>();
  const heads = listHeads(nodes, unanchored, start, branchesTo);
  addSharedHeads(nodes, heads, unanchored, start, branchesTo);
  let size = 0;
  for (const head of heads) {
    for (const node of reach(nodes, head, heads)) {
      const inner = (node === head || !heads.has(node)) && nodes.branches(node);
      if (!inner) size++;
    }
  }
  return size;
}

/** The starts of lists: the failure, both beginnings, and what follows a consuming instruction. */
function listHeads(
  nodes: ByteNodes,
  unanchored: number,
  start: number,
  branchesTo: Map<number, number[]>,
): Set<number> {
  const heads = new Set([nodes.failure, unanchored, start]);
  const seen = new Set<number>();
  const stack = [unanchored];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const next of nodes.successors(node)) {
      if (nodes.branches(node)) branchesTo.set(next, [...(branchesTo.get(next) ?? []), node]);
      else heads.add(next);
      stack.push(next);
    }
  }
  return heads;
}

/** A branch target that can also be reached from outside of a list must head a list of its own. */
function addSharedHeads(
  nodes: ByteNodes,
  heads: Set<number>,
  unanchored: number,
  start: number,
  branchesTo: ReadonlyMap<number, readonly number[]>,
): void {
  for (const head of [...heads].sort((a, b) => b - a)) {
    if (head === unanchored || head === start || head === nodes.failure) continue;
    const reached = reach(nodes, head, heads);
    for (const node of reached) {
      if (branchesTo.get(node)?.some((from) => !reached.has(from))) heads.add(node);
    }
  }
}

/** What a list that starts at `head` contains: all that branching alone leads to, up to the heads of other lists. */
function reach(nodes: ByteNodes, head: number, heads: ReadonlySet<number>): Set<number> {
  const reached = new Set<number>();
  const stack = [head];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (reached.has(node)) continue;
    reached.add(node);
    if ((node === head || !heads.has(node)) && nodes.branches(node)) stack.push(...nodes.successors(node));
  }
  return reached;
}
