/**
 * Election by ZooKeeper, with Mesos' znodes: each master has an ephemeral sequential `json.info_NNNNNNNNNN` below the
 * path of the URL with its MasterInfo in it, and the smallest number leads. A session that has ended is followed by
 * another one, under which watching goes on; a candidacy ends with its session.
 *
 * A candidacy is confirmed by transactions that check its znode: these pass through the leader of the ensemble and a
 * quorum, so that a server that is cut off from the others cannot confirm anything.
 */
import type { MeteError } from '../base/errors.js';
import type { MasterInfo } from '../protocol/framework.js';
import {
  leadingEntry,
  MASTER_ENTRY,
  type MasterEntry,
  masterEntryOf,
  parseMasterEntry,
  printMasterEntry,
} from '../protocol/master-znode.js';
import { Announcer, type Candidacy, type Election, type ElectionOptions } from './election.js';
import { openZooKeeper, type ZooKeeperSession } from './zookeeper-session.js';

/** Pause before something that failed is tried again. */
const PAUSE_MS = 200;

export interface ZooKeeperElection extends Election {
  /** The present session; a later one takes its place when it has ended. */
  readonly session: ZooKeeperSession;
}

export function createZooKeeperElection(options: ElectionOptions): ZooKeeperElection {
  return new Elections(options);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

class Elections implements ZooKeeperElection {
  session: ZooKeeperSession;
  private readonly announcer = new Announcer();
  private isClosed = false;
  /** Somebody watches who leads. */
  private isWatching = false;
  private isLooking = false;
  private mustLookAgain = false;

  constructor(private readonly options: ElectionOptions) {
    this.session = this.open();
  }

  private open(): ZooKeeperSession {
    const { url, sessionTimeoutMs, log } = this.options;
    const session = openZooKeeper({ url, timeoutMs: sessionTimeoutMs, log });
    session.onConnection((isConnected) => {
      if (isConnected) this.changed();
    });
    void session.ended.then((error) => this.renew(error));
    return session;
  }

  private async renew(error: MeteError): Promise<void> {
    if (this.isClosed) return;
    this.options.log('warn', 'the session with ZooKeeper has ended', { reason: error.reason });
    // Nobody is known to lead until a new session says so.
    if (this.isWatching) this.announcer.tell(null);
    if (error.code !== 'SESSION_EXPIRED') await pause();
    if (!this.isClosed) this.session = this.open();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.session.close();
  }

  // ——— Detector ———

  watch(listener: (leader: MasterInfo | null) => void): () => void {
    const unwatch = this.announcer.watch(listener);
    if (!this.isWatching) {
      this.isWatching = true;
      this.changed();
    }
    return unwatch;
  }

  /** Something may have changed: looks, once at a time. One function, so that a watch is not set twice. */
  private readonly changed = (): void => {
    if (!this.isWatching || this.isClosed) return;
    this.mustLookAgain = true;
    if (!this.isLooking) void this.look();
  };

  private async look(): Promise<void> {
    this.isLooking = true;
    while (this.mustLookAgain && !this.isClosed) {
      this.mustLookAgain = false;
      const { session } = this;
      try {
        await this.lookOnce(session);
      } catch (error) {
        // A session that has ended is followed by another, whose connection makes us look again.
        if (session !== this.session || (error as MeteError).code === 'SESSION_EXPIRED') continue;
        this.options.log('warn', 'cannot see who leads', { error: (error as Error).message });
        await pause();
        this.mustLookAgain = true;
      }
    }
    this.isLooking = false;
  }

  private async lookOnce(session: ZooKeeperSession): Promise<void> {
    const { path } = this.options.url;
    const names = await session.children(path, this.changed);
    if (names === null) {
      this.announcer.tell(null);
      // If it has come meanwhile, the next look sees it.
      if ((await session.exists(path, this.changed)) !== null) this.mustLookAgain = true;
      return;
    }
    const entry = leadingEntry(names);
    if (entry === null) return this.announcer.tell(null);
    const found = await session.read(`${path}/${entry.name}`);
    // It is gone already: its going has been told, or will be.
    if (found !== null) this.found(entry, found.data);
    else this.mustLookAgain = true;
  }

  private found(entry: MasterEntry, data: Uint8Array): void {
    try {
      this.announcer.tell(parseMasterEntry(entry, data), entry.name);
    } catch (error) {
      this.options.log('error', 'the leader is not known', { error: (error as Error).message });
      this.announcer.tell(null);
    }
  }

  // ——— Contender ———

  async contend(info: MasterInfo): Promise<Candidacy> {
    for (;;) {
      const { session } = this;
      const beganMs = performance.now();
      try {
        const znode = await this.stand(session, info);
        this.options.log('info', 'standing for election', { znode });
        return createCandidacy(session, znode, beganMs);
      } catch (error) {
        if (this.isClosed || (error as MeteError).code === 'FORBIDDEN') throw error;
        if ((error as MeteError).code !== 'SESSION_EXPIRED') {
          this.options.log('warn', 'cannot stand for election', { error: (error as Error).message });
        }
        await pause();
      }
    }
  }

  /** The path of our znode. */
  private async stand(session: ZooKeeperSession, info: MasterInfo): Promise<string> {
    const { path } = this.options.url;
    await session.ensurePath(path);
    // One that was made when an answer was lost is ours too.
    const made = await ownZnode(session, path);
    if (made !== null) return made;
    const data = Buffer.from(printMasterEntry(info));
    return session.create(`${path}/${MASTER_ENTRY}`, data, { ephemeral: true, sequential: true });
  }
}

async function ownZnode(session: ZooKeeperSession, path: string): Promise<string | null> {
  for (const name of (await session.children(path)) ?? []) {
    if (masterEntryOf(name) === null) continue;
    const stat = await session.exists(`${path}/${name}`);
    if (stat?.owner?.equals(session.id!) === true) return `${path}/${name}`;
  }
  return null;
}

/** `beganMs` is before the znode was made. */
function createCandidacy(session: ZooKeeperSession, znode: string, beganMs: number): Candidacy {
  let confirmedMs = beganMs;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let settle!: (why: string) => void;
  const lost = new Promise<string>((resolve) => (settle = resolve));
  const end = (why: string): void => {
    isOver = true;
    clearTimeout(timer);
    settle(why);
  };
  const confirm = async (): Promise<void> => {
    const sentMs = performance.now();
    try {
      await session.transact([{ type: 'check', path: znode, version: -1 }]);
      // A request that waited for a connection was sent later than asked for; counting from when it was asked is safe.
      confirmedMs = sentMs;
    } catch (error) {
      const { code, message } = error as MeteError;
      if (code === 'NOT_FOUND') end(`its znode ${znode} was removed`);
      else if (code !== 'UNREACHABLE') end(message);
    }
    if (!isOver) timer = setTimeout(() => void confirm(), session.timeoutMs / 5);
  };
  const watch = (): void => {
    if (isOver) return;
    session.exists(znode, watch).then(
      (stat) => stat === null && end(`its znode ${znode} was removed`),
      (error: Error) => end(error.message),
    );
  };
  void session.ended.then((error) => end(error.message));
  watch();
  void confirm();
  return {
    lost,
    isCertain: () => !isOver && performance.now() - confirmedMs < session.timeoutMs,
    async withdraw() {
      end('it was withdrawn');
      await session.remove(znode, -1);
    },
  };
}
