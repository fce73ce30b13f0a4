/** Trying again what may work the next time: requests to a framework, which may be busy or restart. */
import { ERRORS, MeteError } from '../base/errors.js';

const TRIES = 4;
const FIRST_PAUSE_MS = 100;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function mayRetry(error: unknown): boolean {
  return error instanceof MeteError && ERRORS[error.code].retry;
}

/** Calls until it succeeds, with growing pauses; an error that the same call would meet again is thrown at once. */
export async function retrying<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === TRIES || !mayRetry(error)) throw error;
    }
    await pause(FIRST_PAUSE_MS * 2 ** attempt);
  }
}
