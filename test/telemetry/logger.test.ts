/** Log lines: their fields, their two forms, the log file. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { createLogger, type LogOptions } from '../../src/telemetry/logger.js';
import { prettyLine } from '../../src/telemetry/pretty-line.js';

interface Lines {
  readonly lines: string[];
  readonly isTTY?: boolean;
  write(text: string): void;
}

function target(isTTY = false): Lines {
  const lines: string[] = [];
  return { lines, isTTY, write: (text) => void lines.push(text) };
}

function logged(options: Partial<LogOptions>, isTTY = false, environment: NodeJS.ProcessEnv = {}): string[] {
  const out = target(isTTY);
  const logger = createLogger('master', { logLevel: 'info', ...options }, out, environment);
  logger.log('debug', 'small');
  logger.log('info', 'listens', { port: 5050 });
  logger.log('error', 'broken', { level: 'high', ok: false });
  return out.lines;
}

test('log lines are JSON with fixed fields; the level decides which', () => {
  const [first, second, ...rest] = logged({}).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(rest, []);
  assert.match(String(first!['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const fixed = { process: 'master', pid: process.pid };
  assert.deepEqual({ ...first, time: '' }, { level: 'info', time: '', ...fixed, port: 5050, text: 'listens' });
  assert.deepEqual(
    { ...second, time: '' },
    { level: 'error', time: '', ...fixed, level_: 'high', ok: false, text: 'broken' },
  );
  assert.equal(logged({ logLevel: 'debug' }).length, 3);
  assert.equal(logged({ logLevel: 'error' }).length, 1);
  assert.equal(logged({ logLevel: 'silent' }).length, 0);
});

test('on a terminal lines are for people, in color unless NO_COLOR', () => {
  const [line] = logged({}, true, { NO_COLOR: '1' });
  assert.match(line!, /^\d\d:\d\d:\d\d\.\d{3} info {2}master {2}listens {2}port=5050\n$/);
  assert.match(logged({ logFormat: 'pretty' })[0]!, /listens {2}port=5050/);
  assert.match(logged({ logFormat: 'json' }, true)[0]!, /^\{/);
  assert.ok(logged({}, true)[1]!.includes('\x1b[31merror\x1b[0m'));
  assert.ok(!logged({}, true, { NO_COLOR: '' })[1]!.includes('\x1b'));
  assert.ok(!logged({}, true, { TERM: 'dumb' })[1]!.includes('\x1b'));
  assert.ok(!logged({ logFormat: 'pretty' })[1]!.includes('\x1b'));
});

test('what is logged cannot break out of its line', () => {
  const line = prettyLine(
    JSON.stringify({
      time: '2026-01-02T03:04:05.678Z',
      level: 'warn',
      process: 'agent',
      pid: 1,
      text: 'a\x1b[2Jb\nc\r',
      id: 'x y',
      word: 'plain',
      quoted: '"',
      line: 'a\nb',
      n: 1.5,
      list: [1],
    }),
  );
  const fields = 'id="x y"  word=plain  quoted="\\""  line="a\\nb"  n=1.5  list=[1]';
  assert.equal(line, `03:04:05.678 warn  agent  a\\x1b[2Jb\n    c\\x0d  ${fields}`);
  assert.equal(prettyLine('not \x07json\n'), 'not \\x07json');
});

test('a log file has every line as JSON, and is appended to', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mete-log-'));
  try {
    const logFile = join(directory, 'deep', 'master.log');
    for (const text of ['first', 'second']) {
      const out = target(true);
      const logger = createLogger('master', { logLevel: 'info', logFile }, out, { NO_COLOR: '1' });
      logger.log('info', text);
      logger.close();
      logger.log('info', 'too late');
      assert.equal(out.lines.length, 1);
    }
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { text: string }).text), ['first', 'second']);
    const refused = (): unknown => createLogger('master', { logLevel: 'info', logFile: directory }, target());
    assert.throws(refused, (error) => error instanceof MeteError && error.code === 'INVALID_ARGUMENT');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
