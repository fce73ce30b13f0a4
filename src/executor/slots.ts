/** The slots of an executor: which of them is free for a task, when there is a new one, when one is too many. */
import type { HttpClient } from '../http/client.js';
import { createSlot, type Slot } from './slot.js';

/** How long a thread that nobody needs stays. */
const IDLE_MS = 10_000;

export interface Slots {
  readonly count: number;
  /** A free slot with at least so much heap, made if there may be more; null if all that may be are busy. */
  take(heapMb: number, wanted: number): Slot | null;
  /** Starts a slot ahead of its first task, if there is none. */
  warm(heapMb: number): void;
  drop(slot: Slot): void;
  /** Ends one that has been too many for long. To be called now and then. */
  retire(wanted: number): void;
  close(): Promise<void>;
}

/** `onDeath` is called when a slot has died by itself, so that there is room for another. */
export function createSlots(http: HttpClient, onDeath: () => void): Slots {
  let slots: Slot[] = [];
  let neededMs = performance.now();

  const drop = (slot: Slot): void => {
    slots = slots.filter((other) => other !== slot);
  };
  const add = (heapMb: number): Slot => {
    const slot = createSlot(heapMb, http, (dead) => {
      drop(dead);
      onDeath();
    });
    slots.push(slot);
    return slot;
  };
  return {
    drop,
    get count() {
      return slots.length;
    },
    take: (heapMb, wanted) => {
      const free = slots.filter((slot) => !slot.busy && !slot.dead);
      const fitting = free.find((slot) => slot.heapMb >= heapMb);
      if (fitting !== undefined) return fitting;
      if (slots.length >= wanted) {
        const [small] = free;
        if (small === undefined) return null;
        drop(small);
        void small.destroy();
      }
      return add(heapMb);
    },
    warm: (heapMb) => {
      if (slots.length === 0) add(heapMb);
    },
    retire: (wanted) => {
      const free = slots.find((slot) => !slot.busy);
      const nowMs = performance.now();
      if (slots.length <= wanted || free === undefined) neededMs = nowMs;
      if (free === undefined || nowMs - neededMs <= IDLE_MS) return;
      drop(free);
      void free.destroy();
    },
    close: async () => {
      await Promise.all(slots.map((slot) => slot.destroy()));
    },
  };
}
