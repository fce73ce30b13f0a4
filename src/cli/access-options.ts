/** What settings say of access, read from the files they name: for masters and for agents. */
import { createAuthorizer } from '../authorizer/authorizer.js';
import type { AgentConfiguration } from '../config/agent-settings.js';
import { readCredential, readCredentials, readSecret } from '../config/credentials.js';
import type { MasterConfiguration } from '../config/master-settings.js';
import { refuseValue } from '../config/setting.js';
import type { AccessOptions, Realm } from '../http/access.js';
import { type CredentialTimes, withCredential } from '../transport/credentialed-transport.js';
import type { Transport } from '../transport/transport.js';

type Warn = (text: string) => void;

/** Realms by the flags that ask for a name in them. */
function realmsOf(
  of: 'master' | 'agent',
  flags: Readonly<Record<string, readonly [boolean, Realm | null]>>,
  known: boolean,
): Set<Realm> {
  const realms = new Set<Realm>();
  for (const [flag, [isSet, realm]] of Object.entries(flags)) {
    if (!isSet) continue;
    if (realm !== null) realms.add(realm);
    if (known) continue;
    const file = of === 'master' ? '--credentials' : '--http-credentials';
    refuseValue(flag, true, 'nobody has a secret that could be asked for', `name a file of them with ${file}`);
  }
  return realms;
}

/** Throws MeteError (INVALID_ARGUMENT). */
export function masterAccess(config: MasterConfiguration, warn: Warn): AccessOptions {
  const { credentials: path } = config;
  const credentials = path === undefined ? new Map<string, string>() : readCredentials(path, '--credentials', warn);
  const flags = {
    '--authenticate-http-readonly': [config.authenticateHttpReadonly, 'readonly'],
    '--authenticate-http-readwrite': [config.authenticateHttpReadwrite, 'readwrite'],
    '--authenticate-http-frameworks': [config.authenticateHttpFrameworks, 'scheduler'],
    '--authenticate-frameworks': [config.authenticateFrameworks, null],
    '--authenticate-agents': [config.authenticateAgents, null],
  } as const;
  return { of: 'master', credentials, realms: realmsOf('master', flags, path !== undefined) };
}

/** Throws MeteError (INVALID_ARGUMENT). */
export function agentAccess(config: AgentConfiguration, warn: Warn): AccessOptions {
  const { httpCredentials: path, jwtSecretKey, authenticateHttpExecutors, acls } = config;
  const credentials =
    path === undefined ? new Map<string, string>() : readCredentials(path, '--http-credentials', warn);
  const flags = {
    '--authenticate-http-readonly': [config.authenticateHttpReadonly, 'readonly'],
    '--authenticate-http-readwrite': [config.authenticateHttpReadwrite, 'readwrite'],
  } as const;
  const realms = realmsOf('agent', flags, path !== undefined);
  if (authenticateHttpExecutors && jwtSecretKey === undefined) {
    const mend = 'name a file with a key with --jwt-secret-key';
    refuseValue('--authenticate-http-executors', true, 'there is no key to sign tokens with', mend);
  }
  const isUsed = authenticateHttpExecutors && jwtSecretKey !== undefined;
  const tokenKey = isUsed ? Buffer.from(readSecret(jwtSecretKey, '--jwt-secret-key', warn)) : undefined;
  return {
    of: 'agent',
    credentials,
    realms,
    tokenKey,
    authorizer: acls === undefined ? null : createAuthorizer(acls),
  };
}

/** The transport by which an agent speaks to its master. Throws MeteError (INVALID_ARGUMENT). */
export function transportToMaster(transport: Transport, config: AgentConfiguration, warn: Warn): Transport {
  if (config.credential === undefined) return transport;
  const times: CredentialTimes = {
    backoffFactorMs: config.authenticationBackoffFactorMs,
    timeoutMinMs: config.authenticationTimeoutMinMs,
    timeoutMaxMs: config.authenticationTimeoutMaxMs,
  };
  return withCredential(transport, readCredential(config.credential, '--credential', warn), times);
}
