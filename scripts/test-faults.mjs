/**
 * `npm run test:faults [-- --rounds N] [--seed S] [--only TEXT]`: kills, freezes and cuts off real servers while jobs
 * run, and proves that nothing was lost. Needs root, ip, iptables, ZooKeeper; about 4 minutes a round.
 */
import { parseArgs } from 'node:util';
import { ensureDist } from './lib/dist.mjs';
import { ensureModules } from './lib/modules.mjs';
import { ensureAddon } from './lib/native.mjs';
import { run } from './lib/process.mjs';

const text = /** @type {const} */ ({ type: 'string' });
const { values } = parseArgs({ options: { rounds: text, seed: text, only: text } });
await ensureModules();
await ensureDist();
ensureAddon();
for (const [name, value] of Object.entries(values)) process.env[`METE_FAULT_${name.toUpperCase()}`] = value;
const options = ['--import', 'tsx', '--test', '--test-reporter=spec'];
process.exit(await run(process.execPath, [...options, 'test/faults/suite.ts']));
