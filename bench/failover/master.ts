/**
 * A master's core behind its codec, in one process: what comes is bytes, what goes is bytes, the registry is in memory
 * and answers once a turn. Turns are as long as the runner's.
 */
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type { AgentCall, SchedulerCall } from '../../src/protocol/messages.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import { applyToRegistry, emptyRegistry, type RegistrySnapshot } from '../../src/protocol/registry.js';
import { groupEffects } from '../../src/runner/runner.js';
import type { MasterEffect, MasterEvent } from '../../src/master/core/events.js';
import { reduceMaster } from '../../src/master/core/reduce.js';
import { createMaster, type MasterState } from '../../src/master/core/state.js';

const START_MS = 1_700_000_000_000;
const EVENTS_PER_TURN = 512;

export class BenchMaster {
  readonly state: MasterState;
  readonly registry = emptyRegistry();
  /** Bytes sent so far, and writes of the registry. */
  sentBytes = 0;
  writes = 0;
  /** Called with each frame that is sent, if anybody wants to see them. */
  onFrame: ((link: number, frame: Uint8Array) => void) | null = null;
  private effects: MasterEffect[] = [];
  private waiting = 0;

  constructor(engine: EngineFactory, id: string) {
    this.state = createMaster({
      masterInfo: { id, ip: 0x0100007f, port: 5050, hostname: 'master' },
      startMs: START_MS,
      awaitsRegistry: true,
      allocator: { engine, seed: 1 },
    });
  }

  recover(registry: RegistrySnapshot): void {
    this.event({ type: 'RegistryRecovered', at: START_MS, registry });
    this.endTurn();
  }

  open(link: number): void {
    this.event({ type: 'LinkOpened', at: START_MS, link, remote: `10.0.0.1:${link}` });
  }

  receive(link: number, frame: Uint8Array): void {
    for (const message of decodeFrame(frame) as (AgentCall | SchedulerCall)[]) {
      this.event({ type: 'MessageReceived', at: START_MS, link, message });
    }
    if (++this.waiting >= EVENTS_PER_TURN) this.endTurn();
  }

  /** Sends, stores, and takes the answers of the registry, until nothing is left to do. */
  endTurn(): void {
    this.waiting = 0;
    while (this.effects.length > 0) {
      const { sends, rest } = groupEffects<MasterEffect, Parameters<typeof encodeFrame>[0][number]>(this.effects);
      this.effects = [];
      for (const { link, messages } of sends) {
        const frame = encodeFrame(messages);
        this.sentBytes += frame.length;
        this.onFrame?.(link, frame);
      }
      const stores = rest.filter((effect) => effect.type === 'StoreRegistry');
      if (stores.length > 0) this.writes++;
      for (const { store, operations } of stores) {
        const ok = operations.map((one) => applyToRegistry(this.registry, one)).every((outcome) => outcome.ok);
        this.event({ type: 'RegistryStored', at: START_MS, store, ok });
      }
    }
  }

  allocate(): void {
    this.event({ type: 'TimerFired', at: START_MS, timer: 'allocate' });
    this.endTurn();
  }

  private event(event: MasterEvent): void {
    reduceMaster(this.state, event, this.effects);
  }
}
