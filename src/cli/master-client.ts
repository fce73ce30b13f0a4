/** Asks a master over HTTP, for the commands that show what it knows. */
import { MeteError } from '../base/errors.js';

/** The port masters listen on unless told otherwise. */
export const DEFAULT_MASTER = '127.0.0.1:5050';
const TIMEOUT_MS = 10_000;

/** The master to ask: a flag, else METE_MASTER, else one on this machine at the default port. */
export function masterAddress(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const given = flag ?? environment['METE_MASTER'];
  const address = given === undefined || given === '' ? DEFAULT_MASTER : given;
  return address.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}

/** The JSON that the master answers at a path. Throws MeteError UNAVAILABLE if it does not. */
export async function askMaster(address: string, path: string): Promise<unknown> {
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
