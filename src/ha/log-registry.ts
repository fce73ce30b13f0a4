/**
 * A registry in a store of small cells that several machines share (ZooKeeper, etcd). In the manner of a replicated log
 * with snapshots:
 *
 *     head                 version, who wrote it, where the snapshot is; every write exchanges it, if it is still the
 *                          one that the writer knows
 *     log-VERSION-PART     what one write changed; comes in the same step as the head that has its version
 *     snap-VERSION-ID-PART everything as it was at VERSION; nothing refers to it until a head does
 *
 * So a write costs what it changes, however large the registry is, and is there as a whole or not at all. When the log
 * has grown as large as the snapshot a new snapshot is written beside it, the head is turned to it, and what nothing
 * refers to any more is removed; a crash leaves the old or the new one, and cells that the next writer removes.
 *
 * If the answer to a write was lost it is sent again: it may succeed once only, since its head may replace the old one
 * once only; a head with this writer's id and the version says that it did.
 */
import { randomUUID } from 'node:crypto';
import { MeteError } from '../base/errors.js';
import type { RegistryBackend, RegistryEntry, RegistryImage, RegistryWrite } from '../base/registry-backend.js';
import { decodeWrites, encodeWrites, joinParts, splitParts } from './registry-cells.js';
import { damaged, lostRace, parseHead, type RegistryHead, REGISTRY_LAYOUT } from './registry-head.js';

/** Cells by name, as a store offers them. Errors are MeteErrors. */
export interface CellStore {
  /** For messages. */
  readonly place: string;
  /** Null: there is none. What is read is as new as anything that anybody was told is written. */
  readHead(): Promise<{ readonly data: Uint8Array; readonly token: number } | null>;
  /**
   * In one step: the head, whose token must be this one (null: there must be none), is replaced, and the cells are
   * made. Gives the new token. Rejects with UNREACHABLE if it may or may not have happened, and with REGISTRY_CONFLICT
   * if the head is another.
   */
  exchange(token: number | null, head: Uint8Array, cells: readonly Cell[]): Promise<number>;
  read(name: string): Promise<Uint8Array | null>;
  /** Makes a cell, or writes it anew. */
  write(name: string, data: Uint8Array): Promise<void>;
  /** Names of all cells but the head. */
  list(): Promise<readonly string[]>;
  remove(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export type Cell = readonly [name: string, data: Uint8Array];

/** What a write goes through; tests end the process here. */
export const LOG_STEPS = [
  'exchanging', 'exchanged', 'snapping', 'snapped-part', 'snapped', 'turned', 'removing', 'removed',
] as const;
export type LogStep = (typeof LOG_STEPS)[number];

export interface LogRegistryOptions {
  readonly reached?: (step: LogStep) => void;
  /** When to write a snapshot: so many bytes and so many writes in the log at least. */
  readonly compactAtBytes?: number;
  readonly compactAtWrites?: number;
}

/** Bytes of one cell at most, and of all cells that one step makes. */
const PART_BYTES = 400 * 1024;
const STEP_BYTES = 800 * 1024;
const COMPACT_AT_BYTES = 4 * 1024 * 1024;
const COMPACT_AT_WRITES = 500;
/** Cells that are read or removed at once. */
const AT_ONCE = 100;
const PAUSE_MS = 50;

interface Known {
  readonly head: RegistryHead;
  readonly token: number;
}

export class LogRegistry implements RegistryBackend {
  readonly place: string;
  private readonly writer = randomUUID();
  private readonly image = new Map<string, Uint8Array>();
  private known: Known | null = null;
  private isLoaded = false;
  private logBytes = 0;
  private snapshotBytes = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private compacting: Promise<void> | null = null;
  private isClosed = false;

  constructor(
    private readonly store: CellStore,
    private readonly options: LogRegistryOptions = {},
  ) {
    this.place = store.place;
  }

  load(): Promise<RegistryImage | null> {
    return this.next(async () => {
      await this.read();
      return this.known === null ? null : { version: this.known.head.version, entries: [...this.image] };
    });
  }

  commit(expectedVersion: number, writes: readonly RegistryWrite[]): Promise<number> {
    return this.next(async () => {
      if (!this.isLoaded) await this.read();
      const version = this.known?.head.version ?? 0;
      if (version !== expectedVersion) throw lostRace(this.place, expectedVersion, version);
      await this.write(version + 1, writes);
      this.compactIfDue();
      return version + 1;
    });
  }

  /** Removes everything, whatever it is: for registries that cannot be read any more. */
  erase(): Promise<void> {
    return this.next(async () => {
      const names = ['head', ...(await this.store.list())];
      for (let at = 0; at < names.length; at += AT_ONCE) await this.store.remove(names.slice(at, at + AT_ONCE));
      this.known = null;
      this.image.clear();
      this.isLoaded = true;
    });
  }

  /** Leaves what is under way to finish; nothing new begins. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.turn;
    await this.compacting;
    await this.store.close();
  }

  /** One after the other. */
  private next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async read(): Promise<void> {
    for (;;) {
      const found = await this.store.readHead();
      this.isLoaded = false;
      this.image.clear();
      if (found === null) {
        const cells = await this.store.list();
        if (cells.length > 0) throw damaged(this.place, 'head', 'it is missing, and there are other cells');
        this.known = null;
        break;
      }
      const head = parseHead(found.data, this.place);
      const fault = await this.readCells(head).catch((error: unknown) => error as Error);
      if (fault !== null) {
        // A writer may have been at work meanwhile, and removed what this head referred to.
        const again = await this.store.readHead();
        if (again !== null && again.token === found.token) throw fault;
        continue;
      }
      this.known = { head, token: found.token };
      break;
    }
    this.isLoaded = true;
  }

  /** Fills the image; null if all was there. */
  private async readCells({ version, snapshot, logFrom }: RegistryHead): Promise<null> {
    const names = snapshot === null ? [] : partNames(`snap-${snapshot.name}`, snapshot.parts);
    const parts = await this.readAll(names);
    this.snapshotBytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (parts.length > 0) this.apply(decodeWrites(joinParts(parts), this.place));
    this.logBytes = 0;
    const firsts: string[] = [];
    for (let at = logFrom; at <= version; at++) firsts.push(logName(at, 0));
    const logs = await this.readAll(firsts);
    for (let i = 0; i < logs.length; i++) {
      const count = logs[i]![0] ?? 0;
      const more = await this.readAll(partNames(logName(logFrom + i, null), count).slice(1));
      const whole = [logs[i]!.subarray(1), ...more];
      this.logBytes += whole.reduce((sum, part) => sum + part.length, 0);
      this.apply(decodeWrites(joinParts(whole), this.place));
    }
    return null;
  }

  private async readAll(names: readonly string[]): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      const found = await Promise.all(some.map((name) => this.store.read(name)));
      found.forEach((data, i) => {
        if (data === null) throw damaged(this.place, some[i]!, 'it is missing');
        parts.push(data);
      });
    }
    return parts;
  }

