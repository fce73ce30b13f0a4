/** Requests that are no HTTP, or hardly: refused or closed, and whoever comes next is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dice, eachOf, openDoors, outcomeOf } from './doors.js';

const JSON_LINE = 'Content-Type: application/json';

/** Whole requests to a path; what must come of them, where that is not just any refusal. */
function requests(path: string): Readonly<Record<string, string>> {
  const head = (...lines: string[]): string => [`POST ${path} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n');
  const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: y`);
  return {
    'two lengths that differ': `${head(JSON_LINE, 'Content-Length: 2', 'Content-Length: 3')}{}x`,
    'a negative length': head(JSON_LINE, 'Content-Length: -1'),
    'a length that is no number': head(JSON_LINE, 'Content-Length: 0x10'),
    'a length beyond all numbers': head(JSON_LINE, `Content-Length: ${'9'.repeat(30)}`),
    'length and chunks': `${head(JSON_LINE, 'Content-Length: 2', 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`,
    'chunks without a length': `${head(JSON_LINE, 'Transfer-Encoding: chunked')}\r\n{}\r\n`,
    'a chunk of a negative length': `${head(JSON_LINE, 'Transfer-Encoding: chunked')}-2\r\n{}\r\n`,
    'a chunk longer than it says': `${head(JSON_LINE, 'Transfer-Encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`,
    'a chunk of 2^64 bytes': `${head(JSON_LINE, 'Transfer-Encoding: chunked')}ffffffffffffffff0\r\n{}`,
    'an encoding that nobody knows': `${head(JSON_LINE, 'Transfer-Encoding: gzip, chunked, x')}2\r\n{}\r\n0\r\n\r\n`,
    'a huge header': head(JSON_LINE, `X: ${'y'.repeat(100_000)}`),
    'a great many headers': head(JSON_LINE, ...many),
    'a header without a colon': head(JSON_LINE, 'nonsense'),
    'a header with a blank before its colon': head(JSON_LINE, 'Content-Length : 2'),
    'a header with a zero byte': head(JSON_LINE, 'X: \0'),
    'a header that is folded': head(JSON_LINE, 'X: a', ' b'),
    'a target of a hundred kilobytes': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'a method that is none': `\x01\x02 ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'a version that is none': `GET ${path} HTTP/7.7\r\nHost: x\r\n\r\n`,
    'no version': `GET ${path}\r\n\r\n`,
    'a percent sign of nothing': 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
    'a way up': 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
    'a link that is none': `GET /link HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    'TLS': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    'RecordIO': '2\n{}2\n{}',
  };
}

test('requests', async (suite) => {
  const { doors, assertServing } = await openDoors(suite);
  await suite.test('requests that are hardly HTTP', async () => {
    for (const { name, port, path } of doors) {
      await eachOf(Object.entries(requests(path)), async ([what, text]) => {
        const bytes = Buffer.from(`${text}${what === 'TLS' || what === 'RecordIO' ? '\r\n\r\n' : ''}`, 'latin1');
        const { status } = await outcomeOf(port, bytes);
        const isRefused = status === 'closed' || (typeof status === 'number' && status >= 400 && status < 500);
        assert.ok(isRefused, `${name}, ${what}: ${status}`);
      });
    }
    await assertServing();
  });

  await suite.test('a good request with garbage behind it is answered, or refused with it', async () => {
    const roll = dice(suite);
    for (const { name, port } of doors) {
      await eachOf(Array.from({ length: 25 }), async () => {
        const garbage = Buffer.from(Array.from({ length: 1 + roll(300) }, () => roll(256)));
        const good = 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n';
        const { status } = await outcomeOf(port, Buffer.concat([Buffer.from(good), garbage, Buffer.from('\r\n\r\n')]));
        assert.ok([200, 400, 'closed'].includes(status), `${name}: ${status}`);
      });
    }
    await assertServing();
  });

  await suite.test('headers that contradict each other', async () => {
    for (const { name, port, path, calls } of doors) {
      const { body } = calls[0]!;
      const ask = async (...lines: string[]): Promise<number | string> => {
        const head = [`POST ${path} HTTP/1.1`, 'Host: x', ...lines, `Content-Length: ${body.length}`, '', ''];
        return (await outcomeOf(port, Buffer.concat([Buffer.from(head.join('\r\n')), body]))).status;
      };
      const twoIds = await ask(JSON_LINE, 'Mesos-Stream-Id: a', 'Mesos-Stream-Id: b');
      assert.ok([200, 202, 400, 403, 404].includes(twoIds as number), `${name}: ${twoIds}`);
      const twoTypes = await ask(JSON_LINE, 'Content-Type: application/x-protobuf');
      assert.ok([200, 202, 400, 403, 404, 415].includes(twoTypes as number), `${name}: ${twoTypes}`);
      const accepts = await ask(JSON_LINE, 'Accept: x/y;q=nonsense, ;;;,', 'Accept: application/json');
      assert.ok([200, 202, 400, 403, 404, 406].includes(accepts as number), `${name}: ${accepts}`);
    }
    await assertServing();
  });
});
