/**
 * The registrar: keeps a registry in a backend. Operations that arrive while a write is under way wait and go together
 * into the next one; each learns its own outcome, and only after the write that has it is durable. There is one writer:
 * taking over writes the new leader's name, so that the write of a leader before it, who does not know yet, fails.
 *
 * A write that fails or takes too long leaves open what is stored, and a master must not act on what may not be there.
 * So the first failure is the last thing a registrar does: it says so, once, and nothing is answered any more. Whoever
 * owns it ends the process; the next one reads what is stored.
 */
import { MeteError } from '../base/errors.js';
import type { RegistryBackend, RegistryWrite } from '../base/registry-backend.js';
import type { MasterInfo } from '../protocol/framework.js';
import { applyToRegistry, emptyRegistry, type Registry } from '../protocol/registry.js';
import type { RegistryOperation, RegistryOutcome } from '../protocol/registry.js';
import { bad, readRegistry, RegistryForm } from '../protocol/registry-form.js';
import { createDurations, type Durations } from './durations.js';

/** Learns, once, whether all operations applied, and what became of each. */
export type Stored = (ok: boolean, outcomes: readonly RegistryOutcome[]) => void;

export interface Registrar {
  /** As the operations that were taken up have left it: it may be ahead of what is stored by the write under way. */
  readonly registry: Registry;
  /** Stores operations in order. One that does not apply does not keep the others from applying. */
  store(operations: readonly RegistryOperation[], done: Stored): void;
  /** Gauges under the names of Mesos, `registrar/…`. */
  metrics(): Readonly<Record<string, number>>;
  /** Waits for the write under way; what is still queued is not written. */
  close(): Promise<void>;
}

export interface RegistrarOptions {
  readonly backend: RegistryBackend;
  /** The master that takes over. */
  readonly leader: MasterInfo;
  /** Longest time for reading at the start, and for one write. */
  readonly fetchTimeoutMs: number;
  readonly storeTimeoutMs: number;
  /** Called once if a write fails: nothing is answered from then on, and the process must end. */
  readonly onFailure: (error: MeteError) => void;
  /** Milliseconds that only go forward; absent: those of the process. */
  readonly stopwatch?: () => number;
}

/** Operations in one write at most: a write of so many agents is below what distributed backends take at once. */
export const MOST_OPERATIONS = 500;

interface Queued {
  readonly operations: readonly RegistryOperation[];
  readonly done: Stored;
}

/**
 * Reads the registry and takes it over for `leader`. Rejects with MeteError: TIMED_OUT, and what backends reject with.
 */
export async function openRegistrar(options: RegistrarOptions): Promise<Registrar> {
  const { backend, leader, fetchTimeoutMs, storeTimeoutMs, stopwatch = () => performance.now() } = options;
  const started = stopwatch();
  const image = await within(fetchTimeoutMs, 'registry_fetch_timeout', backend.place, backend.load());
  const fetchMs = stopwatch() - started;
  const registry = emptyRegistry();
  const read = image === null ? null : readRegistry(image.entries, backend.place);
  if (read !== null) refuseMissingCapabilities(read.registry, leader, backend.place);
  const form = read?.form ?? new RegistryForm(registry);
  const writes = form.writesOfLeader(leader);
  const commit = backend.commit(image?.version ?? 0, writes);
  const version = await within(storeTimeoutMs, 'registry_store_timeout', backend.place, commit);
  return new StoringRegistrar(options, read?.registry ?? registry, form, { version, fetchMs, stopwatch });
}

function refuseMissingCapabilities({ minimumCapabilities }: Registry, leader: MasterInfo, place: string): void {
  const has = new Set((leader.capabilities ?? []).map(({ type }) => type));
  const missing = [...minimumCapabilities].filter((name) => !has.has(name));
  if (missing.length === 0) return;
  const names = missing.join(', ');
  throw bad('REGISTRY_TOO_NEW', place, names, `master is missing the following minimum capabilities: ${names}`);
}

