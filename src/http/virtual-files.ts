/**
 * Files that can be read over HTTP, under virtual paths: the log, if there is a log file, and sandboxes. A virtual path
 * leads to a real file or directory; nothing else of the machine can be reached. Texts are those of Mesos' files
 * process.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileInfo } from '../protocol/operator-shapes.js';

/** Sixteen pages: what is read at once at most. */
const MOST_BYTES = 16 * 4096;

/** A refusal with a status of HTTP. */
export class FileRefusal extends Error {
  constructor(
    readonly status: 400 | 404,
    text: string,
  ) {
    super(text);
  }
}

/** A virtual path and the real one it stands for. */
export type Root = readonly [virtual: string, real: string];

/** What can be read. */
export interface Roots {
  /** The root that a path, which starts with a slash, is or lies below. */
  find(path: string): Root | null;
  /** All of them. */
  all(): Iterable<Root>;
}

/** Roots that never change. */
export function fixedRoots(roots: ReadonlyMap<string, string>): Roots {
  return {
    find: (path) => [...roots].find(([virtual]) => path === virtual || path.startsWith(`${virtual}/`)) ?? null,
    all: () => roots,
  };
}

export interface VirtualFiles {
  readonly roots: Roots;
  /** What is in a directory; nothing for a file. Throws FileRefusal. */
  list(path: string): Promise<FileInfo[]>;
  /** A part of a file: at most 64 KiB, nothing beyond its end. Throws FileRefusal. */
  read(path: string, offset: number, length?: number): Promise<{ size: number; data: Uint8Array }>;
  /** The real path. Throws FileRefusal. */
  resolve(path: string): Promise<string>;
}

export function createFiles(roots: Roots): VirtualFiles {
  const resolve = async (path: string): Promise<string> => {
    const clean = `/${path.split('/').filter((part) => part !== '' && part !== '.').join('/')}`;
    const [virtual, real] = roots.find(clean) ?? notFound();
    const found = await realpath(join(real, clean.slice(virtual.length))).catch(() => notFound());
    const root = await realpath(real).catch(() => notFound());
    if (found === root || found.startsWith(`${root}${sep}`)) return found;
    throw new FileRefusal(400, 'Resolved path is inaccessible.\n');
  };
  return {
    roots,
    resolve,
    async list(path) {
      const directory = await resolve(path);
      const names = await readdir(directory).catch(() => [] as string[]);
      const infos = await Promise.all(names.sort().map((name) => infoOf(join(directory, name), join(path, name))));
      return infos.filter((info) => info !== null);
    },
    async read(path, offset, length) {
      const real = await resolve(path);
      if (offset < 0) throw new FileRefusal(400, `Negative offset provided: ${offset}.\n`);
      const file = await open(real, constants.O_RDONLY);
      try {
        const stat = await file.stat();
        if (stat.isDirectory()) throw new FileRefusal(400, 'Cannot read a directory.\n');
        const wanted = Math.min(length ?? Infinity, MOST_BYTES, Math.max(0, stat.size - offset));
        const buffer = Buffer.alloc(wanted);
        const { bytesRead } = await file.read(buffer, 0, wanted, offset);
        return { size: stat.size, data: buffer.subarray(0, bytesRead) };
      } finally {
        await file.close();
      }
    },
  };
}

function notFound(): never {
  throw new FileRefusal(404, '404 Not Found.');
}

async function infoOf(real: string, virtual: string): Promise<FileInfo | null> {
  const stat = await lstat(real).catch(() => null);
  if (stat === null) return null;
  const { nlink, size, mtimeMs, mode, uid, gid } = stat;
  return { path: virtual, nlink, size, mtimeMs: Math.floor(mtimeMs), mode, uid: String(uid), gid: String(gid) };
}
