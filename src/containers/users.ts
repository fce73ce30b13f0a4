/**
 * Users of the machine by name, for launching processes as them. The file /etc/passwd is asked first, then `id`, which
 * also knows users of directories (LDAP and the like).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { MeteError } from '../base/errors.js';

/** A user: its number, the number of its group, its home. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function unknownUser(name: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', {
    field: 'user',
    value: name,
    reason: 'no user of this machine has that name',
    mend: 'name a user that exists on every agent, or create it',
  });
}

function fromPasswd(name: string): User | null {
  let text: string;
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return null;
  }
  for (const line of text.split('\n')) {
    const [user, , uid, gid, , home] = line.split(':');
    if (user === name) return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' };
  }
  return null;
}

function askId(flag: string, name: string): number {
  const answer = spawnSync('id', [flag, '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (answer.status !== 0 || !/^\d+\n$/.test(answer.stdout)) throw unknownUser(name);
  return Number(answer.stdout);
}

/** The user of this name. Throws MeteError INVALID_ARGUMENT if there is none. */
export function findUser(name: string): User {
  if (!/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*\$?$/.test(name)) throw unknownUser(name);
  return fromPasswd(name) ?? { name, uid: askId('-u', name), gid: askId('-g', name), home: '/' };
}

/** The name of the user this process runs as. */
export function currentUser(): string {
  return userInfo().username;
}

/** True if this process may start processes as other users. */
export function canSwitchUser(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Whom a process for `name` runs as: the user, or null to stay who we are. Throws MeteError INVALID_ARGUMENT if the
 * user is unknown, or if it is another than ours and we may not switch.
 */
export function userToRunAs(name: string | undefined, switchUser: boolean): User | null {
  if (name === undefined || name === '' || !switchUser) return null;
  if (name === currentUser()) return null;
  const user = findUser(name);
  if (canSwitchUser()) return user;
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'user',
    value: name,
    reason: `this agent runs as ${currentUser()} and may not start processes as others`,
    mend: 'run the agent as root, or switch off the switching of users (switchUser)',
  });
}