  private apply(writes: readonly RegistryWrite[]): void {
    for (const [key, value] of writes) {
      if (value === null) this.image.delete(key);
      else this.image.set(key, value);
    }
  }

  private async write(version: number, writes: readonly RegistryWrite[]): Promise<void> {
    const bytes = encodeWrites(writes);
    const { snapshot = null, logFrom = 1 } = this.known?.head ?? {};
    if (bytes.length <= STEP_BYTES) {
      const parts = splitParts(bytes, PART_BYTES);
      const cells = parts.map((part, i): Cell => {
        return [logName(version, i), i === 0 ? Buffer.concat([Uint8Array.of(parts.length), part]) : part];
      });
      await this.exchange({ version, snapshot, logFrom }, cells);
      this.logBytes += bytes.length;
      this.apply(writes);
      return;
    }
    // Too much for one step: everything goes into a new snapshot, and the step is that of the head.
    const after = new Map(this.image);
    for (const [key, value] of writes) {
      if (value === null) after.delete(key);
      else after.set(key, value);
    }
    const taken = await this.snap(version, [...after]);
    await this.exchange({ version, snapshot: taken.snapshot, logFrom: version + 1 }, []);
    this.apply(writes);
    this.logBytes = 0;
    this.snapshotBytes = taken.bytes;
    this.removeLater(version);
  }

