/**
 * Names to integers, once, above the line: resource kinds, lot identities, set items, roles; and Resources to the plain
 * vector and lots that engines understand.
 *
 * Numbers are handed out and never taken back; when too many are unused the allocator renumbers by rebuilding its
 * engine.
 */
import { MeteError } from '../base/errors.js';
import { nameSalt } from '../base/mix32.js';
import type { Limits } from '../resources/limits.js';
import type { Lot } from '../resources/lot.js';
import type { Quantities } from '../resources/quantities.js';
import { Resources } from '../resources/resources.js';
import { LotFlag } from './engine/opcodes.js';
import type { EngineProgram, ProgramLot, Vector } from './program.js';

/** Most kinds of resources (names) in one cluster. */
export const MAX_KINDS = 256;

/** An amount for each kind, being summed up. */
type MutableVector = Float64Array | number[];

/** Numbers given to names in order of first use. */
class Numbering {
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.numbers.size;
  }

  of(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(name, number);
    return number;
  }

  get(name: string): number | undefined {
    return this.numbers.get(name);
  }

  names(): string[] {
    return [...this.numbers.keys()];
  }
}

/**
 * What an agent has to offer, as an engine sees it: plain scalars, and the other lots in their order (see `thingsIn`).
 */
export interface EncodedResources {
  readonly plain: Vector;
  readonly programLots: readonly ProgramLot[];
  /** All scalars but shared ones, and the part of them that quota governs. */
  readonly all: Vector;
  readonly governed: Vector;
  /** The shared lots: what stays available when all is given. */
  readonly sharedPart: Resources;
}

/** Contents of more numbers than this are known by identity, too: looking them through would cost more. */
const LONG = 64;

/** Numbers for the contents of ranges and sets; equal contents get one number. */
class ValueNumbering {
  private readonly byContent = new Map<number, { content: readonly number[]; value: number }[]>();
  private readonly byIdentity = new WeakMap<readonly number[], number>();
  size = 0;

  constructor(private readonly program: EngineProgram) {}

  of(content: readonly number[]): number {
    const isLong = content.length > LONG;
    const known = isLong ? this.byIdentity.get(content) : undefined;
    if (known !== undefined) return known;
    const hash = hashOf(content);
    let bucket = this.byContent.get(hash);
    if (bucket === undefined) this.byContent.set(hash, (bucket = []));
    let entry = bucket.find((candidate) => equalContents(candidate.content, content));
    if (entry === undefined) {
      entry = { content, value: this.size++ };
      bucket.push(entry);
      this.program.defineValue(entry.value, content);
    }
    if (isLong) this.byIdentity.set(content, entry.value);
    return entry.value;
  }
}

function hashOf(content: readonly number[]): number {
  let hash = content.length;
  for (let i = 0; i < content.length; i++) hash = Math.imul(hash ^ content[i]!, 0x01000193);
  return hash;
}

