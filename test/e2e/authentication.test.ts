/** A cluster of real processes in which everybody has to say who he is: master, agent, executors, jobs, operators. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cluster, FAST, PORTABLE, startCluster } from './cluster.js';
import { endOf, type Ground, openGround, waitFor } from './ground.js';

const KIND = FAST.missing === false ? FAST : PORTABLE;

const SECRETS = { agent: 'agents only', jobs: 'for jobs', ops: 'for people' };
const ACLS = {
  register_agents: [
    { principals: { values: ['agent'] }, agents: { type: 'ANY' } },
    { principals: { type: 'ANY' }, agents: { type: 'NONE' } },
  ],
  view_frameworks: [
    { principals: { values: ['ops'] }, users: { type: 'ANY' } },
    { principals: { type: 'ANY' }, users: { type: 'NONE' } },
  ],
};

let ground: Ground;
let cluster: Cluster;

/** Writes a file that only its owner can read. */
function write(name: string, content: unknown): string {
  const path = join(ground.directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

before(async () => {
  ground = await openGround();
  const credentials = Object.entries(SECRETS).map(([principal, secret]) => ({ principal, secret }));
  cluster = await startCluster(ground, KIND, {
    agents: 0,
    masterFlags: [
      ...['--credentials', write('credentials.json', { credentials }), '--acls', write('acls.json', ACLS)],
      ...['--authenticate-frameworks', '--authenticate-agents', '--authenticate-http-readwrite'],
    ],
    agentFlags: [
      ...['--authenticate-http-executors', '--jwt-secret-key', write('key', 'a key\n')],
      ...['--authentication-backoff-factor', '20ms'],
    ],
  });
});

after(() => ground.close());

async function agents(): Promise<number> {
  return (await cluster.state()).activated_slaves;
}

test('[B87] [C12] [C13] an agent with a wrong secret stays outside and says why; with its own it is in', async () => {
  const wrong = await cluster.addAgent(['--credential', write('wrong', { principal: 'agent', secret: 'no' })]);
  const attempts = (): number => wrong.running.output.stderr.split('wrong principal or secret').length - 1;
  await waitFor('three refusals', () => attempts() >= 3, () => wrong.running.output);
  assert.ok(!wrong.running.output.stderr.includes(SECRETS.agent));
  const jobs = await cluster.addAgent(['--credential', write('jobs', { principal: 'jobs', secret: SECRETS.jobs })]);
  const forbidden = (): boolean => jobs.running.output.stderr.includes('Not authorized to register agent');
  await waitFor('a refusal by the ACLs', forbidden, () => jobs.running.output);
  assert.equal(await agents(), 0);
  wrong.running.child.kill();
  jobs.running.child.kill();
  const right = await cluster.addAgent(['--credential', write('agent', { principal: 'agent', secret: SECRETS.agent })]);
  await waitFor('the agent to register', async () => (await agents()) === 1, () => right.running.output);
});

test('[B87] [B89] a job runs for those who prove who they are, on executors that prove which they are', async () => {
  const job = ['run', 'pi', '--master', cluster.master, '--connect-timeout', '2secs', '--points', '20000'];
  const nobody = await endOf(ground.start(job), 'a job without a name');
  assert.notEqual(nobody.code, 0);
  assert.match(nobody.stderr, /is not authenticated/);
  const secret = write('jobs-secret', `${SECRETS.jobs}\n`);
  const jobs = await endOf(ground.start([...job, '--principal', 'jobs', '--secret-file', secret]), 'a job with a name');
  assert.equal(jobs.code, 0, jobs.stderr);
  assert.match(jobs.stdout, /3\.1/);
});

test('[B88] [B93] operators prove who they are; tables show what one may see', async () => {
  const url = `http://${cluster.master}/api/v1`;
  const body = '{"type":"GET_HEALTH"}';
  const headers = { 'content-type': 'application/json' };
  const nobody = await fetch(url, { method: 'POST', body, headers });
  assert.equal(nobody.status, 401);
  assert.equal(nobody.headers.get('www-authenticate'), 'Basic realm="mesos-master-readwrite"');
  const authorization = `Basic ${Buffer.from(`ops:${SECRETS.ops}`).toString('base64')}`;
  assert.equal((await fetch(url, { method: 'POST', body, headers: { ...headers, authorization } })).status, 200);
  const table = ['state', '--master', cluster.master, '--json'];
  const shown = async (...flags: string[]): Promise<unknown> => {
    const { stdout } = await endOf(ground.start([...table, ...flags]), 'mete state');
    return (JSON.parse(stdout) as { completed_frameworks: unknown[] }).completed_frameworks.length;
  };
  assert.equal(await shown(), 0);
  assert.equal(await shown('--credential', write('ops', { principal: 'ops', secret: SECRETS.ops })), 1);
});

test('[B88] what asks for a name nobody has is refused at the start, with what is missing', async () => {
  const start = ['master', '--ip', '127.0.0.1', '--port', '0', '--authenticate-http-readonly'];
  const master = await endOf(ground.start(start), 'a master without credentials');
  assert.equal(master.code, 64);
  assert.match(master.stderr, /--authenticate-http-readonly true: .*name a file of them with --credentials/);
  const own = ['agent', '--master', cluster.master, '--authenticate-http-executors'];
  const agent = await endOf(ground.start(own), 'an agent without a key');
  assert.equal(agent.code, 64);
  assert.match(agent.stderr, /name a file with a key with --jwt-secret-key/);
});
