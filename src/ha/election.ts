/**
 * Who leads: masters stand for election (`Contender`), everybody watches who has won (`Detector`). One master alone is
 * elected by itself; several are elected by ZooKeeper or etcd.
 *
 * A candidacy is certain as long as its entry was confirmed within the session's time-out, by the monotonic clock of
 * this machine, counted from when the confirmed request was sent: until then the servers cannot have let anybody else
 * in. A leader that is not certain must do nothing any more.
 */
import type { LogFields, LogLevel } from '../base/core.js';
import type { EnsembleUrl } from '../base/ensemble-url.js';
import type { MasterInfo } from '../protocol/framework.js';

export type LogFunction = (level: LogLevel, text: string, fields?: LogFields) => void;

export interface Candidacy {
  /** Settles when it is over, whoever ended it: why. */
  readonly lost: Promise<string>;
  /** Whether nobody else can lead yet. */
  isCertain(): boolean;
  /** Ends it at once; the next one leads. */
  withdraw(): Promise<void>;
}

export interface Contender {
  /** Resolves when the master stands for election, however long that takes. Throws MeteError: FORBIDDEN. */
  contend(info: MasterInfo): Promise<Candidacy>;
}

export interface Detector {
  /** Calls with the leader, or null, as soon as that is known, and at every change. Returns what ends that. */
  watch(listener: (leader: MasterInfo | null) => void): () => void;
}

export interface Election extends Contender, Detector {
  /** Ends everything: sessions are closed, so that candidacies end at once. */
  close(): Promise<void>;
}

export interface ElectionOptions {
  readonly url: EnsembleUrl;
  readonly sessionTimeoutMs: number;
  readonly log: LogFunction;
}

/** Tells listeners what they have not been told; keeps the last value for those that come later. */
export class Announcer {
  private readonly listeners = new Set<(leader: MasterInfo | null) => void>();
  private last: { readonly leader: MasterInfo | null; readonly key: string } | null = null;

  tell(leader: MasterInfo | null, key = ''): void {
    if (this.last !== null && this.last.key === key && (this.last.leader === null) === (leader === null)) return;
    this.last = { leader, key };
    for (const listener of [...this.listeners]) listener(leader);
  }

  watch(listener: (leader: MasterInfo | null) => void): () => void {
    this.listeners.add(listener);
    if (this.last !== null) listener(this.last.leader);
    return () => this.listeners.delete(listener);
  }
}
