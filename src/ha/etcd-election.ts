/**
 * Election by etcd: each master writes its MasterInfo under a lease below the path of the URL, and who wrote first
 * leads. The lease is the session: it lasts as long as it is kept alive, whole seconds, two or more for most servers.
 *
 * Whoever watches is told of changes by etcd, and also looks at times by itself; if nobody answers for the time of a
 * session, nobody is known to lead.
 */
import type { Etcd3, Lease, Watcher } from 'etcd3';
import type { MasterInfo } from '../protocol/framework.js';
import { MASTER_ENTRY, parseMasterEntry, printMasterEntry } from '../protocol/master-znode.js';
import { Announcer, type Candidacy, type Election, type ElectionOptions } from './election.js';
import { openEtcd } from './etcd-client.js';

const PAUSE_MS = 200;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface EtcdElection extends Election {
  readonly client: Etcd3;
}

export function createEtcdElection(options: ElectionOptions): EtcdElection {
  return new Elections(options);
}

class Elections implements EtcdElection {
  readonly client: Etcd3;
  private readonly announcer = new Announcer();
  private readonly prefix: string;
  private isClosed = false;
  private watcher: Watcher | null = null;
  private ticker: NodeJS.Timeout | undefined;
  private heardMs = performance.now();
  private looks = 0;
  private withdraw: (() => Promise<void>) | null = null;

  constructor(private readonly options: ElectionOptions) {
    this.client = openEtcd(options.url, Math.max(300, options.sessionTimeoutMs / 3));
    this.prefix = `${options.url.path}/${MASTER_ENTRY}`;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.ticker);
    await this.withdraw?.().catch(() => undefined);
    await this.watcher?.cancel().catch(() => undefined);
    this.client.close();
  }

  // ——— Detector ———

  watch(listener: (leader: MasterInfo | null) => void): () => void {
    const unwatch = this.announcer.watch(listener);
    if (this.ticker === undefined) {
      this.ticker = setInterval(() => void this.look(), Math.max(200, this.options.sessionTimeoutMs / 5));
      void this.look();
      void this.listen();
    }
    return unwatch;
  }

  private async listen(): Promise<void> {
    while (!this.isClosed) {
      try {
        const watcher = await this.client.watch().prefix(this.prefix).create();
        watcher.on('data', () => void this.look());
        watcher.on('error', () => undefined);
        this.watcher = watcher;
        if (this.isClosed) await watcher.cancel();
        return;
      } catch {
        await pause(PAUSE_MS);
      }
    }
  }

  private async look(): Promise<void> {
    const mine = ++this.looks;
    try {
      const { kvs } = await this.client.getAll().prefix(this.prefix).sort('Create', 'Ascend').limit(1).exec();
      if (mine !== this.looks || this.isClosed) return;
      this.heardMs = performance.now();
      const first = kvs[0];
      if (first === undefined) return this.announcer.tell(null);
      const name = first.key.toString();
      this.announcer.tell(parseMasterEntry({ name, form: 'json' }, first.value), name);
    } catch (error) {
      const silentMs = performance.now() - this.heardMs;
      if (this.isClosed || mine !== this.looks) return;
      this.options.log('warn', 'cannot see who leads', { error: (error as Error).message });
      if (silentMs >= this.options.sessionTimeoutMs) this.announcer.tell(null);
    }
  }

  // ——— Contender ———

  async contend(info: MasterInfo): Promise<Candidacy> {
    const seconds = Math.max(1, Math.ceil(this.options.sessionTimeoutMs / 1000));
    for (;;) {
      const beganMs = performance.now();
      const lease = this.client.lease(seconds, { autoKeepAlive: false });
      // What is lost is told by the calls that fail.
      lease.on('lost', () => undefined);
      try {
        const id = await lease.grant();
        const key = `${this.prefix}${BigInt(id).toString(16)}`;
        await lease.put(key).value(printMasterEntry(info)).exec();
        this.options.log('info', 'standing for election', { key });
        const candidacy = createCandidacy(this.client, lease, key, beganMs, seconds * 1000);
        this.withdraw = () => candidacy.withdraw();
        return candidacy;
      } catch (error) {
        void lease.revoke().catch(() => undefined);
        if (this.isClosed) throw error;
        this.options.log('warn', 'cannot stand for election', { error: (error as Error).message });
        await pause(PAUSE_MS);
      }
    }
  }
}

function createCandidacy(client: Etcd3, lease: Lease, key: string, beganMs: number, timeoutMs: number): Candidacy {
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
      await lease.keepaliveOnce({ deadline: Date.now() + timeoutMs / 3 });
      if ((await client.get(key)) === null) end(`its key ${key} was removed`);
      confirmedMs = sentMs;
    } catch (error) {
      if (lease.revoked()) end(`its lease has ended: ${(error as Error).message}`);
    }
    if (isOver) return;
    const silentMs = performance.now() - confirmedMs;
    if (silentMs >= timeoutMs) end(`its lease was not confirmed for ${Math.round(silentMs)} ms`);
    else timer = setTimeout(() => void confirm(), timeoutMs / 6);
  };
  void confirm();
  return {
    lost,
    isCertain: () => !isOver && performance.now() - confirmedMs < timeoutMs,
    async withdraw() {
      end('it was withdrawn');
      await lease.revoke();
    },
  };
}
