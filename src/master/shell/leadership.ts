/**
 * A master's way through its elections: it stands first and then looks who leads; once elected it reads the registry
 * and serves; while another leads it redirects there, and stands again when its candidacy has ended. A master that has
 * been elected and is it no more, or cannot be sure of it, ends: it must not act on what it knows. So whatever it does
 * asks `mayAct` before.
 */
import type { Candidacy, Election } from '../../ha/election.js';
import type { MasterInfo } from '../../protocol/framework.js';
import type { LogFunction } from './drive-master.js';
import type { Standing } from './standing.js';

export interface LeadershipOptions {
  readonly election: Election;
  readonly masterInfo: MasterInfo;
  readonly log: LogFunction;
  /** It leads: reads the registry; resolves when that has been handed to the core. */
  readonly takeOver: () => Promise<void>;
  /** Whether the core has taken up the registry. */
  readonly isRecovered: () => boolean;
  /** It must end, at once: nothing may be sent any more. */
  readonly leave: (reason: string) => void;
}

export interface Leadership {
  /** Stands for election. Resolves when this master leads and has taken over, however long that takes. */
  begin(): Promise<void>;
  standing(): Standing;
  /** False: nothing may be done, and the master is being ended if it has led. */
  mayAct(): boolean;
  /** Whether this master has been elected. */
  readonly isElected: boolean;
  /** Ends the candidacy and the session. */
  close(): Promise<void>;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  return new ElectedLeadership(options);
}

class ElectedLeadership implements Leadership {
  isElected = false;
  private leader: MasterInfo | null = null;
  private candidacy: Candidacy | null = null;
  private isOver = false;
  private tookOver!: () => void;
  private failed!: (error: unknown) => void;

  constructor(private readonly options: LeadershipOptions) {}

  begin(): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.tookOver = resolve;
      this.failed = reject;
    });
    void this.contend();
    this.options.election.watch((leader) => this.detected(leader));
    return done;
  }

  standing(): Standing {
    const { leader } = this;
    if (this.isElected) {
      if (!this.mayAct()) return { type: 'leaderless' };
      return { type: this.options.isRecovered() ? 'leading' : 'recovering' };
    }
    if (leader === null || leader.id === this.options.masterInfo.id) return { type: 'leaderless' };
    const hostname = leader.hostname ?? leader.address?.ip ?? '';
    return { type: 'following', leader: { hostname, port: leader.port } };
  }

  mayAct(): boolean {
    if (this.isOver) return false;
    if (!this.isElected || this.candidacy?.isCertain() === true) return true;
    this.depose('nothing was heard from the servers of the election for as long as a session lasts');
    return false;
  }

  async close(): Promise<void> {
    this.isOver = true;
    await this.options.election.close();
  }

  /** Stands, and stands again when another leads and the candidacy has ended. */
  private async contend(): Promise<void> {
    const { election, masterInfo, log } = this.options;
    while (!this.isOver) {
      try {
        this.candidacy = await election.contend(masterInfo);
      } catch (error) {
        if (!this.isOver) this.end(`Failed to contend: ${(error as Error).message}`, error);
        return;
      }
      this.lookAtLeader();
      const why = await this.candidacy.lost;
      this.candidacy = null;
      if (this.isElected) return this.depose(why);
      if (!this.isOver) log('warn', 'the candidacy has ended; standing again', { reason: why });
    }
  }

  private detected(leader: MasterInfo | null): void {
    if (this.isOver) return;
    const { masterInfo, log } = this.options;
    this.leader = leader;
    const isMe = leader?.id === masterInfo.id;
    if (leader === null) log('info', 'no master leads');
    else if (isMe) log('info', 'elected as the leading master');
    else log('info', 'another master leads', { id: leader.id, address: leader.pid });
    if (this.isElected && !isMe) this.depose(leader === null ? 'nobody leads' : `${leader.pid ?? leader.id} leads`);
    else this.lookAtLeader();
  }

  /** Elected, if the candidacy is known to us by now and is the leading one. */
  private lookAtLeader(): void {
    if (this.isElected || this.isOver || this.candidacy === null) return;
    if (this.leader?.id !== this.options.masterInfo.id || !this.candidacy.isCertain()) return;
    this.isElected = true;
    this.options.takeOver().then(this.tookOver, (error: Error) => this.end(`Recovery failed: ${error.message}`, error));
  }

  private depose(why: string): void {
    this.end(`Lost leadership: ${why}`, null);
  }

  private end(reason: string, error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    if (error !== null) this.failed(error);
    this.options.leave(reason);
  }
}
