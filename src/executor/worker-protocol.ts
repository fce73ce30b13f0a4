/**
 * What the executor and its worker threads say to each other. A task goes to a worker as a request and comes back as
 * an outcome; while it runs, cancellation and progress are cells of shared memory, so that neither side waits for the
 * other, and bytes of inputs that are not on this machine come through a shared buffer, since `read` does not wait.
 */

/** The task, its data still packed; and where its code lies. */
export interface WorkRequest {
  readonly taskId: string;
  readonly data: Uint8Array;
  readonly codePath: string;
}

/** How a task ended. `stored`: its part was put to the framework, `data` names it. */
export type WorkOutcome =
  | { readonly ok: true; readonly data: Uint8Array }
  | { readonly ok: false; readonly message: string };

/** What every worker is given when it starts. */
export interface WorkerSetup {
  readonly shared: SharedArrayBuffer;
}

/** The shared cells of a worker: a flag for cancellation, the units done. */
export const SHARED_BYTES = 16;

export interface SharedCells {
  readonly cancelled: Int32Array;
  readonly doneUnits: Float64Array;
}

export function cellsOf(shared: SharedArrayBuffer): SharedCells {
  return { cancelled: new Int32Array(shared, 0, 1), doneUnits: new Float64Array(shared, 8, 1) };
}

/** A worker asks for bytes of an input over HTTP, or for no more of them. */
export type WorkerMessage =
  | {
      readonly type: 'read';
      readonly id: number;
      readonly url: string;
      readonly from: number;
      readonly to: number;
      readonly buffer: SharedArrayBuffer;
    }
  /** One half of the buffer is free again. */
  | { readonly type: 'more'; readonly id: number }
  | { readonly type: 'stop'; readonly id: number };

/** The halves of the buffer of a read, and before them their lengths: 0 is free, END and FAILED say what they say. */
export const HALF_BYTES = 256 * 1024;
export const HEAD_BYTES = 16;
export const READ_BYTES = HEAD_BYTES + 2 * HALF_BYTES;
export const END = -1;
export const FAILED = -2;

export function lengthsOf(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, 2);
}

export function halfOf(buffer: SharedArrayBuffer, at: number): Uint8Array {
  return new Uint8Array(buffer, HEAD_BYTES + at * HALF_BYTES, HALF_BYTES);
}
