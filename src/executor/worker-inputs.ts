/**
 * Inputs as a worker reads them: from the file itself if this machine has it with the same size and time of change,
 * else from the framework through the executor (remote-reads.ts). Either way in chunks, never as a whole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { TaskInput } from '../jobs/job-task.js';
import { END, FAILED, halfOf, lengthsOf, READ_BYTES, type WorkerMessage } from './worker-protocol.js';

/** Bytes of a file read at once. */
const CHUNK_BYTES = 256 * 1024;

export interface Inputs {
  readonly read: (index: number, from: number, to: number) => Iterable<Uint8Array>;
  readonly close: () => void;
}

/** The open file of an input, or null if this machine has not the same. */
function openSame(input: TaskInput): number | null {
  let descriptor: number;
  try {
    descriptor = openSync(input.path, 'r');
  } catch {
    return null;
  }
  const stat = fstatSync(descriptor);
  if (stat.isFile() && stat.size === input.bytes && stat.mtimeMs === input.mtimeMs) return descriptor;
  closeSync(descriptor);
  return null;
}

function* readFile(descriptor: number, input: TaskInput, from: number, to: number): Generator<Uint8Array> {
  // No Buffer: the code of a job that has seen two kinds of bytes is optimised twice, and runs more slowly after.
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, to - from));
  for (let at = from; at < to; ) {
    const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    if (count === 0) throw new Error(`${input.path} became shorter while it was read`);
    at += count;
    yield buffer.subarray(0, count);
  }
}

let nextRead = 1;

function* readRemote(
  post: (message: WorkerMessage) => void,
  input: TaskInput,
  from: number,
  to: number,
): Generator<Uint8Array> {
  const id = nextRead++;
  const buffer = new SharedArrayBuffer(READ_BYTES);
  const lengths = lengthsOf(buffer);
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, to - from));
  post({ type: 'read', id, url: input.url, from, to, buffer });
  let left = to - from;
  try {
    for (let half = 0; left > 0; half ^= 1) {
      Atomics.wait(lengths, half, 0);
      const length = Atomics.load(lengths, half);
      if (length === FAILED) {
        const text = Buffer.from(halfOf(buffer, half)).toString('utf8').split('\0')[0];
        throw new Error(`input ${input.path} cannot be read from the framework: ${text}`);
      }
      if (length === END) throw new Error(`input ${input.path} ended ${left} bytes too early`);
      chunk.set(halfOf(buffer, half).subarray(0, length));
      Atomics.store(lengths, half, 0);
      post({ type: 'more', id });
      left -= length;
      yield chunk.subarray(0, length);
    }
  } finally {
    post({ type: 'stop', id });
  }
}

/** The inputs of one task; close them when it is over. */
export function openInputs(inputs: readonly TaskInput[], post: (message: WorkerMessage) => void): Inputs {
  const open = new Map<number, number | null>();
  return {
    read: (index, from, to) => {
      const input = inputs.find((candidate) => candidate.index === index);
      if (input === undefined) throw new Error(`input ${index} is not one of this task`);
      const first = Math.max(0, from);
      const end = Math.min(to, input.bytes);
      if (!(first < end)) return [];
      if (!open.has(index)) open.set(index, openSame(input));
      const descriptor = open.get(index) ?? null;
      return descriptor === null ? readRemote(post, input, first, end) : readFile(descriptor, input, first, end);
    },
    close: () => {
      for (const descriptor of open.values()) if (descriptor !== null) closeSync(descriptor);
      open.clear();
    },
  };
}
