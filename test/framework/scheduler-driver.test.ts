/** The driver for frameworks of one's own, over a real link. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Scheduler, SchedulerDriver } from '../../src/framework/shell/scheduler-driver.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { Message, SchedulerCall } from '../../src/protocol/messages.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { TaskInfo } from '../../src/protocol/task.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

const FRAMEWORK = { user: 'nobody', name: 'own' };
const OFFER = { id: 'O1', frameworkId: 'F', agentId: 'a1', hostname: 'h', resources: [] } as unknown as OfferMessage;

/** A master that answers calls with what it is told. */
async function scripted(answer: (call: SchedulerCall) => Message[]): Promise<{
  address: string;
  calls: SchedulerCall[];
  close: () => Promise<void>;
}> {
  const calls: SchedulerCall[] = [];
  const listener = await wsTransport.listen({
    host: '127.0.0.1',
    port: 0,
    onLink: (link) => ({
      frame: (_from, bytes) => {
        for (const message of decodeFrame(bytes)) {
          calls.push(message as SchedulerCall);
          const said = answer(message as SchedulerCall);
          if (said.length > 0) link.send(encodeFrame(said));
        }
      },
      closed: () => undefined,
    }),
  });
  return { address: `127.0.0.1:${listener.port}`, calls, close: () => listener.close() };
}

test('callbacks come in order, statuses are acknowledged after them, stop tears down', async () => {
  const heard: string[] = [];
  const ids = { taskId: 't1' as never, agentId: 'a1' as never };
  const status = { ...ids, state: 'TASK_FINISHED', uuid: new Uint8Array(16) } as const;
  const master = await scripted((call) => {
    if (call.type === 'SUBSCRIBE') {
      return [{ type: 'SUBSCRIBED', frameworkId: 'F' as never }, { type: 'OFFERS', offers: [OFFER] }];
    }
    return call.type === 'ACCEPT' ? [{ type: 'UPDATE', status }] : [];
  });
  const scheduler: Scheduler = {
    registered: (_driver, id) => heard.push(`registered ${id}`),
    resourceOffers: (driver, offers) => {
      heard.push(`offers ${offers.map((offer) => offer.id).join()}`);
      const task = { name: 't', taskId: 't1', agentId: offers[0]!.agentId } as TaskInfo;
      driver.launchTasks([offers[0]!.id], [task]);
    },
    statusUpdate: (driver, { state }) => {
      heard.push(state);
      assert.ok(!master.calls.some((call) => call.type === 'ACKNOWLEDGE'));
      driver.stop();
    },
  };
  const driver = new SchedulerDriver(scheduler, { masters: [master.address], frameworkInfo: FRAMEWORK });
  const end = await driver.run();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(end, { error: null });
  assert.equal(driver.frameworkId, 'F');
  assert.deepEqual(heard, ['registered F', 'offers O1', 'TASK_FINISHED']);
  assert.deepEqual(master.calls.map((call) => call.type).slice(0, 2), ['SUBSCRIBE', 'ACCEPT']);
  assert.ok(master.calls.some((call) => call.type === 'TEARDOWN'));
  await master.close();
});

test('[D68] statuses are acknowledged after the callback, or when the framework says so', async () => {
  const ids = { taskId: 't1' as never, agentId: 'a1' as never };
  const status = { ...ids, state: 'TASK_RUNNING', uuid: new Uint8Array(16).fill(7) } as const;
  const acknowledgements = async (implicit: boolean): Promise<number> => {
    const master = await scripted((call) => {
      if (call.type === 'SUBSCRIBE') return [{ type: 'SUBSCRIBED', frameworkId: 'F' as never }];
      return call.type === 'RECONCILE' ? [{ type: 'UPDATE', status }] : [];
    });
    const count = (): number => master.calls.filter(({ type }) => type === 'ACKNOWLEDGE').length;
    let heard = 0;
    const scheduler: Scheduler = {
      registered: (driver) => driver.reconcileTasks([]),
      resourceOffers: () => undefined,
      statusUpdate: (driver, one) => {
        assert.equal(count(), 0);
        heard++;
        if (!implicit) driver.acknowledge(one);
      },
    };
    const options = { masters: [master.address], frameworkInfo: FRAMEWORK, implicitAcknowledgements: implicit };
    const driver = new SchedulerDriver(scheduler, options);
    const end = driver.run();
    while (heard === 0 || count() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    driver.stop();
    await end;
    const found = master.calls.find(({ type }) => type === 'ACKNOWLEDGE');
    assert.deepEqual(found, { type: 'ACKNOWLEDGE', ...ids, uuid: status.uuid });
    await master.close();
    return count();
  };
  assert.deepEqual([await acknowledgements(true), await acknowledgements(false)], [1, 1]);
});

test('an error of the master ends the driver; what a callback throws is told by join', async () => {
  const refusing = await scripted(() => [{ type: 'ERROR', message: 'Framework has been removed' }]);
  let said = '';
  const scheduler: Scheduler = { resourceOffers: () => undefined, error: (_driver, message) => void (said = message) };
  const options = { masters: [refusing.address], frameworkInfo: FRAMEWORK };
  assert.deepEqual(await new SchedulerDriver(scheduler, options).run(), { error: 'Framework has been removed' });
  assert.equal(said, 'Framework has been removed');
  await refusing.close();
  const offering = await scripted((call) =>
    call.type === 'SUBSCRIBE'
      ? [{ type: 'SUBSCRIBED', frameworkId: 'F' as never }, { type: 'OFFERS', offers: [OFFER] }]
      : []);
  const throwing: Scheduler = {
    resourceOffers: () => {
      throw new Error('a defect');
    },
  };
  await assert.rejects(
    new SchedulerDriver(throwing, { masters: [offering.address], frameworkInfo: FRAMEWORK }).run(),
    /a defect/,
  );
  await offering.close();
});

test('addresses that are none are refused at once', () => {
  const scheduler: Scheduler = { resourceOffers: () => undefined };
  for (const masters of [[], ['a:b:c'], ['host:0']]) {
    assert.throws(() => new SchedulerDriver(scheduler, { masters, frameworkInfo: FRAMEWORK }), { field: 'master' });
  }
});
