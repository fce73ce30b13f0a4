/**
 * `POST /api/v1/scheduler`: the door of frameworks that speak Mesos' v1 API. Checks come in Mesos' order, with its
 * statuses and texts; a SUBSCRIBE becomes a link of the core, every other call a message on the link of its framework.
 * What a call leads to is the core's matter; here it is 202 and nothing more.
 */
import type { LinkId } from '../../../base/core.js';
import type { Exchange } from '../../../base/exchange.js';
import { answerText } from '../../../http/answers.js';
import { type Access, nameOfAsker, REFUSED } from '../../../http/access.js';
import { accepts } from '../../../http/negotiation.js';
import type { RouteHandler } from '../../../http/router.js';
import { type CallRules, NOT_ACCEPTABLE, readCall } from '../../../http/v1-call.js';
import type { MessageOf, SchedulerCall } from '../../../protocol/messages.js';
import type { FrameworkId } from '../../../protocol/schema.js';
import type { V1Call } from '../../../protocol/v1-calls.js';
import type { MasterState } from '../../core/state.js';
import { validateSchedulerMessage, validateUpdateTarget } from '../../core/validation/index.js';
import type { LogFunction, MasterDriver } from '../drive-master.js';
import { isLeading, type Standing } from '../standing.js';
import { SCHEDULER_CODECS, type SchedulerCodec } from './scheduler-codec.js';
import { openStream, type SchedulerStream } from './scheduler-stream.js';

export interface SchedulerDoorOptions {
  readonly state: MasterState;
  readonly driver: MasterDriver;
  readonly standing: () => Standing;
  readonly access: Access;
  readonly log: LogFunction;
  /** What may wait to be sent to one framework. */
  readonly maxBufferedBytes: number;
}

const MIB = 2 ** 20;

/** Tasks may carry megabytes, and base64 makes a third more of them. */
const MAX_CALL_BYTES = 32 * MIB;

const RULES: CallRules<V1Call<SchedulerCall>> = {
  codecs: SCHEDULER_CODECS,
  maxBytes: MAX_CALL_BYTES,
  callName: 'scheduler::Call',
};

/** Handles all requests for the scheduler endpoint, whatever their method. */
export function schedulerDoor(options: SchedulerDoorOptions): RouteHandler {
  const { state, driver, standing, access, log, maxBufferedBytes } = options;
  const streams = new Map<LinkId, SchedulerStream>();
  const onEnd = ({ link }: SchedulerStream): void => void streams.delete(link);
  const streamOptions = { state, driver, log, maxBufferedBytes, onEnd };

  const subscribe = (
    exchange: Exchange,
    codec: SchedulerCodec,
    call: MessageOf<'SUBSCRIBE'>,
    principal: string | null,
  ): void => {
    const stream = openStream(exchange, codec, { ...streamOptions, principal });
    streams.set(stream.link, stream);
    if (driver.receive(stream.link, call) === 'refused') stream.end(OVERLOADED);
  };

  return async (exchange) => {
    const principal = nameOfAsker(access, exchange, 'scheduler');
    if (principal === REFUSED || !isLeading(exchange, standing())) return;
    const call = await readCall(exchange, RULES);
    if (call === null) return;
    const refuse = (status: number, text: string): void => answerText(exchange, status, text);
    const { message } = call;
    const invalid = invalidity(call) ?? pretence(call, principal);
    if (invalid !== null) return refuse(400, `Failed to validate scheduler::Call: ${invalid}`);
    const { accept, 'mesos-stream-id': streamId } = exchange.request.headers;
    const codec = SCHEDULER_CODECS.find(({ contentType }) => accepts(accept, contentType));
    const type = message?.type;
    // Mesos asks it of these two calls only.
    if ((type === 'SUBSCRIBE' || type === 'RECONCILE_OPERATIONS') && codec === undefined) {
      return refuse(406, NOT_ACCEPTABLE);
    }
    if (type === 'SUBSCRIBE') {
      if (streamId !== undefined) return refuse(400, STREAM_ID_UNWANTED);
      return subscribe(exchange, codec!, message, principal);
    }
    const frameworkId = call.frameworkId!;
    const place = placeOf(state, streams, frameworkId, principal);
    if ('status' in place) return refuse(place.status, place.text);
    if (streamId === undefined) return refuse(400, STREAM_ID_MISSING);
    if (streamId !== place.id) return refuse(400, wrongStream(streamId, frameworkId));
    if (message === null) return refuse(501, '');
    if (message.type === 'UPDATE_FRAMEWORK') {
      return driver.operate({ type: 'UPDATE_FRAMEWORK', frameworkId, update: message }, (status, body) =>
        refuse(status, body ?? ''),
      );
    }
    if (driver.receive(place.link, message) === 'refused') return refuse(503, OVERLOADED);
    return refuse(202, '');
  };
}

const OVERLOADED = 'Too many calls wait';
const STREAM_ID_UNWANTED = "Subscribe calls should not include the 'Mesos-Stream-Id' header";
const STREAM_ID_MISSING = "All non-subscribe calls should include the 'Mesos-Stream-Id' header";

function wrongStream(streamId: string, frameworkId: FrameworkId): string {
  const what = `The stream ID '${streamId}' included in this request`;
  return `${what} didn't match the stream ID currently associated with framework ID ${frameworkId}`;
}

/** What is wrong with a call that no schema says; an id is no id without characters. */
function invalidity({ message, frameworkId }: V1Call<SchedulerCall>): string | null {
  if (message === null) return null;
  if (message.type === 'UPDATE_FRAMEWORK') return validateUpdateTarget(frameworkId ?? '', message.frameworkInfo);
  return validateSchedulerMessage(message);
}

/** Who has proved who he is cannot subscribe as another. */
function pretence({ message }: V1Call<SchedulerCall>, principal: string | null): string | null {
  if (message?.type !== 'SUBSCRIBE' || principal === null) return null;
  const { principal: said } = message.frameworkInfo;
  return said === undefined || said === principal ? null : notThePrincipal(principal, said);
}

function notThePrincipal(authenticated: string, said: string): string {
  const what = `Authenticated principal '${authenticated}' does not match principal '${said}'`;
  return `${what} set in \`FrameworkInfo\``;
}

interface Refused {
  readonly status: number;
  readonly text: string;
}

/** The stream on which a framework is subscribed, or why it has none. */
function placeOf(
  state: MasterState,
  streams: ReadonlyMap<LinkId, SchedulerStream>,
  frameworkId: FrameworkId,
  principal: string | null,
): SchedulerStream | Refused {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return { status: 400, text: 'Framework cannot be found' };
  const { principal: own = '' } = framework.info;
  if (principal !== null && principal !== own) return { status: 400, text: notThePrincipal(principal, own) };
  if (framework.link === null) return { status: 403, text: 'Framework is not subscribed' };
  return streams.get(framework.link) ?? { status: 403, text: 'Framework is not connected via HTTP' };
}
