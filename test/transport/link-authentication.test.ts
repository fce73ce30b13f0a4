/** Proving who one is on a link, against a guard over real sockets: right and wrong secrets, tokens, impostors. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Subject } from '../../src/authorizer/authorizer.js';
import type { Link, LinkHandlers } from '../../src/base/link.js';
import { MeteError } from '../../src/base/errors.js';
import { decodeFrame, encodeFrame, firstOpcode } from '../../src/protocol/codec.js';
import { type Message, OPCODES } from '../../src/protocol/messages.js';
import { type CredentialTimes, type Outside, withCredential } from '../../src/transport/credentialed-transport.js';
import { createGuard, type GuardOptions } from '../../src/transport/link-guard.js';
import { linkUrl, type Transport } from '../../src/transport/transport.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

const SECRETS = new Map([
  ['ops', 'a secret'],
  ['dev', 'another: one'],
]);
const FAST: CredentialTimes = { backoffFactorMs: 1, timeoutMinMs: 2000, timeoutMaxMs: 4000 };

/** A server behind a guard: what it learns. */
async function serve(t: TestContext, more: Partial<GuardOptions> = {}) {
  const seen: { subjects: Subject[]; types: string[]; refused: string[]; closed: string[] } = {
    subjects: [],
    types: [],
    refused: [],
    closed: [],
  };
  const guard = createGuard({
    credentials: SECRETS,
    timeoutMs: 5000,
    onRefused: (_remote, reason) => seen.refused.push(reason),
    ...more,
  });
  const listener = await wsTransport.listen({
    host: '127.0.0.1',
    port: 0,
    onLink: () => {
      const inner: LinkHandlers = {
        frame(link, bytes) {
          seen.types.push(...decodeFrame(bytes).map(({ type }) => type));
          link.send(encodeFrame([{ type: 'PONG' }]));
        },
        closed: (_link, reason) => seen.closed.push(reason),
      };
      return guard(inner, (subject) => seen.subjects.push(subject));
    },
  });
  t.after(() => listener.close());
  return { seen, url: linkUrl('127.0.0.1', listener.port) };
}

/** What arrives on a link. */
function inbox(): { handlers: LinkHandlers; readonly next: () => Promise<Message> } {
  const waiting: Message[] = [];
  let wake: () => void = () => undefined;
  return {
    handlers: {
      frame(_link, bytes) {
        waiting.push(...decodeFrame(bytes));
        wake();
      },
      closed: () => undefined,
    },
    async next() {
      while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return waiting.shift()!;
    },
  };
}

async function refusal(transport: Transport, url: string): Promise<string> {
  const error: unknown = await transport.connect({ url, handlers: inbox().handlers }).then(
    () => assert.fail('it was let in'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MeteError);
  assert.equal(error.code, 'NOT_AUTHENTICATED');
  return error.message;
}

test('[B87] who knows the secret is let in by his name, and what he says then arrives', async (t) => {
  const { seen, url } = await serve(t);
  for (const [principal, secret] of SECRETS) {
    const { handlers, next } = inbox();
    const link = await withCredential(wsTransport, { principal, secret }, FAST).connect({ url, handlers });
    link.send(encodeFrame([{ type: 'PING', connected: true }]));
    assert.equal((await next()).type, 'PONG');
    link.close('done');
  }
  assert.deepEqual(seen.subjects, ['ops', 'dev']);
  assert.deepEqual(seen.types, ['PING', 'PING']);
});

test('[B87] who proves nothing comes in as a stranger', async (t) => {
  const { seen, url } = await serve(t);
  const { handlers, next } = inbox();
  const link = await wsTransport.connect({ url, handlers });
  link.send(encodeFrame([{ type: 'PING', connected: true }]));
  assert.equal((await next()).type, 'PONG');
  link.close('done');
  assert.deepEqual(seen.subjects, []);
});

test('[B87] a wrong secret and a stranger are refused alike, and told so', async (t) => {
  const { seen, url } = await serve(t);
  const wrong = await refusal(withCredential(wsTransport, { principal: 'ops', secret: 'no' }, FAST), url);
  const stranger = await refusal(withCredential(wsTransport, { principal: 'eve', secret: 'a secret' }, FAST), url);
  assert.match(wrong, /wrong principal or secret \("ops"\); see that both sides have the same secret/);
  assert.match(stranger, /wrong principal or secret \("eve"\)/);
  assert.ok(!wrong.includes('a secret') && !stranger.includes('a secret'));
  assert.equal(seen.refused.length, 2);
  assert.deepEqual([seen.subjects, seen.types], [[], []]);
});

test('[B87] without credentials on the other side the refusal says what is missing', async (t) => {
  const { url } = await serve(t, { credentials: new Map() });
  const text = await refusal(withCredential(wsTransport, { principal: 'ops', secret: 'a secret' }, FAST), url);
  assert.match(text, /no credentials are known here: --credentials names a file/);
});

/** Opens a link, sends these, and gives what is answered until the link closes. */
async function say(url: string, ...frames: (readonly Message[] | 'wait')[]): Promise<string[]> {
  const types: string[] = [];
  let closed: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (closed = resolve));
  let heard: () => void = () => undefined;
  const handlers: LinkHandlers = {
    frame(_link: Link, bytes) {
      types.push(...decodeFrame(bytes).map((message) => ('message' in message ? `${message.message}` : message.type)));
      heard();
    },
    closed: () => closed(),
  };
  const link = await wsTransport.connect({ url, handlers });
  for (const frame of frames) {
    if (frame !== 'wait') link.send(encodeFrame(frame));
    else while (types.length === 0) await new Promise<void>((resolve) => (heard = resolve));
  }
  await over;
  return [...types, 'closed'];
}

