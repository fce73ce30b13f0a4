/** Elections by real etcd, and that of a master that is alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStandaloneElection } from '../../src/ha/standalone-election.js';
import { electionAt, listen, masterInfo } from './masters.js';
import { NO_ETCD, startEtcd } from './etcd-server.js';

describe('election by etcd', { skip: NO_ETCD, timeout: 60_000 }, () => {
  test('[E15] who stood first leads; the next follows when it goes or the lease cannot be kept', async () => {
    const server = await startEtcd();
    const elections = [];
    for (let n = 0; n < 3; n++) elections.push(await electionAt(server.url('/mete'), 2000));
    const [one, two, watcher] = elections as [typeof elections[0], typeof elections[0], typeof elections[0]];
    try {
      const told = listen(watcher);
      await told.until(null);
      const first = await one.contend(masterInfo(1));
      await told.until('id-1');
      const second = await two.contend(masterInfo(2));
      assert.ok(first.isCertain() && second.isCertain());
      await one.close();
      assert.match(await first.lost, /withdrawn/);
      await told.until('id-2');
      await server.kill();
      assert.match(await second.lost, /lease/);
      assert.equal(second.isCertain(), false);
      await told.until(null);
      await server.start();
      const again = await two.contend(masterInfo(3));
      await told.until('id-3');
      assert.ok(again.isCertain());
    } finally {
      await Promise.all(elections.map((election) => election.close()));
      await server.close();
    }
  });
});

test('[E13] a master alone elects itself', async () => {
  const election = createStandaloneElection();
  const told = listen(election);
  const candidacy = await election.contend(masterInfo(1));
  assert.deepEqual(told.ids, ['id-1']);
  assert.ok(candidacy.isCertain());
  await election.close();
  await candidacy.lost;
  assert.deepEqual(told.ids, ['id-1', null]);
});
