/** Tokens of executors: what is signed can be read, whatever else comes is refused, with libprocess' texts. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { Exchange } from '../../src/base/exchange.js';
import { createAccess, REFUSED } from '../../src/http/access.js';
import { readToken, signToken } from '../../src/http/json-web-token.js';

const KEY = Buffer.from('a key of the agent');
const CLAIMS = { fid: 'F', eid: 'E', cid: 'C' };

/** A token with this header and payload, rightly signed. */
function token(header: unknown, payload: unknown, key: Uint8Array = KEY): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };

test('[B89] a token says what was signed, and nothing that was changed', () => {
  const signed = signToken(CLAIMS, KEY);
  assert.equal(signed, token(HS256, CLAIMS));
  assert.deepEqual(readToken(signed, KEY, 0), CLAIMS);
  const [head, body, signature] = signed.split('.') as [string, string, string];
  const other = Buffer.from(JSON.stringify({ ...CLAIMS, cid: 'D' })).toString('base64url');
  const wrong = 'Token signature does not match';
  assert.equal(readToken(`${head}.${other}.${signature}`, KEY, 0), wrong);
  assert.equal(readToken(`${head}.${body}.${signature.slice(1)}`, KEY, 0), wrong);
  assert.equal(readToken(`${head}.${body}.`, KEY, 0), wrong);
  assert.equal(readToken(signed, Buffer.from('another key'), 0), wrong);
});

test('[B89] no other algorithm counts, least of all none', () => {
  const none = JSON.stringify(readToken(token({ alg: 'none' }, CLAIMS), KEY, 0));
  assert.match(none, /Token 'alg' value .+none.+ does not match/);
  assert.match(JSON.stringify(readToken(token({ alg: 'HS512' }, CLAIMS), KEY, 0)), /does not match/);
  assert.equal(readToken(token({ typ: 'JWT' }, CLAIMS), KEY, 0), "Failed to locate 'alg' in token JSON header");
  assert.equal(readToken(token({ ...HS256, crit: [] }, CLAIMS), KEY, 0), "Token 'crit' field is unsupported");
  assert.equal(readToken('a.b', KEY, 0), 'Expected 3 components in token, got 2');
  assert.match(JSON.stringify(readToken('{}.b.c', KEY, 0)), /Failed to decode token header/);
});

test('[B89] a token may end', () => {
  const ending = token(HS256, { ...CLAIMS, exp: 100 });
  assert.deepEqual(readToken(ending, KEY, 100_999), { ...CLAIMS, exp: '100' });
  assert.equal(readToken(ending, KEY, 101_000), 'Token has expired at 100');
});

/** What an exchange with this header is answered; null: it is let in. */
function challenge(authorization: string | undefined, realm: 'executor' | 'readwrite'): string | null {
  let answer: string | null = null;
  const exchange = {
    request: { headers: authorization === undefined ? {} : { authorization } },
    respond: (_status: number, headers: Record<string, string>) => (answer = headers['www-authenticate'] ?? ''),
  } as unknown as Exchange;
  const credentials = new Map([['ops', 'secret']]);
  const access = createAccess({ of: 'agent', tokenKey: KEY, credentials, realms: new Set(['readwrite']) });
  const subject = access.authenticate(exchange, realm);
  assert.equal(subject === REFUSED, answer !== null);
  return answer;
}

test('[C113] executors show tokens, operators names; each realm says what it wants', () => {
  const bearer = 'Bearer realm="mesos-agent-executor"';
  const invalid = (why: string): string => `${bearer}, error="invalid_token", error_description="${why}"`;
  const basic = `Basic ${Buffer.from('ops:secret').toString('base64')}`;
  assert.equal(challenge(undefined, 'executor'), bearer);
  assert.equal(challenge(basic, 'executor'), invalid("Scheme 'Basic' unsupported"));
  assert.equal(challenge('Bearer', 'executor'), invalid("Malformed 'Authorization' header"));
  assert.equal(challenge('Bearer x', 'executor'), invalid('Invalid JWT: Expected 3 components in token, got 1'));
  assert.equal(challenge(`Bearer ${token(HS256, {})}`, 'executor'), invalid('JWT claims missing'));
  const good = `Bearer ${signToken(CLAIMS, KEY)}`;
  assert.equal(challenge(good, 'executor'), null);
  for (const header of [good, basic]) assert.equal(challenge(header, 'readwrite'), null);
  const both = 'Basic realm="mesos-agent-readwrite",Bearer realm="mesos-agent-readwrite"';
  assert.equal(challenge(undefined, 'readwrite'), both);
});
