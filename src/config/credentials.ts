/**
 * Files with secrets, in Mesos' forms: JSON (`{"credentials": [{"principal": …, "secret": …}]}`, or one such object
 * for a single credential), or in the old form a line `principal secret` for each. What they say is never part of an
 * error, and a file that others can read is warned of.
 */
import { readFileSync, statSync } from 'node:fs';
import { refuseValue } from './setting.js';

export interface PrincipalSecret {
  readonly principal: string;
  readonly secret: string;
}

type Warn = (text: string) => void;

/** Permission bits of those who neither own a file nor are in its group. */
const OTHERS = 0o007;

const JSON_FORM = '{"credentials": [{"principal": "…", "secret": "…"}]}';

function readSecretFile(path: string, source: string, warn: Warn): string {
  try {
    const { mode } = statSync(path);
    if ((mode & OTHERS) !== 0) warn(`${path} (${source}) is open to others: run chmod o-rwx ${path}`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return refuseValue(source, path, reason, 'name a file that can be read', cause);
  }
}

function credentialOf(value: unknown, path: string, source: string, where: string): PrincipalSecret {
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const { principal, secret } = fields;
  const mend = 'write {"principal": "…", "secret": "…"}';
  if (typeof principal !== 'string' || principal === '') {
    return refuseValue(source, path, `${where} has no principal`, mend);
  }
  if (typeof secret === 'string' && secret !== '') return { principal, secret };
  return refuseValue(source, path, `${where} has no secret`, mend);
}

/** The value of a text in JSON; undefined if it is none, for its words may be secrets. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function linesOf(text: string, path: string, source: string): PrincipalSecret[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    const words = line.split(/\s+/);
    if (words.length === 2) return [{ principal: words[0]!, secret: words[1]! }];
    return refuseValue(source, path, `line ${i + 1} is not a principal and a secret`, `write ${JSON_FORM}`);
  });
}

/** Secrets by principal. Throws MeteError (INVALID_ARGUMENT). */
export function readCredentials(path: string, source: string, warn: Warn): Map<string, string> {
  const text = readSecretFile(path, source, warn);
  const isJson = /^\s*[[{]/.test(text);
  const found = isJson ? listOf(jsonOf(text), path, source) : linesOf(text, path, source);
  const secrets = new Map<string, string>();
  for (const { principal, secret } of found) {
    if (secrets.has(principal)) {
      refuseValue(source, path, `it has the principal ${JSON.stringify(principal)} twice`, 'leave one of them out');
    }
    secrets.set(principal, secret);
  }
  if (secrets.size === 0) refuseValue(source, path, 'it has no credentials', `write ${JSON_FORM}`);
  return secrets;
}

function listOf(value: unknown, path: string, source: string): PrincipalSecret[] {
  const list = (value as { readonly credentials?: unknown } | undefined)?.credentials;
  if (!Array.isArray(list)) return refuseValue(source, path, 'it is not a list of credentials', `write ${JSON_FORM}`);
  return list.map((item, i) => credentialOf(item, path, source, `credentials[${i}]`));
}

/** One credential. Throws MeteError (INVALID_ARGUMENT). */
export function readCredential(path: string, source: string, warn: Warn): PrincipalSecret {
  const text = readSecretFile(path, source, warn);
  if (/^\s*[[{]/.test(text)) return credentialOf(jsonOf(text), path, source, 'it');
  const [first, ...others] = linesOf(text, path, source);
  if (first !== undefined && others.length === 0) return first;
  return refuseValue(source, path, 'it is not one credential', 'write {"principal": "…", "secret": "…"}');
}

/** What is in a file, without the white space around it. Throws MeteError (INVALID_ARGUMENT). */
export function readSecret(path: string, source: string, warn: Warn): string {
  const text = readSecretFile(path, source, warn).trim();
  return text === '' ? refuseValue(source, path, 'it is empty', 'write the secret into it') : text;
}

/** The credential of one who asks; null if he has none. Throws MeteError (INVALID_ARGUMENT). */
export function credentialOfClient(
  given: {
    readonly principal?: string | undefined;
    readonly secretFile?: string | undefined;
    readonly credential?: string | undefined;
  },
  warn: Warn,
): PrincipalSecret | null {
  const { principal, secretFile, credential } = given;
  if (credential !== undefined) return readCredential(credential, '--credential', warn);
  if (secretFile === undefined) return null;
  if (principal === undefined) {
    return refuseValue('--secret-file', secretFile, 'it does not say whose secret it is', 'add --principal NAME');
  }
  return { principal, secret: readSecret(secretFile, '--secret-file', warn) };
}
