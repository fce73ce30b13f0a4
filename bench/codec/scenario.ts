/**
 * Messages to bytes and back: frames of self-describing records, as links carry them, beside the same messages as
 * msgpack maps and as JSON, and the check of messages beside TypeBox' own. It is TypeScript with either engine, so
 * there is one contender; the ways are laid beside each other.
 */
import { Packr } from 'msgpackr';
import { Compile } from 'typebox/compile';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import { type Message, MESSAGES } from '../../src/protocol/messages.js';
import { checkMessage } from '../../src/protocol/validate.js';
import { printEventV1 } from '../../src/protocol/v1-calls.js';
import { problem, us } from '../house/problem.js';
import type { Run } from '../house/run.js';
import { acceptMessage, acknowledgeMessage, offersMessage, updateMessages } from './messages.js';

/** Operations in one sample of the short ones: beyond what a timer can tell apart. */
const BATCH = 100;

/** Keeps results, so that nothing is left out as unused. */
let kept: unknown;

function many(run: Run, metric: string, step: () => unknown): void {
  run.repeat(
    metric,
    () => {
      for (let i = 0; i < BATCH; i++) kept = step();
    },
    { operations: BATCH },
  );
}

/** How messages are written to bytes and read from them. */
function frames(run: Run, name: string, messages: readonly Message[]): void {
  const bytes = encodeFrame(messages).slice();
  run.see(`${name}: bytes of the frame`, bytes.length);
  run.see(`${name}: messages read`, decodeFrame(bytes).length);
  many(run, `encode ${name}`, () => encodeFrame(messages));
  many(run, `decode ${name}`, () => decodeFrame(bytes));
}

/** The other ways, without a check. */
function otherWays(run: Run, message: Message): void {
  const maps = new Packr({ useRecords: false });
  const records = new Packr({ useRecords: true });
  const asRecords = records.pack(message).slice();
  const asMaps = maps.pack(message).slice();
  const asJson = JSON.stringify(message);
  run.see('offers: bytes as maps', asMaps.length);
  run.see('offers: bytes as JSON', asJson.length);
  run.repeat('decode offers, records, unchecked', () => (kept = records.unpack(asRecords)));
  run.repeat('encode offers, maps', () => (kept = maps.pack(message)));
  run.repeat('decode offers, maps, unchecked', () => (kept = maps.unpack(asMaps)));
  run.repeat('encode offers, JSON', () => (kept = JSON.stringify(message)));
  run.repeat('decode offers, JSON, unchecked', () => (kept = JSON.parse(asJson)));
}

function checks(run: Run, offers: number): void {
  const [message] = decodeFrame(encodeFrame([offersMessage(offers)]));
  const typebox = Compile(MESSAGES.OFFERS);
  run.see('TypeBox accepts the offers', String(typebox.Check(message)));
  run.repeat('check offers', () => (kept = checkMessage(message)));
  run.repeat('check offers, TypeBox', () => (kept = typebox.Check(message)));
  const [update] = updateMessages(1);
  many(run, 'check update', () => checkMessage(update));
}

export default problem<{ offers: number; updates: number; tasks: number }>({
  name: 'codec',
  title: 'Messages to bytes and back, and their check',
  shape:
    'An OFFERS of whole agents with four resources and two attributes each, an ACKNOWLEDGE, a frame of UPDATEs, an ' +
    'ACCEPT that launches tasks of 200 bytes; decoding includes the check unless it says otherwise.',
  parameters: { offers: 'offers in the message', updates: 'UPDATEs in the frame', tasks: 'tasks in the ACCEPT' },
  metrics: {
    'encode offers': us('OFFERS to a frame'),
    'decode offers': us('a frame to OFFERS, checked'),
    'decode offers, records, unchecked': us('records to OFFERS, by msgpackr alone'),
    'encode offers, maps': us('OFFERS to msgpack maps'),
    'decode offers, maps, unchecked': us('msgpack maps to OFFERS'),
    'encode offers, JSON': us('OFFERS to JSON'),
    'decode offers, JSON, unchecked': us('JSON to OFFERS'),
    'print offers, v1 JSON': us("OFFERS to the JSON of Mesos' v1 API"),
    'encode acknowledge': us('an ACKNOWLEDGE to a frame'),
    'decode acknowledge': us('a frame to an ACKNOWLEDGE, checked'),
    'encode updates': us('UPDATEs to a frame'),
    'decode updates': us('a frame to UPDATEs, checked'),
    'encode accept': us('an ACCEPT to a frame'),
    'decode accept': us('a frame to an ACCEPT, checked'),
    'check offers': us('the check of OFFERS'),
    'check offers, TypeBox': us("the same by TypeBox' compiler"),
    'check update': us('the check of an UPDATE'),
  },
  scales: {
    tiny: [{ name: 'offers', size: { offers: 2, updates: 2, tasks: 1 } }],
    quick: [{ name: 'offers', size: { offers: 100, updates: 32, tasks: 20 } }],
    default: [{ name: 'offers', size: { offers: 100, updates: 32, tasks: 20 } }],
  },
  contenders: {
    typescript: (run, { offers, updates, tasks }) => {
      const message = offersMessage(offers);
      frames(run, 'offers', [message]);
      otherWays(run, message);
      run.see('offers: characters in v1 JSON', printEventV1(message).length);
      run.repeat('print offers, v1 JSON', () => (kept = printEventV1(message)));
      frames(run, 'acknowledge', [acknowledgeMessage(1)]);
      frames(run, 'updates', updateMessages(updates));
      frames(run, 'accept', [acceptMessage(tasks)]);
      checks(run, offers);
      run.see('kept', typeof kept);
    },
  },
});
