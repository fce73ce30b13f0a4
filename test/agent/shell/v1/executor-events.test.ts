/** Events of the executor API that a healthy cluster rarely shows: heartbeats and errors, in both forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentDriver } from '../../../../src/agent/shell/drive-agent.js';
import { EXECUTOR_CODECS, type ExecutorCodec } from '../../../../src/agent/shell/v1/executor-codec.js';
import { openExecutorStream } from '../../../../src/agent/shell/v1/executor-stream.js';
import type { Exchange } from '../../../../src/base/exchange.js';
import { createRecordReader } from '../../../../src/http/record-io.js';
import type { MessageLink } from '../../../../src/runner/core-links.js';

interface Opened {
  readonly link: MessageLink;
  readonly records: Uint8Array[];
  readonly gone: string[];
  /** More records, or the end. */
  readonly changed: () => Promise<void>;
  isEnded: boolean;
}

function open(codec: ExecutorCodec, heartbeatMs: number): Opened {
  const records: Uint8Array[] = [];
  const gone: string[] = [];
  const reader = createRecordReader();
  let wake = (): void => undefined;
  let link: MessageLink | null = null;
  const driver = {
    open: (of: MessageLink) => {
      link = of;
      return 1;
    },
    gone: (_id: number, reason: string) => void gone.push(reason),
  } as unknown as AgentDriver;
  const exchange: Exchange = {
    request: { method: 'POST', path: '/', query: '', headers: {}, remote: 'test' },
    onBody: () => undefined,
    pauseBody: () => undefined,
    resumeBody: () => undefined,
    respond: () => assert.fail('it is a stream'),
    onAborted: () => undefined,
    stream: (status, headers) => {
      assert.deepEqual([status, headers['content-type']], [200, codec.contentType]);
      return {
        bufferedBytes: 0,
        write(chunk) {
          records.push(...reader.read(chunk));
          wake();
          return true;
        },
        onDrain: () => undefined,
        end: () => void (opened.isEnded = true),
        destroy: () => undefined,
      };
    },
  };
  openExecutorStream(exchange, codec, { driver, log: () => undefined, maxBufferedBytes: 1e6, heartbeatMs });
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const opened: Opened = { link: link!, records, gone, changed, isEnded: false };
  return opened;
}

const [JSON_FORM, PROTOBUF_FORM] = EXECUTOR_CODECS as readonly [ExecutorCodec, ExecutorCodec];

test('[D59] heartbeats come at every interval until the stream ends', async () => {
  for (const [codec, heartbeat] of [[JSON_FORM, '{"type":"HEARTBEAT"}'], [PROTOBUF_FORM, '\b\t']] as const) {
    const stream = open(codec, 5);
    // The timer of heartbeats does not keep a process alive; this one does.
    const alive = setInterval(() => undefined, 1000);
    while (stream.records.length < 2) await stream.changed();
    clearInterval(alive);
    stream.link.close('the test ends');
    assert.deepEqual(stream.records.map((record) => Buffer.from(record).toString('latin1')), [heartbeat, heartbeat]);
    assert.equal(stream.isEnded, true);
    const count = stream.records.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(stream.records.length, count, 'none comes after the end');
  }
});

test('[D57] an error is told before the stream ends', () => {
  const message = { type: 'EXECUTOR_ERROR', message: 'Framework cannot be found' } as const;
  const json = open(JSON_FORM, 60_000);
  json.link.send([message]);
  json.link.close('Framework cannot be found');
  const text = '{"type":"ERROR","error":{"message":"Framework cannot be found"}}';
  assert.equal(Buffer.from(json.records[0]!).toString(), text);
  assert.deepEqual([json.isEnded, json.gone], [true, ['Framework cannot be found']]);
  const protobuf = open(PROTOBUF_FORM, 60_000);
  protobuf.link.send([message]);
  protobuf.link.close('x');
  const bytes = Buffer.from(protobuf.records[0]!);
  // Type 6 (ERROR); field 7, a message of 27 bytes with a text of 25 as its first field.
  assert.deepEqual([...bytes.subarray(0, 6)], [8, 6, 58, 27, 10, 25]);
  assert.equal(bytes.subarray(6).toString(), 'Framework cannot be found');
});
