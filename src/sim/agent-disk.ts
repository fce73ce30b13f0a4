/**
 * The disk of a simulated agent: checkpoints as they are stored in real life, as bytes under their keys. What one turn
 * wants stored is stored whole or not at all; a write that the end of the agent interrupts is one or the other.
 */
import { KEYS } from '../agent/core/checkpoint.js';
import type { Checkpoint } from '../agent/core/events.js';
import { type RecoveredAgent, recoverAgent } from '../agent/core/recovered.js';
import { decodeCheckpoint, encodeCheckpoint } from '../protocol/checkpoint.js';

export class AgentDisk {
  private readonly records = new Map<string, Uint8Array>();
  private underWay: readonly Checkpoint[] | null = null;

  /** A write has begun: it is on disk with `finish`, and perhaps if it is interrupted. */
  begin(checkpoints: readonly Checkpoint[]): void {
    this.underWay = checkpoints;
  }

  finish(): void {
    for (const { key, record } of this.underWay ?? []) {
      if (record !== null) this.records.set(key, encodeCheckpoint(record));
      else if (key.endsWith('/')) this.removeBelow(key);
      else this.records.delete(key);
    }
    this.underWay = null;
  }

  /** The agent has ended in the middle of a write, if there was one. */
  interrupt(isMade: boolean): void {
    if (isMade) this.finish();
    this.underWay = null;
  }

  recover(): RecoveredAgent {
    const keys = [...this.records.keys()].sort();
    return recoverAgent(keys.map((key) => [key, decodeCheckpoint(this.records.get(key)!)] as const));
  }

  /** The machine has started anew: nothing of what ran is there any more. */
  forgetRuns(): void {
    this.removeBelow(KEYS.frameworks);
    this.removeBelow(KEYS.runs);
  }

  wipe(): void {
    this.records.clear();
    this.underWay = null;
  }

  private removeBelow(prefix: string): void {
    for (const key of this.records.keys()) if (key.startsWith(prefix)) this.records.delete(key);
  }
}