  /** Turns the head; resolves when that is certain. */
  private async exchange(change: Omit<RegistryHead, 'layout' | 'writer'>, cells: readonly Cell[]): Promise<void> {
    const head: RegistryHead = { layout: REGISTRY_LAYOUT, writer: this.writer, ...change };
    const data = new TextEncoder().encode(JSON.stringify(head));
    const token = this.known?.token ?? null;
    this.options.reached?.('exchanging');
    for (let isSure = true; ; isSure = false) {
      try {
        this.known = { head, token: await this.store.exchange(token, data, cells) };
        break;
      } catch (error) {
        const code = error instanceof MeteError ? error.code : '';
        if (code === 'UNREACHABLE' && !this.isClosed) {
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        } else if (code === 'REGISTRY_CONFLICT') {
          const found = await this.store.readHead();
          const theirs = found === null ? null : parseHead(found.data, this.place);
          const isOurs = JSON.stringify(theirs) === JSON.stringify(head);
          if (isSure || found === null || !isOurs) throw lostRace(this.place, head.version - 1, theirs?.version ?? 0);
          this.known = { head, token: found.token };
          break;
        } else throw error;
      }
    }
    this.options.reached?.('exchanged');
  }

  /** Writes everything beside what is in use. */
  private async snap(
    version: number,
    entries: readonly RegistryEntry[],
  ): Promise<{ snapshot: NonNullable<RegistryHead['snapshot']>; bytes: number }> {
    this.options.reached?.('snapping');
    const name = `${version}-${this.writer.slice(0, 8)}`;
    const bytes = encodeWrites(entries);
    const parts = splitParts(bytes, PART_BYTES);
    const names = partNames(`snap-${name}`, parts.length);
    for (let i = 0; i < parts.length; i++) {
      await this.writeCell(names[i]!, parts[i]!);
      this.options.reached?.('snapped-part');
    }
    this.options.reached?.('snapped');
    return { snapshot: { name, parts: parts.length }, bytes: bytes.length };
  }

  private async writeCell(name: string, data: Uint8Array): Promise<void> {
    for (;;) {
      try {
        return await this.store.write(name, data);
      } catch (error) {
        if (!(error instanceof MeteError) || error.code !== 'UNREACHABLE' || this.isClosed) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  private compactIfDue(): void {
    const { head } = this.known!;
    const { compactAtBytes = COMPACT_AT_BYTES, compactAtWrites = COMPACT_AT_WRITES } = this.options;
    const writes = head.version - head.logFrom + 1;
    const parts = head.snapshot?.parts ?? 0;
    const isDue =
      this.logBytes >= Math.max(compactAtBytes, this.snapshotBytes) || writes >= Math.max(compactAtWrites, 16 * parts);
    if (!isDue || this.compacting !== null || this.isClosed) return;
    this.compacting = this.compact(head.version, [...this.image])
      // Nothing is lost: the log goes on, and the next write tries again.
      .catch(() => undefined)
      .finally(() => (this.compacting = null));
  }

  private async compact(version: number, entries: readonly RegistryEntry[]): Promise<void> {
    const { snapshot, bytes } = await this.snap(version, entries);
    await this.next(async () => {
      const { head } = this.known!;
      await this.exchange({ version: head.version, snapshot, logFrom: version + 1 }, []);
      this.options.reached?.('turned');
      this.logBytes = 0;
      this.snapshotBytes = bytes;
    });
    await this.remove(version);
  }

  private removeLater(version: number): void {
    this.compacting ??= this.remove(version)
      .catch(() => undefined)
      .finally(() => (this.compacting = null));
  }

  /** Removes what only heads before this version referred to, and what no head ever did. */
  private async remove(version: number): Promise<void> {
    this.options.reached?.('removing');
    const names = await this.store.list();
    const { head } = this.known!;
    const kept = head.snapshot === null ? '' : `snap-${head.snapshot.name}-`;
    const old = names.filter((name) => {
      const [kind, of] = name.split('-');
      if (kind === 'log') return Number(of) <= version;
      return kind === 'snap' && Number(of) <= version && !name.startsWith(kept);
    });
    for (let at = 0; at < old.length; at += AT_ONCE) await this.store.remove(old.slice(at, at + AT_ONCE));
    this.options.reached?.('removed');
  }
}

function logName(version: number, part: number | null): string {
  return part === null ? `log-${version}` : `log-${version}-${part}`;
}

function partNames(start: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${start}-${i}`);
}
