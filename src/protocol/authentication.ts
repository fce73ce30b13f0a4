/**
 * How one who opens a link proves who he is, before anything else is said on it: by a secret that both sides know and
 * that does not travel (a nonce from each side, answered with an HMAC; both prove it), or by a token. Does the work of
 * Mesos' CRAM-MD5 messages.
 */
import { bytes, optional, text } from './schema.js';
import { message } from './scheduler.js';

export const AUTHENTICATION_CALLS = {
  AUTHENTICATE: message('AUTHENTICATE', 'Who opened the link proves who he is: principal and nonce, or token.', {
    principal: optional(text('Name.')),
    nonce: optional(bytes('32 random bytes.')),
    token: optional(text('JSON Web Token that the other side has signed.')),
  }),
  AUTHENTICATION_PROOF: message('AUTHENTICATION_PROOF', 'The answer to a challenge.', {
    proof: bytes('HMAC-SHA256, by the secret, of `mete client`, both nonces (his first) and the principal.'),
  }),
} as const;

export const AUTHENTICATION_EVENTS = {
  AUTHENTICATION_CHALLENGE: message('AUTHENTICATION_CHALLENGE', 'What has to be answered with a proof.', {
    nonce: bytes('32 random bytes.'),
  }),
  AUTHENTICATED: message('AUTHENTICATED', 'The proof was right; the link is open.', {
    proof: optional(bytes('As the proof of the other side, of `mete server`; absent after a token.')),
  }),
  AUTHENTICATION_FAILED: message('AUTHENTICATION_FAILED', 'The proof was wrong; the link is closed.', {
    message: text('Why.'),
  }),
} as const;
