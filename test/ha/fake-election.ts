/** An election whose outcome a test decides. */
import type { Candidacy, Election } from '../../src/ha/election.js';
import type { MasterInfo } from '../../src/protocol/framework.js';
import { ipNumber } from '../../src/protocol/master-znode.js';

export function leaderAt(hostname: string, port: number): MasterInfo {
  const ip = '127.0.0.1';
  return { id: `leader-${port}`, ip: ipNumber(ip), port, hostname, address: { ip, port, hostname } };
}

export class FakeElection implements Election {
  /** Whether the candidate can be sure that nobody else leads. */
  isCertain = true;
  /** Who stands, once somebody does. */
  candidate: MasterInfo | null = null;
  /** How often somebody stood. */
  candidacies = 0;
  private readonly listeners = new Set<(leader: MasterInfo | null) => void>();
  private lose: (why: string) => void = () => undefined;

  contend(info: MasterInfo): Promise<Candidacy> {
    this.candidate = info;
    this.candidacies++;
    const lost = new Promise<string>((resolve) => (this.lose = resolve));
    return Promise.resolve({ lost, isCertain: () => this.isCertain, withdraw: () => Promise.resolve() });
  }

  watch(listener: (leader: MasterInfo | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells all who watch who leads. */
  tell(leader: MasterInfo | null): void {
    for (const listener of [...this.listeners]) listener(leader);
  }

  /** Elects who stands; resolves when it has had the time to hear of it. */
  async elect(): Promise<void> {
    this.tell(this.candidate);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The candidacy ends. */
  async end(why: string): Promise<void> {
    this.lose(why);
    await new Promise((resolve) => setImmediate(resolve));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
