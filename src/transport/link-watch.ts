/**
 * Watches links for silence. One timer sweeps over all links of a listener or of a transport's outbound side, so that
 * a frame costs no look at a clock: time is counted in sweeps. A sweep that comes late counts once, hence a process
 * that was stopped for a while does not throw its peers out on waking up.
 */
import { CLOSE } from './close-reason.js';
import type { LinkEnd } from './link-end.js';
import type { TransportLimits } from './transport.js';

/** Sweeps in the shorter of the two time-outs. */
const SWEEPS = 4;

export class LinkWatch {
  readonly links = new Set<LinkEnd>();
  private timer: NodeJS.Timeout | null = null;
  private readonly sweepMs: number;
  private readonly idleSweeps: number;
  private readonly firstSweeps: number;
  private readonly limits: TransportLimits;

  /** `awaitsFirst`: links have to send something soon after they were opened. */
  constructor(limits: TransportLimits, awaitsFirst: boolean) {
    const { idleTimeoutMs, firstFrameTimeoutMs } = limits;
    this.limits = limits;
    this.sweepMs = Math.max(1, Math.min(idleTimeoutMs, awaitsFirst ? firstFrameTimeoutMs : Infinity) / SWEEPS);
    this.idleSweeps = Math.ceil(idleTimeoutMs / this.sweepMs);
    this.firstSweeps = awaitsFirst ? Math.ceil(firstFrameTimeoutMs / this.sweepMs) : Infinity;
  }

  add(link: LinkEnd): void {
    this.links.add(link);
    this.timer ??= setInterval(() => this.sweep(), this.sweepMs).unref();
  }

  delete(link: LinkEnd): void {
    this.links.delete(link);
    if (this.links.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  /** Ends all links. */
  endAll(reason: string): void {
    for (const link of [...this.links]) link.end(CLOSE.GOING_AWAY, reason);
  }

  private sweep(): void {
    for (const link of this.links) {
      link.quietSweeps++;
      link.sweeps++;
      if (!link.hasSpoken && link.sweeps > this.firstSweeps) {
        link.end(CLOSE.NOT_ALLOWED, `no frame came within ${this.limits.firstFrameTimeoutMs} ms`);
      } else if (link.quietSweeps > this.idleSweeps) {
        link.end(CLOSE.NOT_ALLOWED, `nothing was heard for ${this.limits.idleTimeoutMs} ms`);
      } else if (link.quietSweeps * 2 >= this.idleSweeps) {
        link.ping();
      }
    }
  }
}