const NONCE = new Uint8Array(32);
const BEGIN: Message = { type: 'AUTHENTICATE', principal: 'ops', nonce: NONCE };
const PROOF: Message = { type: 'AUTHENTICATION_PROOF', proof: NONCE };

test('[B87] whatever is out of turn, or is said before the proof, ends the link', async (t) => {
  const { seen, url } = await serve(t);
  const early = 'something else was said before who it is was proved';
  const lacking = 'a principal and a nonce of 32 bytes, or a token, are needed';
  assert.deepEqual(await say(url, [BEGIN, { type: 'PING', connected: true }]), [early, 'closed']);
  const challenge = 'AUTHENTICATION_CHALLENGE';
  assert.deepEqual(await say(url, [BEGIN], 'wait', [{ type: 'PING', connected: true }]), [challenge, early, 'closed']);
  assert.deepEqual(await say(url, [BEGIN], 'wait', [BEGIN]), [challenge, early, 'closed']);
  const wrong = 'wrong principal or secret ("ops")';
  assert.deepEqual(await say(url, [BEGIN], 'wait', [PROOF]), [challenge, wrong, 'closed']);
  assert.deepEqual(await say(url, [{ type: 'AUTHENTICATE', principal: 'ops' }]), [lacking, 'closed']);
  assert.deepEqual(await say(url, [{ ...BEGIN, nonce: new Uint8Array(8) }]), [lacking, 'closed']);
  assert.deepEqual(await say(url, [{ type: 'AUTHENTICATE', token: 'x' }]), ['tokens are not taken here', 'closed']);
  assert.deepEqual([seen.subjects, seen.types], [[], []]);
});

test('[B87] a proof that does not come in time ends the link', async (t) => {
  const { url } = await serve(t, { timeoutMs: 20 });
  assert.deepEqual(await say(url, [BEGIN]), ['AUTHENTICATION_CHALLENGE', 'the proof took too long', 'closed']);
});

test('a token lets in whom it names, another does not', async (t) => {
  const readToken = (token: string): Subject | { fault: string } =>
    token === 'good' ? { claims: { cid: 'c1' } } : { fault: 'Invalid JWT: x' };
  const { seen, url } = await serve(t, { readToken });
  const { handlers, next } = inbox();
  const link = await withCredential(wsTransport, { token: 'good' }, FAST).connect({ url, handlers });
  link.send(encodeFrame([{ type: 'PING', connected: true }]));
  assert.equal((await next()).type, 'PONG');
  link.close('done');
  assert.deepEqual(seen.subjects, [{ claims: { cid: 'c1' } }]);
  assert.match(await refusal(withCredential(wsTransport, { token: 'bad' }, FAST), url), /Invalid JWT: x/);
});

test('[B87] an impostor that lets everybody in is found out: he does not know the secret', async (t) => {
  const listener = await wsTransport.listen({
    host: '127.0.0.1',
    port: 0,
    onLink: () => ({
      frame(link, bytes) {
        const [message] = decodeFrame(bytes);
        if (message?.type === 'AUTHENTICATE') {
          link.send(encodeFrame([{ type: 'AUTHENTICATION_CHALLENGE', nonce: NONCE }]));
        } else link.send(encodeFrame([{ type: 'AUTHENTICATED', proof: NONCE }]));
      },
      closed: () => undefined,
    }),
  });
  t.after(() => listener.close());
  const transport = withCredential(wsTransport, { principal: 'ops', secret: 'a secret' }, FAST);
  assert.match(await refusal(transport, linkUrl('127.0.0.1', listener.port)), /does not know the secret/);
});

test('[C12] after each failure the next attempt waits longer, up to a bound; a success forgets them', async (t) => {
  const { url } = await serve(t);
  const pauses: number[] = [];
  const outside: Outside = { random: () => 1, nowMs: () => 0, pause: (ms) => Promise.resolve(void pauses.push(ms)) };
  const times: CredentialTimes = { backoffFactorMs: 1000, timeoutMinMs: 5000, timeoutMaxMs: 6000 };
  const credential = { principal: 'ops', secret: 'no' };
  const transport = withCredential(wsTransport, credential, times, outside);
  for (let i = 0; i < 5; i++) await refusal(transport, url);
  assert.deepEqual(pauses, [2000, 4000, 6000, 6000]);
  credential.secret = 'a secret';
  for (let i = 0; i < 2; i++) (await transport.connect({ url, handlers: inbox().handlers })).close('done');
  assert.deepEqual(pauses, [2000, 4000, 6000, 6000, 6000]);
});

test('the opcode of a frame is found without reading it', () => {
  for (const type of ['SUBSCRIBE', 'AUTHENTICATE', 'REGISTER_AGENT', 'EXECUTOR_SUBSCRIBE'] as const) {
    const list = new Array<Message>(type === 'SUBSCRIBE' ? 20 : 1).fill({ type: 'PONG' });
    const bytes = encodeFrame([{ type: 'PONG' }, ...list]);
    assert.equal(firstOpcode(bytes), OPCODES.PONG);
  }
  assert.equal(firstOpcode(encodeFrame([BEGIN])), OPCODES.AUTHENTICATE);
  assert.equal(firstOpcode(encodeFrame([{ type: 'AUTHENTICATED' }])), OPCODES.AUTHENTICATED);
  for (const bytes of [[], [0x90], [0x92, 0xcd], [0x92, 0xcd, 1], [0x81, 1], [0xdc, 0, 2], [0x92, 0xa1, 0x61]]) {
    assert.equal(firstOpcode(new Uint8Array(bytes)), null);
  }
});
