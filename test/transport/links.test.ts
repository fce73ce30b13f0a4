/** What every driver has to do with links. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import type { SendResult } from '../../src/base/link.js';
import { linkUrl } from '../../src/transport/transport.js';
import { ALL, connected, HOST, listening, REAL, Recorder, turns } from './fixtures.js';

function isError(code: string, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof MeteError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  };
}

for (const transport of ALL) {
  const name = `transport ${transport.name}`;

  test(`${name}: frames of any size arrive whole, in order, both ways, as the receiver's own`, async (t) => {
    const { accepted, url } = await listening(t, transport, { onFrame: (link, bytes) => void link.send(bytes) });
    const { link, recorder } = await connected(transport, url);
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 3, 1_000_000, 0, 20_000];
    const sent = sizes.map((size, i) => Buffer.alloc(size, i + 1));
    for (const frame of sent) assert.notEqual(link.send(frame), 'dropped');
    await recorder.until(({ frames }) => frames.length === sizes.length);
    assert.deepEqual(recorder.frames.map((frame) => frame.length), sizes);
    recorder.frames.forEach((frame, i) => assert.ok(frame.every((byte) => byte === i + 1)));
    const [first, second] = accepted[0]!.frames.filter(({ length }) => length === 0 || length === 1);
    assert.ok(first !== undefined && second !== undefined);
    accepted[0]!.frames[3]!.fill(99);
    assert.ok(accepted[0]!.frames[2]!.every((byte) => byte === 3));
    assert.ok(sent[3]!.every((byte) => byte === 4));
  });

  test(`${name}: a reason given to close arrives once at both ends, after what was sent before`, async (t) => {
    const { accepted, url } = await listening(t, transport);
    const { link, recorder } = await connected(transport, url);
    link.send(Buffer.from('last words'));
    link.close('the work is done');
    link.close('another reason');
    assert.equal(link.send(Buffer.from('too late')), 'dropped');
    assert.equal(link.bufferedBytes, 0);
    assert.deepEqual(recorder.reasons, [], 'handlers are not called inside close');
    assert.equal(await recorder.end(), 'the work is done');
    await turns();
    assert.equal(await accepted[0]!.end(), 'the work is done');
    assert.deepEqual(accepted[0]!.frames.map((frame) => Buffer.from(frame).toString()), ['last words']);
    await turns();
    assert.equal(recorder.reasons.length + accepted[0]!.reasons.length, 2);
  });

  test(`${name}: the accepting side closes with a reason too, cut to 120 bytes at a character`, async (t) => {
    const reason = `${'x'.repeat(119)}äöü`;
    const { accepted, url } = await listening(t, transport, { onFrame: (link) => link.close(reason) });
    const { link, recorder } = await connected(transport, url);
    link.send(Buffer.from('hello'));
    assert.equal(await recorder.end(), 'x'.repeat(119));
    assert.equal(await accepted[0]!.end(), reason);
  });

  test(`${name}: a frame over the limit is not sent, and ends the link with a reason on both sides`, async (t) => {
    const { accepted, url } = await listening(t, transport);
    const { link, recorder } = await connected(transport, url, { limits: { maxFrameBytes: 1000 } });
    assert.notEqual(link.send(Buffer.alloc(1000)), 'dropped');
    assert.equal(link.send(Buffer.alloc(1001)), 'dropped');
    const reason = 'a frame of 1001 bytes is over the limit of 1000 bytes';
    assert.equal(await recorder.end(), reason);
    assert.equal(await accepted[0]!.end(), reason);
    assert.deepEqual(accepted[0]!.frames.map(({ length }) => length), [1000]);
  });

  test(`${name}: a frame over the other side's limit ends the link with a reason on both sides`, async (t) => {
    const { accepted, url } = await listening(t, transport, { limits: { maxFrameBytes: 1000 } });
    const { link, recorder } = await connected(transport, url);
    link.send(Buffer.alloc(1000));
    link.send(Buffer.alloc(1001));
    link.send(Buffer.alloc(10));
    const reason = 'a frame of 1001 bytes came, over the limit of 1000 bytes';
    assert.equal(await recorder.end(), reason);
    assert.equal(await accepted[0]!.end(), reason);
    assert.deepEqual(accepted[0]!.frames.map(({ length }) => length), [1000]);
  });

  test(`${name}: a link that sends no first frame is closed with a reason, one that does is not`, async (t) => {
    const { accepted, url } = await listening(t, transport, { limits: { firstFrameTimeoutMs: 40 } });
    const { recorder } = await connected(transport, url);
    const speaking = await connected(transport, url);
    speaking.link.send(Buffer.from('hello'));
    assert.equal(await recorder.end(), 'no frame came within 40 ms');
    assert.equal(await accepted[0]!.end(), 'no frame came within 40 ms');
    const again = await connected(transport, url);
    await again.recorder.end();
    assert.deepEqual(speaking.recorder.reasons, []);
  });

  test(`${name}: no more links than the limit; a place that is free again is given`, async (t) => {
    const { listener, accepted, url } = await listening(t, transport, { limits: { maxLinks: 2 } });
    const first = await connected(transport, url);
    await connected(transport, url);
    assert.equal(listener.linkCount, 2);
    await assert.rejects(connected(transport, url), isError('UNREACHABLE', /too many links/));
    first.link.close('making room');
    await accepted[0]!.end();
    assert.equal(listener.linkCount, 1);
    await connected(transport, url);
  });

  test(`${name}: handlers that throw end their link with a reason and harm no other`, async (t) => {
    const faults: unknown[] = [];
    const { accepted, url } = await listening(t, transport, {
      onFault: (error) => faults.push(error),
      onFrame: (link, bytes) => {
        if (bytes.length === 1) throw new Error('a bug');
        link.send(bytes);
      },
    });
    const [bad, good] = [await connected(transport, url), await connected(transport, url)];
    bad.link.send(Buffer.alloc(1));
    assert.equal(await bad.recorder.end(), 'internal error');
    assert.equal(await accepted[0]!.end(), 'internal error');
    assert.deepEqual(faults.map(String), ['Error: a bug']);
    good.link.send(Buffer.alloc(2));
    await good.recorder.until(({ frames }) => frames.length === 1);
  });

  test(`${name}: a listener that throws at a new link refuses that link only`, async (t) => {
    let isFirst = true;
    const { url } = await listening(t, transport, {
      onLink: () => {
        const wasFirst = isFirst;
        isFirst = false;
        if (wasFirst) throw new Error('a bug');
        return new Recorder((link, bytes) => void link.send(bytes));
      },
    });
    const bad = await connected(transport, url);
    assert.equal(await bad.recorder.end(), 'internal error');
    const good = await connected(transport, url);
    good.link.send(Buffer.alloc(2));
    await good.recorder.until(({ frames }) => frames.length === 1);
  });

  test(`${name}: closing a listener ends its links with a reason, and frees the port`, async (t) => {
    const { listener, accepted, url } = await listening(t, transport);
    const links = [await connected(transport, url), await connected(transport, url)];
    await listener.close('the master is going down');
    for (const { recorder } of links) assert.equal(await recorder.end(), 'the master is going down');
    for (const recorder of accepted) assert.equal(await recorder.end(), 'the master is going down');
    assert.equal(listener.linkCount, 0);
    await Promise.all([listener.close('twice'), listener.close('thrice')]);
    await assert.rejects(connected(transport, url), isError('UNREACHABLE', /try again$/));
    const second = await transport.listen({ host: HOST, port: listener.port });
    await second.close();
  });

  test(`${name}: an address in use is named, with the mend`, async (t) => {
    const { listener } = await listening(t, transport);
    const text = new RegExp(`"127\\.0\\.0\\.1:${listener.port}": another process listens there; stop it, or choose`);
    await assert.rejects(transport.listen({ host: HOST, port: listener.port }), isError('ADDRESS_IN_USE', text));
  });

  test(`${name}: hosts, ports, limits and URLs that are none are refused`, async () => {
    const wrong = async (options: object, text: RegExp): Promise<void> => {
      const listen = async (): Promise<unknown> => transport.listen({ host: HOST, port: 0, ...options });
      await assert.rejects(listen(), isError('INVALID_ARGUMENT', text));
    };
    await wrong({ port: 65_536 }, /port 65536/);
    await wrong({ port: 1.5 }, /port 1\.5/);
    await wrong({ host: '' }, /host ""/);
    await wrong({ host: '[::1]' }, /without brackets/);
    await wrong({ limits: { maxLinks: 0 } }, /limits\.maxLinks 0/);
    await wrong({ limits: { idleTimeoutMs: Infinity } }, /limits\.idleTimeoutMs/);
    await wrong({ limits: { maxFrameBytes: 100, maxBufferedBytes: 99 } }, /maxBufferedBytes 99/);
    for (const url of ['', 'localhost:5050', 'http://localhost:5050', 'ws://localhost:1/other', 'ws://']) {
      const connect = async (): Promise<unknown> => transport.connect({ url, handlers: new Recorder() });
      await assert.rejects(connect(), isError('INVALID_ARGUMENT', /it is not the URL of a link/), url);
    }
  });
}

for (const transport of REAL) {
  const name = `transport ${transport.name}`;

  test(`${name}: IPv6 hosts`, async (t) => {
    const echo = (): Recorder => new Recorder((link, bytes) => void link.send(bytes));
    const listener = await transport.listen({ host: '::1', port: 0, onLink: echo });
    t.after(() => listener.close());
    const { link, recorder } = await connected(transport, linkUrl('::1', listener.port));
    link.send(Buffer.from('six'));
    await recorder.until(({ frames }) => frames.length === 1);
    const text = new RegExp(`"\\[::1\\]:${listener.port}"`);
    await assert.rejects(transport.listen({ host: '::1', port: listener.port }), isError('ADDRESS_IN_USE', text));
  });

  test(`${name}: an address of another machine is refused with the mend`, async () => {
    const refused = transport.listen({ host: '192.0.2.1', port: 0, onLink: () => new Recorder() });
    await assert.rejects(refused, isError('ADDRESS_UNUSABLE', /choose an address of this machine/));
  });

  test(`${name}: an echo in the same turn, and frames sent from inside a handler`, async (t) => {
    const { url } = await listening(t, transport, {
      onFrame: (link, bytes) => {
        for (let i = 0; i < 3; i++) link.send(bytes);
      },
    });
    const { link, recorder } = await connected(transport, url);
    const results = new Set<SendResult>();
    for (let i = 0; i < 1000; i++) results.add(link.send(Buffer.from([i & 255])));
    assert.deepEqual([...results], ['sent']);
    await recorder.until(({ frames }) => frames.length === 3000);
    recorder.frames.forEach((frame, i) => assert.equal(frame[0], Math.floor(i / 3) & 255));
  });
}
