/** Reading files in sandboxes, and nothing else of the machine: wherever a path leads, that must lie there. */
import { open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { MeteError } from '../../base/errors.js';

/** What is read at once at most. */
const MOST_BYTES = 1024 * 1024;
const DEFAULT_BYTES = 64 * 1024;

/** A piece of a file as Mesos' `/files/read` gives it; with offset -1 the size of the file and no data. */
export interface FilePiece {
  readonly data: string;
  readonly offset: number;
}

function notFound(path: string, cause?: unknown): MeteError {
  const mend = 'name a file in a sandbox of this agent, as the directory in /state and stdout';
  return new MeteError('NOT_FOUND', { field: 'path', value: path, reason: 'there is no such file', mend, cause });
}

/** The real path of a file in a sandbox below the work directory. Throws MeteError NOT_FOUND for any other. */
export async function sandboxFile(workDir: string, path: string): Promise<string> {
  let found: string;
  let root: string;
  try {
    root = await realpath(join(workDir, 'slaves'));
    found = await realpath(resolve(root, path));
  } catch (cause) {
    throw notFound(path, cause);
  }
  if (!found.startsWith(`${root}${sep}`)) throw notFound(path);
  return found;
}

/** Reads a piece of a file. `offset` and `length` in bytes. Throws MeteError NOT_FOUND. */
export async function readPiece(file: string, offset: number, length = DEFAULT_BYTES): Promise<FilePiece> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw notFound(file, cause);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw notFound(file);
    if (offset < 0) return { data: '', offset: stat.size };
    const buffer = Buffer.alloc(Math.min(length, MOST_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return { data: buffer.toString('utf8', 0, bytesRead), offset };
  } finally {
    await handle.close();
  }
}
