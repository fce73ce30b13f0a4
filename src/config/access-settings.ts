/** Settings about who may come in and what he may do: of the master, of the agent, of those who ask them. */
import { aclsToJson, readAcls, type Acls } from '../authorizer/acls.js';
import { duration, FLAG, json, PATH, TEXT, textOrFile } from './kinds.js';
import { type Kind, optional, setting } from './setting.js';

const SECOND = 1_000;
const POSITIVE_TIME = duration({ min: 1 });

const ACLS_JSON = json((value, source): Acls => readAcls(value, source));

/** ACLs: JSON, or the path of a file of it, with or without `file://`. */
const ACLS: Kind<Acls> = {
  form: '<json|path>',
  read(value, source) {
    const isPath = typeof value === 'string' && !/^\s*[[{]/.test(value) && !value.startsWith('file://');
    return ACLS_JSON.read(isPath ? textOrFile(`file://${value}`, source) : value, source);
  },
  print: (acls) => JSON.stringify(aclsToJson(acls)),
};

const COMMON = {
  authenticateHttpReadonly: setting(
    FLAG,
    false,
    'reads over HTTP need a name and its secret',
    'authenticate_http_readonly',
  ),
  authenticateHttpReadwrite: setting(
    FLAG,
    false,
    'the operator API and all that changes something need a name and its secret',
    'authenticate_http_readwrite',
  ),
  acls: optional(ACLS, 'who may do what (docs/security.md); unset: everybody everything', 'acls'),
};

export const MASTER_ACCESS = {
  ...COMMON,
  authenticateHttpFrameworks: setting(
    FLAG,
    false,
    'frameworks of the v1 API need a name and its secret',
    'authenticate_http_frameworks',
  ),
  authenticateFrameworks: setting(
    FLAG,
    false,
    'frameworks on links of our own must prove who they are',
    'authenticate_frameworks',
  ),
  authenticateAgents: setting(FLAG, false, 'agents must prove who they are', 'authenticate_agents'),
  credentials: optional(PATH, 'file with the principals of the cluster and their secrets', 'credentials'),
  authenticationTimeoutMs: setting(
    POSITIVE_TIME,
    15 * SECOND,
    'a proof of who one is must be there within this time',
    'authentication_v0_timeout',
  ),
};

export const AGENT_ACCESS = {
  ...COMMON,
  authenticateHttpExecutors: setting(
    FLAG,
    false,
    'executors must show the token that the agent has given them',
    'authenticate_http_executors',
  ),
  jwtSecretKey: optional(PATH, 'file with the key that tokens of executors are signed with', 'jwt_secret_key'),
  httpCredentials: optional(PATH, 'file with the principals that may ask this agent over HTTP', 'http_credentials'),
  credential: optional(PATH, 'file with the principal and the secret for the master', 'credential'),
  authenticationBackoffFactorMs: setting(
    POSITIVE_TIME,
    SECOND,
    'longest pause after a refusal; it doubles with each, up to the longest time-out',
    'authentication_backoff_factor',
  ),
  authenticationTimeoutMinMs: setting(
    POSITIVE_TIME,
    5 * SECOND,
    'the master must answer a proof within this time, at first',
    'authentication_timeout_min',
  ),
  authenticationTimeoutMaxMs: setting(
    POSITIVE_TIME,
    60 * SECOND,
    'and at most within this time, when it took too long before',
    'authentication_timeout_max',
  ),
};

/** Of frameworks. */
export const CLIENT_ACCESS = {
  principal: optional(TEXT, 'who asks'),
  secretFile: optional(PATH, 'file with the secret of the principal, and nothing else'),
  credential: optional(PATH, 'file with both: principal and secret', 'credential'),
};
