/** Files over HTTP: `/files/browse`, `/files/read`, `/files/download`, `/files/debug`, as Mesos has them. */
import type { Exchange } from '../base/exchange.js';
import { answerText } from './answers.js';
import { answerFile } from './files.js';
import { answerPieces } from './json-stream.js';
import type { Route } from './router.js';
import type { FileInfo } from '../protocol/operator-shapes.js';
import { FileRefusal, type VirtualFiles } from './virtual-files.js';

function pathIn(query: URLSearchParams): string {
  const path = query.get('path');
  if (path === null || path === '') throw new FileRefusal(400, "Expecting 'path=value' in query.\n");
  return path;
}

/** A whole number of at least -1; null if there is none. */
function numberIn(query: URLSearchParams, name: 'offset' | 'length'): number | null {
  const text = query.get(name);
  if (text === null) return null;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new FileRefusal(400, `Failed to parse ${name}: Failed to convert '${text}' to number.\n`);
  }
  const value = Number(text);
  if (value >= -1) return value;
  throw new FileRefusal(400, `Negative ${name} provided: ${value}.\n`);
}

const KINDS: Readonly<Record<number, string>> = { 0o040000: 'd', 0o120000: 'l', 0o010000: 'p', 0o140000: 's' };

/** `-rw-r--r--` */
export function printMode(mode: number): string {
  const flags = 'rwxrwxrwx'.split('').map((flag, i) => ((mode >> (8 - i)) & 1 ? flag : '-'));
  return `${KINDS[mode & 0o170000] ?? '-'}${flags.join('')}`;
}

function viewFile({ path, nlink = 1, size = 0, mtimeMs = 0, mode = 0, uid = '', gid = '' }: FileInfo): object {
  return { path, nlink, size, mtime: Math.floor(mtimeMs / 1000), mode: printMode(mode), uid, gid };
}

async function browse(files: VirtualFiles, query: URLSearchParams): Promise<unknown> {
  return (await files.list(pathIn(query))).map(viewFile);
}

/** Without an offset, or with -1, the size is told. */
async function read(files: VirtualFiles, query: URLSearchParams): Promise<unknown> {
  const path = pathIn(query);
  const offset = numberIn(query, 'offset') ?? -1;
  const length = numberIn(query, 'length') ?? -1;
  if (offset < 0) return { data: '', offset: (await files.read(path, 0, 0)).size };
  const { data } = await files.read(path, offset, length < 0 ? undefined : length);
  return { data: Buffer.from(data).toString(), offset };
}

/** Which requests may pass is for `guard` to say; it answers those that may not. */
export function fileRoutes(files: VirtualFiles, guard: (exchange: Exchange) => boolean): Route[] {
  const route = (name: string, answer: (exchange: Exchange, query: URLSearchParams) => Promise<void>): Route => ({
    method: 'GET',
    path: `/files/${name}`,
    async handle(exchange) {
      if (!guard(exchange)) return;
      try {
        await answer(exchange, new URLSearchParams(exchange.request.query));
      } catch (error) {
        if (!(error instanceof FileRefusal)) throw error;
        answerText(exchange, error.status, error.message);
      }
    },
  });
  const json = (name: string, view: (query: URLSearchParams) => unknown): Route =>
    route(name, async (exchange, query) => answerPieces(exchange, [JSON.stringify(await view(query))]));
  return [
    json('browse', (query) => browse(files, query)),
    json('read', (query) => read(files, query)),
    json('debug', () => Object.fromEntries(files.roots.all())),
    route('download', async (exchange, query) => {
      const path = pathIn(query);
      const real = await files.resolve(path);
      const name = path.split('/').at(-1)?.replace(/[^\w.-]/g, '_') ?? 'file';
      await answerFile(exchange, real, { headers: { 'content-disposition': `attachment; filename=${name}` } });
    }),
  ];
}
