/** A master's way through elections: it stands, is elected, takes over, and ends when it does not lead any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../../src/base/errors.js';
import type { Candidacy } from '../../../src/ha/election.js';
import type { MasterInfo } from '../../../src/protocol/framework.js';
import { createMemoryRegistrar } from '../../../src/storage/memory-registrar.js';
import { FakeElection, leaderAt } from '../../ha/fake-election.js';
import { ask, master, NativePeer } from './v1/fixtures.js';

interface End {
  readonly reason: string;
  readonly code: number;
}

const SUBSCRIBE = { type: 'SUBSCRIBE', frameworkInfo: { user: 'u', name: 'f' } } as const;

test('[E4] it stands first, then looks who leads', async (t) => {
  const order: string[] = [];
  class Watched extends FakeElection {
    override contend(info: MasterInfo): Promise<Candidacy> {
      order.push('contend');
      return super.contend(info);
    }
    override watch(listener: (leader: MasterInfo | null) => void): () => void {
      order.push('detect');
      return super.watch(listener);
    }
  }
  await master(t, { election: new Watched() });
  assert.deepEqual(order, ['contend', 'detect']);
});

test('[E12] while another leads it redirects and reads nothing; it stands again when its candidacy ends', async (t) => {
  const election = new FakeElection();
  let opened = 0;
  const openRegistrar = () => Promise.resolve((opened++, createMemoryRegistrar()));
  const ends: End[] = [];
  const onExit = (reason: string, code: number) => void ends.push({ reason, code });
  const { port } = await master(t, { election, openRegistrar, onExit });
  election.tell(leaderAt('other', 5051));
  const { status, headers } = await ask(t, port, 'GET', '/state');
  assert.deepEqual([status, headers['location']], [307, '//other:5051/state']);
  await election.end('the session has ended');
  await election.end('and again');
  assert.deepEqual([election.candidacies, opened, ends], [3, 0, []]);
  await election.elect();
  assert.equal(opened, 1);
  assert.equal((await ask(t, port, 'GET', '/state')).status, 200);
});

test('[E11] a leader ends at once: its candidacy has ended, another leads, nobody leads', async (t) => {
  const ways: [string, (election: FakeElection) => unknown][] = [
    ['Lost leadership: the session has ended', (election) => election.end('the session has ended')],
    ['Lost leadership: leader-5051 leads', (election) => election.tell(leaderAt('other', 5051))],
    ['Lost leadership: nobody leads', (election) => election.tell(null)],
  ];
  for (const [reason, lose] of ways) {
    const election = new FakeElection();
    const ends: End[] = [];
    await master(t, { election, onExit: (why, code) => void ends.push({ reason: why, code }) });
    await election.elect();
    await lose(election);
    await election.end('later');
    assert.deepEqual(ends, [{ reason, code: 1 }]);
  }
});

test('[E11] a leader that cannot be sure any more does not act on what comes, and says it does not lead', async (t) => {
  const election = new FakeElection();
  const ends: End[] = [];
  const stored: unknown[] = [];
  const registrar = createMemoryRegistrar();
  const { port } = await master(t, {
    election,
    onExit: (reason, code) => void ends.push({ reason, code }),
    openRegistrar: () =>
      Promise.resolve({
        registry: registrar.registry,
        store: (operations, done) => {
          stored.push(...operations);
          registrar.store(operations, done);
        },
      }),
  });
  await election.elect();
  const peer = await new NativePeer().open(t, port);
  peer.send(SUBSCRIBE);
  await peer.next('SUBSCRIBED');
  election.isCertain = false;
  const agentInfo = { hostname: 'h', port: 5051, resources: [] };
  const agent = await new NativePeer().open(t, port);
  agent.send({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: [], checkpointedResources: [] });
  const answer = await ask(t, port, 'GET', '/state');
  assert.deepEqual([answer.status, answer.body], [503, 'No leader elected']);
  assert.equal(ends.length, 1);
  assert.match(ends[0]!.reason, /Lost leadership: nothing was heard/);
  assert.deepEqual(stored, []);
});

test('a registry that cannot be read, or not be written any more, ends a leader', async (t) => {
  const ends: End[] = [];
  const onExit = (reason: string, code: number) => void ends.push({ reason, code });
  const unread = new FakeElection();
  await master(t, { election: unread, onExit, openRegistrar: () => Promise.reject(new Error('it is damaged')) });
  await unread.elect();
  const unwritten = new FakeElection();
  let fail: (error: MeteError) => void = () => undefined;
  const openRegistrar = (_leader: MasterInfo, onFailure: typeof fail) => {
    fail = onFailure;
    return Promise.resolve(createMemoryRegistrar());
  };
  await master(t, { election: unwritten, onExit, openRegistrar });
  await unwritten.elect();
  const detail = { field: 'registry', value: 'x', reason: 'another has written', mend: 'end' };
  fail(new MeteError('REGISTRY_CONFLICT', detail));
  assert.deepEqual(ends.map(({ code }) => code), [1, 1]);
  assert.equal(ends[0]!.reason, 'Recovery failed: it is damaged');
  assert.match(ends[1]!.reason, /^Failed to write the registry: REGISTRY_CONFLICT/);
});
