/**
 * Tokens that a process signs for others to show it again: JSON Web Tokens with HMAC-SHA256 (`HS256`), as Mesos' agents
 * give them to executors. No other algorithm is accepted, least of all `none`. Texts of refusals are libprocess'.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type TokenClaims = Readonly<Record<string, string>>;

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/** Nobody needs longer ones. */
const MOST_CHARACTERS = 16_384;

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** A token that says this, for good. */
export function signToken(claims: TokenClaims, key: Uint8Array): string {
  const text = `${HEADER}.${encode(claims)}`;
  return `${text}.${signatureOf(text, key).toString('base64url')}`;
}

function decode(part: string, what: string): Readonly<Record<string, unknown>> | string {
  if (!/^[\w-]*$/.test(part)) return `Failed to decode token ${what}: Failed to base64url-decode: Invalid character`;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject) return value as Readonly<Record<string, unknown>>;
  } catch {
    // The same is said of it.
  }
  return `Failed to decode token ${what}: Failed to parse into JSON`;
}

function headerFault({ alg, typ, crit }: Readonly<Record<string, unknown>>): string | null {
  if (typ !== undefined && typeof typ !== 'string') return "Token 'typ' is not a string";
  if (alg === undefined) return "Failed to locate 'alg' in token JSON header";
  if (typeof alg !== 'string') return "Token 'alg' field is not a string";
  if (crit !== undefined) return "Token 'crit' field is unsupported";
  return alg === 'HS256' ? null : `Token 'alg' value "${alg.slice(0, 20)}" does not match, expected "HS256"`;
}

function isExpired(exp: unknown, nowMs: number): string | null {
  if (exp === undefined) return null;
  if (typeof exp !== 'number') return "JSON payload 'exp' field is not a number";
  return exp < Math.floor(nowMs / 1000) ? `Token has expired at ${exp}` : null;
}

/** The claims of a token; a text says why it is none. Claims that are no texts come as JSON. */
export function readToken(token: string, key: Uint8Array, nowMs: number): TokenClaims | string {
  const parts = token.length > MOST_CHARACTERS ? [] : token.split('.');
  if (parts.length !== 3) return `Expected 3 components in token, got ${parts.length}`;
  const [head, body, signature] = parts as [string, string, string];
  const header = decode(head, 'header');
  if (typeof header === 'string') return header;
  const fault = headerFault(header);
  if (fault !== null) return fault;
  const payload = decode(body, 'payload');
  if (typeof payload === 'string') return payload;
  const given = Buffer.from(signature, 'base64url');
  const wanted = signatureOf(`${head}.${body}`, key);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'Token signature does not match';
  const expired = isExpired(payload['exp'], nowMs);
  if (expired !== null) return expired;
  const texts = Object.entries(payload).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : JSON.stringify(value)] as const;
  });
  return Object.fromEntries(texts);
}
