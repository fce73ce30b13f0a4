/** Asks a master over HTTP, for the commands that show what it knows. */
import { MeteError } from '../base/errors.js';
import { MASTERS } from '../config/cluster-kinds.js';
import { findMaster } from '../ha/master-watch.js';

/** The port masters listen on unless told otherwise. */
export const DEFAULT_MASTER = '127.0.0.1:5050';
const TIMEOUT_MS = 10_000;

/** The JSON that the master answers at a path. Throws MeteError UNAVAILABLE if it does not. */
export type AskMaster = (path: string) => Promise<unknown>;

/**
 * Asks a master: that of a flag, else of METE_MASTER, else one on this machine at the default port. The leader of an
 * election is looked up at first, and again when it does not answer any more. Throws MeteError INVALID_ARGUMENT.
 */
export function masterClient(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): AskMaster {
  const given = flag ?? environment['METE_MASTER'];
  const text = given === undefined || given === '' ? DEFAULT_MASTER : given;
  const source = flag === undefined ? 'METE_MASTER' : '--master';
  const place = MASTERS.read(text.replace(/^https?:\/\//, '').replace(/\/+$/, ''), source);
  let found: string | null = null;
  return async (path) => {
    if (found !== null && place.type === 'election') {
      try {
        return await askMaster(found, path);
      } catch {
        // Another may lead by now.
      }
    }
    found = await findMaster(place);
    return askMaster(found, path);
  };
}

async function askMaster(address: string, path: string): Promise<unknown> {
  const unavailable = (reason: string, cause?: unknown): MeteError =>
    new MeteError('UNAVAILABLE', {
      field: '--master',
      value: address,
      reason,
      mend: 'start one (mete up), or name one with --master or METE_MASTER',
      cause,
    });
  let response: Response;
  try {
    response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw unavailable(`no master answers there (${cause instanceof Error ? cause.message : String(cause)})`, error);
  }
  if (response.ok) return response.json();
  throw unavailable(`it answered ${response.status} for ${path}: ${(await response.text()).slice(0, 200)}`);
}
