/**
 * What bodies that are read into memory may take of it together. Each is bounded by what its reader takes, but
 * thousands at a time could still be more than the machine has. When they are, the largest one is refused, so that
 * whoever sends much without coming to an end does not shut out those who send little.
 */
import { MeteError } from '../base/errors.js';

const MIB = 2 ** 20;

/** What one body has of a budget. */
export interface BodyShare {
  /** What has come of it so far. */
  readonly bytes: number;
  readonly isReleased: boolean;
  /** More of it has come. Some body, perhaps this one, is refused if that is too much. */
  grow(bytes: number): void;
  /** The body is complete, or will not be. */
  release(): void;
}

export class BodyBudget {
  private readonly shares = new Set<BodyShare & { refuse(error: MeteError): void }>();
  /** What all shares have. */
  bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** The share of a new body; `refuse` is called at most once, and has to release it. */
  share(refuse: (error: MeteError) => void): BodyShare {
    const share = {
      bytes: 0,
      isReleased: false,
      refuse,
      grow: (bytes: number): void => {
        share.bytes += bytes;
        this.bytes += bytes;
        while (this.bytes > this.maxBytes) this.refuseLargest();
      },
      release: (): void => {
        if (!this.shares.delete(share)) return;
        share.isReleased = true;
        this.bytes -= share.bytes;
      },
    };
    this.shares.add(share);
    return share;
  }

  private refuseLargest(): void {
    const [first, ...others] = this.shares;
    let largest = first!;
    for (const share of others) if (share.bytes > largest.bytes) largest = share;
    largest.refuse(
      new MeteError('OVERLOADED', {
        field: 'body',
        value: `${largest.bytes} bytes so far`,
        reason: `bodies that are under way take over ${this.maxBytes} bytes together, and this one is the largest`,
        mend: 'send it again later, or less at a time',
      }),
    );
  }
}

/** Memory is the process', so the budget is. */
export const BODIES = new BodyBudget(256 * MIB);