function equalContents(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export class Encoding {
  private readonly kindNumbers = new Numbering();
  private readonly descriptors = new Numbering();
  private readonly items = new Numbering();
  private readonly roles = new Numbering();

  private readonly values: ValueNumbering;
  /** No amount of any kind; its copies have no spare room. */
  private readonly none: number[] = [];

  constructor(private readonly program: EngineProgram) {
    this.values = new ValueNumbering(program);
    for (let k = 0; k < program.engine.kinds; k++) this.none.push(0);
  }

  get kinds(): number {
    return this.program.engine.kinds;
  }

  /** Numbers in use, to judge whether renumbering is worth it. */
  get size(): number {
    return this.descriptors.size + this.items.size + this.roles.size + this.values.size;
  }

  kindNames(): string[] {
    return this.kindNumbers.names();
  }

  /** Whether all these names have numbers or there is room to give them some. */
  hasRoomFor(names: ReadonlySet<string>): boolean {
    let fresh = 0;
    for (const name of names) if (this.kindNumbers.get(name) === undefined) fresh++;
    return this.kindNumbers.size + fresh <= this.kinds;
  }

  kind(name: string): number {
    const kind = this.kindNumbers.of(name);
    if (kind >= this.kinds) {
      throw new MeteError('INTERNAL', {
        field: 'resource kinds',
        value: name,
        reason: `there is no room for it in an engine of ${this.kinds} kinds`,
        mend: 'report this as a defect',
      });
    }
    return kind;
  }

  kindIfKnown(name: string): number | undefined {
    return this.kindNumbers.get(name);
  }

  /** The engine's number of a role; ancestors are numbered before it. */
  role(name: string): number {
    const known = this.roles.get(name);
    if (known !== undefined) return known;
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? -1 : this.role(name.slice(0, slash));
    const role = this.roles.of(name);
    this.program.setRole(role, -1, -1, parent, nameSalt(name));
    return role;
  }

  /** Tells the engine the sorter nodes of a role; -1 where it has none. */
  setRoleNodes(name: string, roleNode: number, frameworkRoot: number): void {
    const role = this.role(name);
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? -1 : this.role(name.slice(0, slash));
    this.program.setRole(role, roleNode, frameworkRoot, parent, nameSalt(name));
  }

  /** Quantities as a vector. */
  vector(quantities: Quantities): Float64Array {
    const vector = new Float64Array(this.kinds);
    for (const [name, amount] of quantities) vector[this.kind(name)] = amount;
    return vector;
  }

  /** Limits as a vector; absent is Infinity. */
  limitVector(limits: Limits): Float64Array {
    const vector = new Float64Array(this.kinds).fill(Infinity);
    for (const [name, amount] of limits) vector[this.kind(name)] = amount;
    return vector;
  }

  encode(resources: Resources): EncodedResources {
    const plain = this.zeros();
    let programLots: ProgramLot[] | null = null;
    let plainOnly = true;
    let anyShared = false;
    for (const lot of resources.lots) {
      if (lot.descriptor.plain) {
        plain[this.kind(lot.descriptor.name)]! += lot.amountMilli;
      } else {
        const encoded = this.encodeLot(lot);
        for (let things = thingsIn(lot); things > 0; things--) {
          if (programLots === null) programLots = [encoded];
          else programLots.push(encoded);
        }
        if (lot.descriptor.type === 'SCALAR') plainOnly = false;
        if (lot.descriptor.shared) anyShared = true;
      }
    }
    const sums = plainOnly ? { all: plain, governed: plain } : this.sums(resources);
    const sharedPart = anyShared ? resources.sharedOnly() : Resources.EMPTY;
    return { plain, programLots: programLots ?? NO_PROGRAM_LOTS, ...sums, sharedPart };
  }

  private zeros(): number[] {
    return this.none.slice();
  }

  encodeLot(lot: Lot): ProgramLot {
    const { descriptor } = lot;
    const role = descriptor.reservedRole === null ? -1 : this.role(descriptor.reservedRole);
    let flags = 0;
    if (role >= 0) flags |= LotFlag.RESERVED;
    if (descriptor.revocable) flags |= LotFlag.REVOCABLE;
    if (descriptor.shared) flags |= LotFlag.SHARED;
    if (descriptor.refined) flags |= LotFlag.REFINED;
    if (!descriptor.divisible) flags |= LotFlag.INDIVISIBLE;
    if (descriptor.type !== 'SCALAR') flags |= LotFlag.NON_SCALAR;
    return {
      descriptor: this.descriptors.of(descriptor.divisible ? descriptor.key : `${descriptor.key}#${lot.amountMilli}`),
      kind: this.kind(descriptor.name),
      flags,
      role,
      amount: amountOf(lot),
      value: descriptor.type === 'SCALAR' ? -1 : this.values.of(contentOf(lot, this.items)),
    };
  }

  /** The scalars of `resources`, and the part of them that quota governs. */
  sums(resources: Resources): { all: number[]; governed: number[] } {
    const sums = { all: this.zeros(), governed: this.zeros() };
    this.sumInto(resources, 1, sums.all, sums.governed);
    return sums;
  }

  /**
   * Adds `sign` times the scalars of `resources` (shared ones left out) to `all`, and those quota governs to
   * `governed`.
   */
  sumInto(resources: Resources, sign: number, all: MutableVector, governed: MutableVector): void {
    for (const lot of resources.lots) {
      const { descriptor } = lot;
      if (descriptor.type !== 'SCALAR' || descriptor.shared) continue;
      const kind = this.kind(descriptor.name);
      const amount = sign * lot.amountMilli * lot.copies;
      all[kind]! += amount;
      if (descriptor.reservedRole === null && !descriptor.revocable) governed[kind]! += amount;
    }
  }
}

/** How many lots an engine sees: equal things may go to several clients; a shared volume is one however often held. */
export function thingsIn(lot: Lot): number {
  return lot.descriptor.shared ? 1 : lot.copies;
}

/** Ranges as they are; a set as ranges of item numbers, so that engines compare sets as they compare ranges. */
function contentOf(lot: Lot, items: Numbering): readonly number[] {
  if (lot.descriptor.type !== 'SET') return lot.ranges;
  const numbers = lot.items.map((item) => items.of(item)).sort((a, b) => a - b);
  const ranges: number[] = [];
  for (const number of numbers) {
    if (ranges.length > 0 && ranges[ranges.length - 1] === number - 1) ranges[ranges.length - 1] = number;
    else ranges.push(number, number);
  }
  return ranges;
}

const NO_PROGRAM_LOTS: readonly ProgramLot[] = [];

/**
 * Thousandths of a scalar, or of one of several equal things; a thousand for each item of ranges and sets, as minimum
 * quantities count them.
 */
function amountOf(lot: Lot): number {
  if (lot.descriptor.type === 'SCALAR') return lot.amountMilli;
  if (lot.descriptor.type === 'SET') return lot.items.length * 1000;
  let count = 0;
  for (let i = 0; i < lot.ranges.length; i += 2) count += lot.ranges[i + 1]! - lot.ranges[i]! + 1;
  return count * 1000;
}
