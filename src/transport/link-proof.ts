/**
 * The arithmetic of proving who one is on a link: what each side computes from the secret, both nonces and the
 * principal. Comparing takes equally long for all values.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const NONCE_BYTES = 32;

export interface Exchanged {
  /** Of the one who opened the link. */
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly principal: string;
}

export function newNonce(): Uint8Array {
  return new Uint8Array(randomBytes(NONCE_BYTES));
}

/** What one side shows the other. */
export function proofOf(side: 'client' | 'server', secret: string, exchanged: Exchanged): Uint8Array {
  const mac = createHmac('sha256', secret).update(`mete ${side}`);
  mac.update(exchanged.clientNonce).update(exchanged.serverNonce).update(exchanged.principal);
  return new Uint8Array(mac.digest());
}

export function isProof(given: Uint8Array, wanted: Uint8Array): boolean {
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
