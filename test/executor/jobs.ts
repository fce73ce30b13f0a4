/** Jobs, tasks and a framework's HTTP server for tests of executors. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobTask, TaskInput, TaskResult } from '../../src/jobs/job-task.js';
import type { AgentId, TaskId } from '../../src/protocol/schema.js';
import type { TaskInfo } from '../../src/protocol/task.js';
import { pack, unpack } from '../../src/protocol/pack.js';
import type { TaskReport } from '../../src/executor/updates.js';

/** A job that does what its piece says. */
export const CODE = `
const kinds = {
  echo: (piece) => piece.value,
  noop: () => null,
  count: () => (globalThis.runs = (globalThis.runs ?? 0) + 1),
  exit: () => process.exit(3),
  loop: () => { for (;;); },
  wait: () => new Promise((resolve) => setTimeout(resolve, 1e9)),
  pause: () => new Promise((resolve) => setTimeout(resolve, 20)),
  cooperate: (piece, context) => { while (!context.cancelled); return 'stopped'; },
  progress: (piece, context) => { for (let i = 0; ; i++) { context.progress(i); if (context.cancelled) return i; } },
  map: () => { const map = new Map(); for (let i = 0; ; i++) map.set('key' + i, i); },
  buffers: () => { const list = []; for (;;) list.push(Buffer.alloc(1 << 20, 1)); },
  objects: () => { const list = []; for (;;) list.push({ a: 1, b: [2] }); },
  garbage: (piece) => {
    let last;
    for (let i = 0; i < piece.rounds; i++) last = new Array(1000).fill({ i });
    return last.length;
  },
  error: () => { throw new Error('boom'); },
  text: () => { throw 'a text'; },
  nothing: () => { throw undefined; },
  nil: () => { throw null; },
  wicked: () => { throw { get message() { throw 1; }, toString() { throw 2; } }; },
  later: () => { setTimeout(() => { throw new Error('too late'); }, 5); return new Promise(() => {}); },
  afterwards: () => { setTimeout(() => { throw new Error('afterwards'); }, 5); return 'done'; },
  rejected: () => Promise.reject(new Error('rejected')),
  large: (piece) => 'x'.repeat(piece.length),
  read: (piece, context) => {
    let bytes = 0, sum = 0;
    for (const chunk of context.read(0, piece.from, piece.to)) {
      bytes += chunk.length;
      for (const byte of chunk) sum = (sum + byte) >>> 0;
    }
    return { bytes, sum };
  },
  glimpse: (piece, context) => { for (const chunk of context.read(0, 0, 1e9)) return chunk[0]; },
};
const run = (piece, context) => kinds[piece.kind](piece, context);
export default { name: 'test', needs: { cpus: 1, memMb: 64 }, run };
`;

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface TestFramework {
  readonly url: string;
  readonly requests: string[];
  readonly results: Map<string, Buffer>;
  /** What the next requests are answered with instead, by path. */
  readonly faults: Map<string, number[]>;
  close(): Promise<void>;
}

/** Serves code under /blobs, a file under /inputs/0 with ranges, and takes results. */
export async function startFramework(code: string, input = ''): Promise<TestFramework> {
  const requests: string[] = [];
  const results = new Map<string, Buffer>();
  const faults = new Map<string, number[]>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(`${request.method} ${path} ${request.headers.range ?? ''}`.trimEnd());
    const fault = faults.get(path)?.shift();
    if (fault !== undefined) return void response.writeHead(fault).end();
    if (path.startsWith('/blobs/')) return void response.end(code);
    if (path === '/inputs/0') {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!.map(Number);
      response.writeHead(206);
      return void response.end(readFileSync(input).subarray(from, to! + 1));
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      results.set(path, Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, requests, results, faults, close };
}

export interface TaskOptions {
  readonly memoryMb?: number;
  readonly timeoutMs?: number;
  readonly cpus?: number;
  readonly inputs?: readonly TaskInput[];
  readonly code?: string;
}

let counter = 0;

export function jobTask(framework: TestFramework, piece: unknown, options: TaskOptions = {}): TaskInfo {
  const taskId = `t${counter++}` as TaskId;
  const code = options.code ?? CODE;
  const hash = sha256(code);
  const task: JobTask = {
    job: { name: 'test', sha256: hash, bytes: Buffer.byteLength(code), url: `${framework.url}/blobs/${hash}` },
    options: {},
    piece,
    inputs: options.inputs ?? [],
    resultUrl: `${framework.url}/results/${taskId}`,
    limits: { memoryMb: options.memoryMb ?? 64, timeoutMs: options.timeoutMs ?? 0 },
  };
  return {
    name: 'test',
    taskId,
    agentId: 'a' as AgentId,
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: options.cpus ?? 1 }],
    data: pack(task),
  };
}

/** The part in the report of a finished task. */
export function partOf(report: TaskReport): unknown {
  const result = unpack(report.data!) as TaskResult;
  return result.type === 'inline' ? result.part : result;
}
