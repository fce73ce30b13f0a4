/**
 * The door for links that were opened from outside: who says so in his first frame is asked to prove who he is; all
 * others come in as strangers, and whoever is behind the door says whether he serves those. Nothing else is looked at,
 * so a link that is open costs one comparison a frame.
 */
import type { Subject } from '../authorizer/authorizer.js';
import type { Link, LinkHandlers } from '../base/link.js';
import { MeteError } from '../base/errors.js';
import { decodeFrame, encodeFrame, firstOpcode } from '../protocol/codec.js';
import { type Message, type MessageOf, OPCODES } from '../protocol/messages.js';
import { type Exchanged, isProof, NONCE_BYTES, newNonce, proofOf } from './link-proof.js';

export interface GuardOptions {
  /** Secrets by principal; empty: nobody can prove anything. */
  readonly credentials: ReadonlyMap<string, string>;
  /** Reads tokens: who it is, or a text that says why it is none; absent: tokens are not taken. */
  readonly readToken?: (token: string) => Subject | { readonly fault: string };
  /** How long a proof may take. */
  readonly timeoutMs: number;
  readonly onRefused?: (remote: string, reason: string) => void;
}

export const DEFAULT_PROOF_TIMEOUT_MS = 15_000;

/** Handlers before those of a link; `authenticated` is called before anything that follows reaches them. */
export type Guard = (inner: LinkHandlers, authenticated: (subject: Subject) => void) => LinkHandlers;

export function createGuard(options: GuardOptions): Guard {
  return (inner, authenticated) => new GuardedLink(options, inner, authenticated);
}

/** Stands for the secret of those who have none, so that they are refused no sooner than others. */
const NO_SECRET = '';

class GuardedLink implements LinkHandlers {
  private isOpen = false;
  private pending: { readonly exchanged: Exchanged; readonly timer: NodeJS.Timeout } | null = null;

  constructor(
    private readonly options: GuardOptions,
    private readonly inner: LinkHandlers,
    private readonly authenticated: (subject: Subject) => void,
  ) {}

  frame(link: Link, bytes: Uint8Array): void {
    if (this.isOpen) this.inner.frame(link, bytes);
    else if (this.pending !== null || firstOpcode(bytes) === OPCODES.AUTHENTICATE) this.step(link, bytes);
    else {
      this.isOpen = true;
      this.inner.frame(link, bytes);
    }
  }

  drained(link: Link): void {
    this.inner.drained?.(link);
  }

  closed(link: Link, reason: string): void {
    if (this.pending !== null) clearTimeout(this.pending.timer);
    this.inner.closed(link, reason);
  }

  private step(link: Link, bytes: Uint8Array): void {
    let messages: Message[];
    try {
      messages = decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      return this.refuse(link, error.message);
    }
    const [message] = messages;
    if (messages.length === 1 && message?.type === 'AUTHENTICATE' && this.pending === null) this.begin(link, message);
    else if (messages.length === 1 && message?.type === 'AUTHENTICATION_PROOF') this.finish(link, message.proof);
    else this.refuse(link, 'something else was said before who it is was proved');
  }

  private begin(link: Link, { principal, nonce, token }: MessageOf<'AUTHENTICATE'>): void {
    const { credentials, readToken, timeoutMs } = this.options;
    if (token !== undefined) {
      if (readToken === undefined) return this.refuse(link, 'tokens are not taken here');
      const found = readToken(token);
      if (found !== null && typeof found === 'object' && 'fault' in found) return this.refuse(link, found.fault);
      return this.open(link, found, undefined);
    }
    if (principal === undefined || nonce?.length !== NONCE_BYTES) {
      return this.refuse(link, `a principal and a nonce of ${NONCE_BYTES} bytes, or a token, are needed`);
    }
    if (credentials.size === 0) return this.refuse(link, 'no credentials are known here: --credentials names a file');
    const exchanged = { clientNonce: nonce, serverNonce: newNonce(), principal };
    const timer = setTimeout(() => this.refuse(link, 'the proof took too long'), timeoutMs);
    this.pending = { exchanged, timer };
    link.send(encodeFrame([{ type: 'AUTHENTICATION_CHALLENGE', nonce: exchanged.serverNonce }]));
  }

  private finish(link: Link, proof: Uint8Array): void {
    const { exchanged, timer } = this.pending!;
    clearTimeout(timer);
    const secret = this.options.credentials.get(exchanged.principal);
    const isRight = isProof(proof, proofOf('client', secret ?? NO_SECRET, exchanged));
    if (secret === undefined || !isRight) {
      return this.refuse(link, `wrong principal or secret (${JSON.stringify(exchanged.principal)})`);
    }
    this.open(link, exchanged.principal, proofOf('server', secret, exchanged));
  }

  private open(link: Link, subject: Subject, proof: Uint8Array | undefined): void {
    this.pending = null;
    this.isOpen = true;
    this.authenticated(subject);
    link.send(encodeFrame([{ type: 'AUTHENTICATED', ...(proof === undefined ? {} : { proof }) }]));
  }

  private refuse(link: Link, reason: string): void {
    if (this.pending !== null) clearTimeout(this.pending.timer);
    this.options.onRefused?.(link.remote, reason);
    link.send(encodeFrame([{ type: 'AUTHENTICATION_FAILED', message: reason }]));
    link.close('authentication failed');
  }
}
