/**
 * Faults with real servers: ZooKeeper, masters, agents and frameworks as processes on hosts of their own. All faults
 * once, in an order that the seed decides. `npm run test:faults` runs it, by itself: it needs root, and the machine.
 */
import { after, before, describe, test } from 'node:test';
import { mix32 } from '../../src/base/mix32.js';
import { NO_ZOOKEEPER } from '../ha/zookeeper-servers.js';
import { allFaults, type Fault } from './faults.js';
import { NO_NETWORK } from './network.js';
import { type Play, startPlay } from './play.js';

const SEED = Number(process.env['METE_FAULT_SEED'] ?? Date.now() % 1_000_000);
/** Only faults whose names contain this. */
const ONLY = process.env['METE_FAULT_ONLY'] ?? '';
const ROUNDS = Number(process.env['METE_FAULT_ROUNDS'] ?? 1);

function shuffled(round: number): Fault[] {
  const faults = allFaults();
  const key = (fault: Fault): number => mix32(SEED + 1000 * round + faults.indexOf(fault));
  return faults.filter(({ name }) => name.includes(ONLY)).sort((a, b) => key(a) - key(b));
}

const skip = NO_ZOOKEEPER === false ? NO_NETWORK : NO_ZOOKEEPER;

describe(`nothing is lost (METE_FAULT_SEED=${SEED})`, { skip }, () => {
  let play: Play;

  before(async () => {
    play = await startPlay(SEED);
  });
  after(() => play.close());

  for (let round = 0; round < ROUNDS; round++) {
    for (const fault of shuffled(round)) {
      test(fault.name, { skip: fault.missing ?? false }, () => play.make(fault));
    }
  }

  test('in the end: each task has ended once, nothing is held, the registry says what is true', async (t) => {
    t.diagnostic(await play.finish());
  });
});
