/**
 * Files that can be read over HTTP, under virtual paths: the log, if there is a log file. A virtual path leads to a
 * real file or directory; nothing else of the machine can be reached. Texts are those of Mesos' files process.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileInfo } from '../../protocol/operator-shapes.js';

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

export interface VirtualFiles {
  /** Virtual paths with the real ones they stand for. */
  readonly roots: ReadonlyMap<string, string>;
  /** What is in a directory; nothing for a file. Throws FileRefusal. */
  list(path: string): Promise<FileInfo[]>;
  /** A part of a file: at most 64 KiB, nothing beyond its end. Throws FileRefusal. */
  read(path: string, offset: number, length?: number): Promise<{ size: number; data: Uint8Array }>;
  /** The real path. Throws FileRefusal. */
  resolve(path: string): Promise<string>;
}

export function createFiles(roots: ReadonlyMap<string, string>): VirtualFiles {
  const resolve = async (path: string): Promise<string> => {
    const clean = `/${path.split('/').filter((part) => part !== '').join('/')}`;
    for (const [virtual, real] of roots) {
      if (clean !== virtual && !clean.startsWith(`${virtual}/`)) continue;
      const found = await realpath(join(real, clean.slice(virtual.length))).catch(() => null);
      const root = await realpath(real).catch(() => null);
      if (found === null || root === null) break;
      if (found === root || found.startsWith(`${root}${sep}`)) return found;
      throw new FileRefusal(400, 'Resolved path is inaccessible.\n');
    }
    throw new FileRefusal(404, '404 Not Found.');
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

async function infoOf(real: string, virtual: string): Promise<FileInfo | null> {
  const stat = await lstat(real).catch(() => null);
  if (stat === null) return null;
  const { nlink, size, mtimeMs, mode, uid, gid } = stat;
  return { path: virtual, nlink, size, mtimeMs: Math.floor(mtimeMs), mode, uid: String(uid), gid: String(gid) };
}
