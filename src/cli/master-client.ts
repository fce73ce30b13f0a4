/** Asks a master over HTTP, for the commands that show what it knows. */
import { MeteError } from '../base/errors.js';
import { MASTERS } from '../config/cluster-kinds.js';
import type { PrincipalSecret } from '../config/credentials.js';
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
  credential: PrincipalSecret | null = null,
): AskMaster {
  const given = flag ?? environment['METE_MASTER'];
  const text = given === undefined || given === '' ? DEFAULT_MASTER : given;
  const source = flag === undefined ? 'METE_MASTER' : '--master';
  const place = MASTERS.read(text.replace(/^https?:\/\//, '').replace(/\/+$/, ''), source);
  let found: string | null = null;
  return async (path) => {
    if (found !== null && place.type === 'election') {
      try {
        return await askMaster(found, path, credential);
      } catch {
        // Another may lead by now.
      }
    }
    found = await findMaster(place);
    return askMaster(found, path, credential);
  };
}

function basicOf({ principal, secret }: PrincipalSecret): string {
  return `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}`;
}

function refused(address: string, path: string, status: number, credential: PrincipalSecret | null): MeteError {
  const who = credential === null ? 'nobody in particular' : JSON.stringify(credential.principal);
  const isUnknown = status === 401;
  return new MeteError(isUnknown ? 'NOT_AUTHENTICATED' : 'FORBIDDEN', {
    field: '--principal',
    value: credential?.principal,
    reason: isUnknown
      ? `the master at ${address} wants to know who asks, or does not believe it`
      : `the master at ${address} does not let ${who} read ${path}`,
    mend: 'give --principal NAME and --secret-file FILE (METE_PRINCIPAL, METE_SECRET_FILE), or --credential FILE',
  });
}

async function askMaster(address: string, path: string, credential: PrincipalSecret | null): Promise<unknown> {
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
    const headers = credential === null ? {} : { authorization: basicOf(credential) };
    response = await fetch(`http://${address}${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw unavailable(`no master answers there (${cause instanceof Error ? cause.message : String(cause)})`, error);
  }
  if (response.ok) return response.json();
  if (response.status === 401 || response.status === 403) throw refused(address, path, response.status, credential);
  throw unavailable(`it answered ${response.status} for ${path}: ${(await response.text()).slice(0, 200)}`);
}
