/** A simulated election: the first of those who stand leads until it withdraws or its session ends. */

export interface Candidate {
  readonly address: string;
  /** It leads from now on. */
  elected(): void;
}

export class Election {
  private standing: Candidate[] = [];
  private current: Candidate | null = null;

  /** `changed` learns of every change of the leader. */
  constructor(private readonly changed: (leader: Candidate | null) => void) {}

  get leader(): Candidate | null {
    return this.current;
  }

  contend(candidate: Candidate): void {
    this.standing.push(candidate);
    this.elect();
  }

  /** The candidate has ended, or its session has. */
  withdraw(candidate: Candidate): void {
    this.standing = this.standing.filter((other) => other !== candidate);
    if (this.current !== candidate) return;
    this.current = null;
    if (this.standing.length === 0) this.changed(null);
    this.elect();
  }

  private elect(): void {
    const first = this.standing[0];
    if (this.current !== null || first === undefined) return;
    this.current = first;
    this.changed(first);
    first.elected();
  }
}
