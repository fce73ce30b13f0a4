/** Elections by real ZooKeeper: who leads, what detectors see, how candidacies end. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import { createZooKeeperElection } from '../../src/ha/zookeeper-election.js';
import { openZooKeeper, type ZooKeeperSession } from '../../src/ha/zookeeper-session.js';
import { type MasterInfo, masterInfo as masterSchema } from '../../src/protocol/framework.js';
import { fieldsToProtobuf } from '../../src/protocol/protobuf/operator.js';
import { electionAt, listen, masterInfo } from './masters.js';
import { NO_ZOOKEEPER, startZooKeeper, type ZooKeeperServers } from './zookeeper-servers.js';

const LIMIT = { timeout: 60_000 };

describe('election by ZooKeeper', { skip: NO_ZOOKEEPER, ...LIMIT }, () => {
  let servers: ZooKeeperServers;
  let paths = 0;
  const closers: (() => Promise<void>)[] = [];
  const newUrl = (credentials?: string): string => servers.url(`/test/${++paths}`, credentials);

  before(async () => {
    servers = await startZooKeeper(1);
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
    await servers?.close();
  });

  async function election(url: string, timeoutMs?: number): ReturnType<typeof electionAt> {
    const made = await electionAt(url, timeoutMs);
    closers.push(() => made.close());
    return made;
  }

  function session(url: string, timeoutMs = 1000): ZooKeeperSession {
    const made = openZooKeeper({ url: parseEnsembleUrl(url, 'url'), timeoutMs });
    closers.push(() => made.close());
    return made;
  }

  test('[E2] [E3] [E12] who stood first leads; the next follows when it goes; detectors see each', async () => {
    const url = newUrl();
    const [one, two, watcher] = [await election(url), await election(url), await election(url)];
    const told = listen(watcher);
    await told.until(null);
    const first = await one.contend(masterInfo(1));
    await told.until('id-1');
    const second = await two.contend(masterInfo(2));
    const alsoTold = listen(two);
    await alsoTold.until('id-1');
    assert.ok(first.isCertain() && second.isCertain());
    await first.withdraw();
    assert.match(await first.lost, /withdrawn/);
    assert.equal(first.isCertain(), false);
    await Promise.all([told.until('id-2'), alsoTold.until('id-2')]);
    await two.close();
    await told.until(null);
    assert.deepEqual(told.ids, [null, 'id-1', 'id-2', null]);
  });

  test('[E6] [E7] [E9] the znode is Mesos\' own, and foreign clients find the leader by it', async () => {
    const url = newUrl();
    const { path } = parseEnsembleUrl(url, 'url');
    const zk = session(url);
    await zk.ensurePath(`${path}/log_replicas`);
    await zk.ensurePath(`${path}/registry`);
    const master = await election(url);
    await master.contend(masterInfo(7));
    const names = (await zk.children(path))!;
    // PyMesos: the least name of all but log_replicas.
    const least = names.filter((name) => name !== 'log_replicas').sort()[0]!;
    assert.match(least, /^json\.info_\d{10}$/);
    const { data, stat } = (await zk.read(`${path}/${least}`))!;
    assert.notEqual(stat.owner, null, 'it ends with the session');
    const json = JSON.parse(String(data)) as Record<string, unknown>;
    const address = { hostname: 'm7', ip: '10.0.0.7', port: 5050 };
    assert.deepEqual(json['address'], address);
    assert.deepEqual(
      [json['id'], json['ip'], json['port'], json['pid'], json['hostname'], json['version'], json['capabilities']],
      ['id-7', 0x0700000a, 5050, 'master@10.0.0.7:5050', 'm7', '1.11.0', [{ type: 'AGENT_UPDATE' }]],
    );
  });

  test('[E8] older forms of the entry are understood: protobuf, and the text of a pid', async () => {
    const url = newUrl();
    const { path } = parseEnsembleUrl(url, 'url');
    const zk = session(url);
    await zk.ensurePath(path);
    const told = listen(await election(url));
    const data = fieldsToProtobuf(masterSchema, masterInfo(3));
    const old = await zk.create(`${path}/info_`, data, { ephemeral: true, sequential: true });
    await told.until('id-3');
    await zk.create(`${path}/0000000009`, Buffer.from('master@10.0.0.9:5051'), { ephemeral: true });
    await zk.remove(old, -1);
    await told.until('');
    const other = await election(url);
    const leader = await new Promise<MasterInfo | null>((resolve) => other.watch(resolve));
    assert.deepEqual(leader?.address, { ip: '10.0.0.9', port: 5051, hostname: '10.0.0.9' });
  });

  test('an entry that says nothing of use leads to nobody, until it goes', async () => {
    const url = newUrl();
    const { path } = parseEnsembleUrl(url, 'url');
    const zk = session(url);
    await zk.ensurePath(path);
    const bad = await zk.create(`${path}/json.info_`, Buffer.from('{'), { ephemeral: true, sequential: true });
    const told = listen(await election(url));
    await told.until(null);
    const candidate = await (await election(url)).contend(masterInfo(1));
    await zk.remove(bad, -1);
    await told.until('id-1');
    assert.ok(candidate.isCertain());
  });

  test('[E11] a candidacy ends when its znode is removed', async () => {
    const url = newUrl();
    const { path } = parseEnsembleUrl(url, 'url');
    const candidacy = await (await election(url)).contend(masterInfo(1));
    const zk = session(url);
    const [name] = (await zk.children(path))!;
    await zk.remove(`${path}/${name}`, -1);
    assert.match(await candidacy.lost, /was removed/);
    assert.equal(candidacy.isCertain(), false);
  });

  test('[E14] with digest credentials the owner may do everything, the world may read, others not write', async () => {
    const url = newUrl('boss:secret');
    const { path } = parseEnsembleUrl(url, 'url');
    const master = await election(url);
    await master.contend(masterInfo(1));
    const world = session(servers.url(path));
    const told = listen(await election(servers.url(path)));
    await told.until('id-1');
    const [name] = (await world.children(path))!;
    await assert.rejects(world.write(`${path}/${name}`, Buffer.from('x'), -1), { code: 'FORBIDDEN' });
    await assert.rejects(world.create(`${path}/json.info_0000000000`, Buffer.from('x')), { code: 'FORBIDDEN' });
    const wrong = await election(servers.url(path, 'boss:guess'));
    await assert.rejects(wrong.contend(masterInfo(2)), { code: 'FORBIDDEN' });
    const owner = session(url);
    await owner.write(`${path}/${name}`, Buffer.from('x'), -1);
  });

  test('a master that stands twice under one session has one znode', async () => {
    const url = newUrl();
    const { path } = parseEnsembleUrl(url, 'url');
    const made = createZooKeeperElection({
      url: parseEnsembleUrl(url, 'url'),
      sessionTimeoutMs: 1000,
      log: () => undefined,
    });
    closers.push(() => made.close());
    await made.contend(masterInfo(1));
    await made.contend(masterInfo(1));
    assert.equal((await made.session.children(path))!.length, 1);
  });
});

describe('ZooKeeper that fails', { skip: NO_ZOOKEEPER, ...LIMIT }, () => {
  test('[E10] sessions expire by the own clock while no server can be reached; later another goes on', async () => {
    const servers = await startZooKeeper(1);
    const one = await electionAt(servers.url('/mete'), 1000);
    const watcher = await electionAt(servers.url('/mete'), 1000);
    try {
      const candidacy = await one.contend(masterInfo(1));
      const told = listen(watcher);
      await told.until('id-1');
      await servers.servers[0]!.kill();
      assert.match(await candidacy.lost, /no server has answered/);
      assert.equal(candidacy.isCertain(), false);
      await told.until(null);
      await servers.servers[0]!.start();
      const again = await one.contend(masterInfo(2));
      await told.until('id-2');
      assert.ok(again.isCertain());
    } finally {
      await Promise.all([one.close(), watcher.close()]);
      await servers.close();
    }
  });

  test('a server that is silent is as one that is dead: the session goes on with another', async () => {
    const servers = await startZooKeeper(3);
    const zk = openZooKeeper({ url: parseEnsembleUrl(servers.url('/mete'), 'url'), timeoutMs: 2000 });
    const frozen = new Set<number>();
    try {
      await zk.ensurePath('/mete/a');
      const leader = await servers.leader();
      const breaks: number[] = [];
      zk.onConnection((isConnected) => breaks.push(Number(isConnected)));
      // Freezing followers one after the other: one of the first two is the one the session is with, or neither is.
      for (const server of servers.servers) {
        if (server === leader) continue;
        server.freeze();
        frozen.add(server.port);
        await zk.write('/mete/a', Buffer.from(String(server.port)), -1).catch((error: { code: string }) => {
          assert.equal(error.code, 'UNREACHABLE');
        });
        assert.ok(await zk.exists('/mete/a'), 'the session lives');
        server.thaw();
      }
    } finally {
      await zk.close();
      await servers.close();
    }
  });

  test('the leader of the ensemble is killed: the session and the candidacy live on', async () => {
    const servers = await startZooKeeper(3);
    const one = await electionAt(servers.url('/mete'), 6000);
    const watcher = await electionAt(servers.url('/mete'), 6000);
    try {
      const candidacy = await one.contend(masterInfo(1));
      const told = listen(watcher);
      await told.until('id-1');
      await (await servers.leader()).kill();
      const next = await servers.leader();
      assert.equal(await next.role(), 'leader');
      const late = await electionAt(servers.url('/mete'), 6000);
      const candidate = await late.contend(masterInfo(2));
      assert.ok(candidacy.isCertain() && candidate.isCertain());
      assert.deepEqual(told.ids, ['id-1']);
      await late.close();
    } finally {
      await Promise.all([one.close(), watcher.close()]);
      await servers.close();
    }
  });
});
