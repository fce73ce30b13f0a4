/** What bodies may take together: the largest is refused, the others are not. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { answerError, answerText } from '../../src/http/answers.js';
import { readBody } from '../../src/http/body.js';
import { BodyBudget } from '../../src/http/body-budget.js';
import { RawConnection } from '../master/shell/v1/raw-http.js';
import { serving } from './fixtures.js';

test('the largest share goes first, once, and what goes gives back what it had', () => {
  const budget = new BodyBudget(100);
  const refused: string[] = [];
  const share = (name: string): ReturnType<BodyBudget['share']> => {
    const mine = budget.share((error) => {
      refused.push(`${name}: ${error.code}`);
      mine.release();
    });
    return mine;
  };
  const [a, b, c] = [share('a'), share('b'), share('c')];
  a.grow(30);
  b.grow(40);
  c.grow(30);
  assert.deepEqual([refused, budget.bytes], [[], 100]);
  a.grow(1);
  assert.deepEqual([refused, budget.bytes], [['b: OVERLOADED'], 61]);
  b.release();
  assert.equal(budget.bytes, 61);
  c.grow(80);
  assert.deepEqual([refused, budget.bytes], [['b: OVERLOADED', 'c: OVERLOADED'], 31]);
  a.release();
  assert.equal(budget.bytes, 0);
});

const MAX_BYTES = 200_000;

interface Place {
  readonly url: string;
  readonly port: number;
  readonly budget: BodyBudget;
}

async function place(t: TestContext): Promise<Place> {
  const budget = new BodyBudget(300_000);
  const url = await serving(t, [{
    method: 'POST',
    path: '/',
    handle: (exchange) =>
      readBody(exchange, MAX_BYTES, budget).then(
        (bytes) => answerText(exchange, 200, String(bytes.length)),
        (error: unknown) => answerError(exchange, error),
      ),
  }]);
  return { url, port: Number(new URL(url).port), budget };
}

function post(url: string, bytes: number): Promise<Response> {
  return fetch(url, { method: 'POST', body: Buffer.alloc(bytes) });
}

test('senders that do not come to an end are refused with 503 when they are too many; others are served', async (t) => {
  const { url, port, budget } = await place(t);
  const slow = await Promise.all(Array.from({ length: 3 }, () => RawConnection.open(t, port)));
  for (const [index, connection] of slow.entries()) {
    t.after(() => connection.socket.destroy());
    connection.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${MAX_BYTES}\r\n\r\n`);
    connection.write(Buffer.alloc(90_000 + index));
  }
  while (budget.bytes < 270_003) await new Promise((resolve) => setTimeout(resolve, 5));
  const served = await post(url, 50_000);
  assert.deepEqual([served.status, await served.text()], [200, '50000']);
  const { status, headers, body } = await slow[2]!.answer();
  assert.deepEqual([status, headers['retry-after'], headers['connection']], [503, '1', 'close']);
  assert.match(body, /^OVERLOADED: body "90002 bytes so far": bodies that are under way take over 300000 bytes/);
  await slow[2]!.ended();
  assert.equal(budget.bytes, 180_001);
  slow[0]!.socket.destroy();
  slow[1]!.write(Buffer.alloc(MAX_BYTES - 90_001));
  assert.equal((await slow[1]!.answer()).body, String(MAX_BYTES));
  while (budget.bytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a body in a great many pieces is whole', async (t) => {
  const { port, budget } = await place(t);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const pieces = Array.from({ length: 5000 }, () => '1\r\nx\r\n');
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.join('')}0\r\n\r\n`);
  let answer = '';
  for await (const piece of socket) {
    answer += String(piece);
    if (answer.endsWith('\r\n\r\n5000')) break;
  }
  assert.equal(budget.bytes, 0);
});