/** What a promise gives, or TIMED_OUT: what it gives later is of no interest then. */
async function within<T>(limitMs: number, flag: string, place: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate(limitMs, flag, place)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(limitMs: number, flag: string, place: string): MeteError {
  const what = flag === 'registry_fetch_timeout' ? 'reading' : 'writing';
  return new MeteError('TIMED_OUT', {
    field: `registry (${place})`,
    value: `${limitMs}ms`,
    reason: `${what} the registry took longer than this`,
    mend: `see whether its disk or its servers answer, or set a longer --${flag.replaceAll('_', '-')}`,
  });
}

interface Opened {
  readonly version: number;
  readonly fetchMs: number;
  readonly stopwatch: () => number;
}

class StoringRegistrar implements Registrar {
  private readonly queue: Queued[] = [];
  private readonly durations: Durations = createDurations();
  private version: number;
  private underWay: Promise<void> | null = null;
  private queuedOperations = 0;
  private ended = false;
  private hasFailed = false;

  constructor(
    private readonly options: RegistrarOptions,
    readonly registry: Registry,
    private readonly form: RegistryForm,
    private readonly opened: Opened,
  ) {
    this.version = opened.version;
  }

  store(operations: readonly RegistryOperation[], done: Stored): void {
    if (this.ended) return;
    this.queue.push({ operations, done });
    this.queuedOperations += operations.length;
    // What the caller still has to store in this turn goes into the same write.
    this.underWay ??= Promise.resolve().then(() => this.run());
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      'registrar/queued_operations': this.queuedOperations,
      'registrar/registry_size_bytes': this.form.bytes,
      'registrar/state_fetch_ms': this.opened.fetchMs,
      'registrar/log/recovered': 1,
      ...this.durations.metrics('registrar/state_store_ms'),
    };
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.underWay;
    const closed = this.options.backend.close();
    // One that has failed may never be done.
    if (this.hasFailed) closed.catch(() => undefined);
    else await closed;
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0 && !this.ended) {
      const batch = this.nextBatch();
      const outcomes = batch.map(({ operations }) => operations.map((one) => applyToRegistry(this.registry, one)));
      const changed = batch.flatMap(({ operations }, i) =>
        operations.filter((_operation, k) => isChange(outcomes[i]![k]!)),
      );
      const failure = changed.length === 0 ? null : await this.write(this.form.writesOf(changed));
      if (failure !== null) {
        this.ended = true;
        this.hasFailed = true;
        this.options.onFailure(failure);
        return;
      }
      batch.forEach(({ operations, done }, i) => {
        this.queuedOperations -= operations.length;
        done(outcomes[i]!.every(({ ok }) => ok), outcomes[i]!);
      });
    }
    this.underWay = null;
  }

  /** As many from the front of the queue as fit in one write, at least one. */
  private nextBatch(): Queued[] {
    let operations = 0;
    let count = 0;
    while (count < this.queue.length) {
      operations += this.queue[count]!.operations.length;
      if (count > 0 && operations > MOST_OPERATIONS) break;
      count++;
    }
    return this.queue.splice(0, count);
  }

  private async write(writes: readonly RegistryWrite[]): Promise<MeteError | null> {
    const { backend, storeTimeoutMs } = this.options;
    const started = this.opened.stopwatch();
    try {
      const commit = backend.commit(this.version, writes);
      this.version = await within(storeTimeoutMs, 'registry_store_timeout', backend.place, commit);
      this.durations.add(this.opened.stopwatch() - started);
      return null;
    } catch (error) {
      return error instanceof MeteError ? error : unknownFailure(error, backend.place);
    }
  }
}

function isChange(outcome: RegistryOutcome): boolean {
  return outcome.ok && outcome.changed;
}

function unknownFailure(cause: unknown, place: string): MeteError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const mend = 'see whether its disk or its servers answer, and start again';
  return new MeteError('REGISTRY_UNAVAILABLE', { field: 'registry', value: place, reason, mend, cause });
}
