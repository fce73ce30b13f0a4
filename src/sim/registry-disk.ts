/**
 * Where the registry of a simulated cluster is kept: a store that all masters reach, which keeps whole versions with a
 * checksum and takes a write only from who has read the version before. A write that its master's end interrupts is
 * lost, has been made all the same, or is torn; a torn one is noticed and the version before it counts.
 */
import { nameSalt } from '../base/mix32.js';
import type { RegistryOperation, RegistryOutcome } from '../protocol/registry.js';
import { applyToRegistry, type Registry, restoreRegistry, snapshotRegistry } from '../protocol/registry.js';
import type { RegistrySnapshot } from '../protocol/registry.js';

interface Version {
  readonly number: number;
  readonly text: string;
  readonly checksum: number;
}

function isWhole({ text, checksum }: Version): boolean {
  return nameSalt(text) === checksum;
}

/** What becomes of a write whose master ends before it is done. */
export type WriteFate = 'lost' | 'made' | 'torn';

export class RegistryDisk {
  /** The last versions, oldest first. */
  private versions: Version[] = [];
  private seen: { readonly number: number; readonly registry: Registry } | null = null;

  /** The last whole version. */
  load(): RegistrySnapshot {
    const whole = this.whole();
    return whole === undefined ? { agents: [] } : (JSON.parse(whole.text) as RegistrySnapshot);
  }

  /** The number of the last whole version. */
  get number(): number {
    return this.whole()?.number ?? 0;
  }

  private whole(): Version | undefined {
    return this.versions.findLast((version) => version.number === this.seen?.number || isWhole(version));
  }

  /** The last whole version as a registry, to look at. */
  get view(): Registry {
    const { number } = this;
    if (this.seen?.number !== number) this.seen = { number, registry: restoreRegistry(this.load()) };
    return this.seen.registry;
  }

  /** Writes the next version if nobody else has meanwhile; gives its number, or null. */
  write(expected: number, registry: Registry, fate: WriteFate = 'made'): number | null {
    if (this.number !== expected || fate === 'lost') return null;
    const text = JSON.stringify(snapshotRegistry(registry));
    const kept = fate === 'torn' ? text.slice(0, text.length >> 1) : text;
    const number = expected + 1;
    const before = this.whole();
    this.versions = [...(before === undefined ? [] : [before]), { number, text: kept, checksum: nameSalt(text) }];
    return number;
  }
}

interface Waiting {
  readonly operations: readonly RegistryOperation[];
  readonly done: (ok: boolean) => void;
}

export interface DiskRegistrarOptions {
  readonly disk: RegistryDisk;
  /** Does something when the turn is over, and when a write has had its time. */
  readonly soon: (callback: () => void) => void;
  readonly later: (callback: () => void) => void;
  /** Another master has written: this one must end. */
  readonly onConflict: () => void;
}

/** What a master writes its registry through: one write at a time, with all that has come up since the one before. */
export class DiskRegistrar {
  readonly snapshot: RegistrySnapshot;
  private readonly options: DiskRegistrarOptions;
  private readonly registry: Registry;
  private version: number;
  private waiting: Waiting[] = [];
  private writing = false;
  private ended = false;

  /** Reads the registry and claims it: nobody who has read it before can write any more. */
  constructor(options: DiskRegistrarOptions) {
    this.options = options;
    const { number } = options.disk;
    this.registry = restoreRegistry(options.disk.load());
    this.snapshot = snapshotRegistry(this.registry);
    this.version = options.disk.write(number, this.registry) ?? number;
  }

  store(operations: readonly RegistryOperation[], done: (ok: boolean) => void): void {
    this.waiting.push({ operations, done });
    if (this.writing || this.waiting.length > 1) return;
    this.options.soon(() => {
      if (!this.ended && !this.writing && this.waiting.length > 0) this.writeAll();
    });
  }

  /** The master is gone. */
  end(fate: WriteFate): void {
    if (this.writing && !this.ended) this.options.disk.write(this.version, this.registry, fate);
    this.ended = true;
  }

  private writeAll(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.writing = true;
    const oks = batch.map(({ operations }) => operations.map((one) => this.apply(one)).every(({ ok }) => ok));
    this.options.later(() => {
      if (this.ended) return;
      const version = this.options.disk.write(this.version, this.registry);
      this.writing = false;
      if (version === null) {
        this.options.onConflict();
        return;
      }
      this.version = version;
      batch.forEach(({ done }, at) => {
        done(oks[at]!);
      });
      if (this.waiting.length > 0) this.writeAll();
    });
  }

  private apply(operation: RegistryOperation): RegistryOutcome {
    return applyToRegistry(this.registry, operation);
  }
}
