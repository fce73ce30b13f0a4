/**
 * A transport whose links are open only when who opened them has proved who he is, and has seen the other side prove
 * itself. Attempts that fail are answered with pauses that grow, so that a wrong secret does not become a flood.
 * Facts: `authenticate` of Mesos' agent: time-outs and their back-off.
 */
import { MeteError } from '../base/errors.js';
import type { Link, LinkHandlers } from '../base/link.js';
import { decodeFrame, encodeFrame } from '../protocol/codec.js';
import type { AuthenticationMessage, Message } from '../protocol/messages.js';
import type { ConnectOptions, Transport } from './transport.js';
import { isProof, newNonce, proofOf } from './link-proof.js';

/** Who one is: by a secret, or by a token. */
export type Credential = { readonly principal: string; readonly secret: string } | { readonly token: string };

export interface CredentialTimes {
  /** Pauses after failures: random, up to this, and twice as long with each failure. */
  readonly backoffFactorMs: number;
  /** How long an attempt may take: at first, and at most. */
  readonly timeoutMinMs: number;
  readonly timeoutMaxMs: number;
}

/** As Mesos' agents. */
export const DEFAULT_TIMES: CredentialTimes = { backoffFactorMs: 1000, timeoutMinMs: 5000, timeoutMaxMs: 60_000 };

/** What time and chance are. */
export interface Outside {
  /** From 0 to 1. */
  random(): number;
  nowMs(): number;
  pause(ms: number): Promise<void>;
}

const REAL: Outside = {
  random: () => Math.random(),
  nowMs: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
};

/** More failures do not make pauses longer. */
const MOST_DOUBLINGS = 16;

function failed(url: string, reason: string): MeteError {
  const mend = 'see that both sides have the same secret for this principal';
  return new MeteError('NOT_AUTHENTICATED', { field: 'credential', value: url, reason, mend });
}

export function withCredential(
  transport: Transport,
  credential: Credential,
  times?: CredentialTimes,
  outside?: Outside,
): Transport {
  return {
    name: transport.name,
    listen: (options) => transport.listen(options),
    connect: connectWith((options) => transport.connect(options), credential, times, outside),
  };
}

/** The same for one who only opens links. */
export function connectWith(
  connect: Transport['connect'],
  credential: Credential,
  times: CredentialTimes = DEFAULT_TIMES,
  outside: Outside = REAL,
): Transport['connect'] {
  let failures = 0;
  let notBeforeMs = -Infinity;
  const growth = (): number => {
    return Math.min(times.backoffFactorMs * 2 ** Math.min(failures, MOST_DOUBLINGS), times.timeoutMaxMs);
  };
  return async (options) => {
    const pauseMs = notBeforeMs - outside.nowMs();
    if (pauseMs > 0) await outside.pause(pauseMs);
    const bonusMs = failures === 0 ? 0 : growth();
    const timeoutMs = Math.min(times.timeoutMinMs + bonusMs, times.timeoutMaxMs);
    try {
      const link = await open(connect, options, credential, timeoutMs);
      failures = 0;
      notBeforeMs = -Infinity;
      return link;
    } catch (error) {
      if (error instanceof MeteError && error.code === 'NOT_AUTHENTICATED') {
        failures++;
        notBeforeMs = outside.nowMs() + outside.random() * growth();
      }
      throw error;
    }
  };
}

async function open(
  connect: Transport['connect'],
  options: ConnectOptions,
  credential: Credential,
  timeoutMs: number,
): Promise<Link> {
  const attempt = new Attempt(options, credential);
  const link = await connect({ ...options, handlers: attempt });
  const timer = setTimeout(() => attempt.fail('the other side took too long to answer'), timeoutMs);
  attempt.begin(link);
  try {
    await attempt.settled;
    return link;
  } catch (error) {
    link.close('authentication failed');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The handlers of a link: its own until it is open, then those of whoever opened it. */
class Attempt implements LinkHandlers {
  readonly settled: Promise<void>;
  private state: 'proving' | 'open' | 'failed' = 'proving';
  private settle!: { resolve: () => void; reject: (error: MeteError) => void };
  private readonly nonce = newNonce();
  private expected: Uint8Array | null = null;

  constructor(
    private readonly options: ConnectOptions,
    private readonly credential: Credential,
  ) {
    this.settled = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.settled.catch(() => undefined); // whoever awaits it hears of it
  }

  begin(link: Link): void {
    const { credential, nonce } = this;
    const message: AuthenticationMessage =
      'token' in credential
        ? { type: 'AUTHENTICATE', token: credential.token }
        : { type: 'AUTHENTICATE', principal: credential.principal, nonce };
    link.send(encodeFrame([message]));
  }

  frame(link: Link, bytes: Uint8Array): void {
    if (this.state === 'open') return this.options.handlers.frame(link, bytes);
    try {
      for (const message of decodeFrame(bytes)) this.step(link, message);
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      this.fail(error.message);
    }
  }

  drained(link: Link): void {
    if (this.state === 'open') this.options.handlers.drained?.(link);
  }

  closed(link: Link, reason: string): void {
    if (this.state === 'open') this.options.handlers.closed(link, reason);
    else this.fail(`the other side closed the link: ${reason}`);
  }

  fail(reason: string): void {
    if (this.state !== 'proving') return;
    this.state = 'failed';
    this.settle.reject(failed(this.options.url, reason));
  }

  private step(link: Link, message: Message): void {
    if (this.state !== 'proving') return;
    const { credential, nonce: clientNonce } = this;
    if (message.type === 'AUTHENTICATION_CHALLENGE' && !('token' in credential) && this.expected === null) {
      const { principal, secret } = credential;
      const exchanged = { clientNonce, serverNonce: message.nonce, principal };
      this.expected = proofOf('server', secret, exchanged);
      link.send(encodeFrame([{ type: 'AUTHENTICATION_PROOF', proof: proofOf('client', secret, exchanged) }]));
    } else if (message.type === 'AUTHENTICATED') this.succeed(message.proof);
    else if (message.type === 'AUTHENTICATION_FAILED') this.fail(message.message);
    else this.fail(`the other side answered with ${message.type}`);
  }

  /** The other side must know the secret, too; a token says nothing of that. */
  private succeed(proof: Uint8Array | undefined): void {
    const { credential, expected } = this;
    const isProved = expected !== null && proof !== undefined && isProof(proof, expected);
    if (!isProved && !('token' in credential)) return this.fail('the other side does not know the secret');
    this.state = 'open';
    this.settle.resolve();
  }
}
