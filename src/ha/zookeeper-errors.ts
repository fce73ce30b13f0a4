/** Errors of ZooKeeper as ours. */
import zookeeper from 'node-zookeeper-client';
import { type ErrorCode, MeteError } from '../base/errors.js';

const { Exception } = zookeeper;

/** ZooKeeper's code of whatever its library calls back with. */
export function zookeeperCode(error: unknown): number {
  const { getCode } = error as { getCode?: () => number };
  return typeof getCode === 'function' ? getCode.call(error) : Exception.SYSTEM_ERROR;
}

/** Null for an error of this code; others are thrown on. */
export function unless(error: unknown, code: ErrorCode): null {
  if (error instanceof MeteError && error.code === code) return null;
  throw error;
}

/** Codes of ZooKeeper and ours, with reason and mend. */
const CODES: ReadonlyMap<number, readonly [code: ErrorCode, reason: string, mend: string]> = new Map([
  [Exception.NO_NODE, ['NOT_FOUND', 'there is no such znode', 'create it, or its parents']],
  [Exception.NODE_EXISTS, ['ALREADY_EXISTS', 'there is such a znode', 'take another name']],
  [Exception.BAD_VERSION, ['WRONG_VERSION', 'it has another version', 'read it again']],
  [Exception.NOT_EMPTY, ['ALREADY_EXISTS', 'it has children', 'remove them first']],
  [Exception.NO_AUTH, ['FORBIDDEN', 'its ACL does not allow that', 'check user and password in the URL']],
  [Exception.CONNECTION_LOSS, ['UNREACHABLE', 'the connection was lost; it may have been done', 'look, and ask again']],
]);

/** What could not be done at a path, and why. */
export function zookeeperError(what: string, path: string, codeOfError: number): MeteError {
  const [code, reason, mend] = CODES.get(codeOfError) ?? ['UNAVAILABLE', `error ${codeOfError}`, 'try again'];
  return new MeteError(code, { field: `ZooKeeper cannot ${what}`, value: path, reason, mend });
}
