/**
 * A link carried by the npm package `ws`, of either end: outbound links of both real drivers, accepted ones of `ws`.
 *
 * Frames of a tick are corked into one write, which is worth a factor of six against the package's own one write a
 * frame. Pongs are sent by hand and only while little waits, so that a peer that pings without reading cannot fill our
 * memory. Outbound frames carry a masking key of zeros: masking is against scripts in browsers that choose the bytes a
 * proxy sees (RFC 6455, 10.3); mete's ends are programs of one operator, and masking in JavaScript costs more than
 * everything else on the way of a frame.
 */
import type { Socket } from 'node:net';
import type { ClientOptions, RawData, ServerOptions, WebSocket } from 'ws';
import { CLOSE } from './close-reason.js';
import type { LinkEnd, Wire } from './link-end.js';
import { hostPort, type TransportLimits } from './transport.js';

/** Frames this much over the limit are still read, so that the close can say what was wrong with them. */
export const FRAME_SLACK_BYTES = 2 ** 20;

/** How long an ended link may take to say goodbye. */
const GOODBYE_MS = 2000;

/** No pongs beyond this. */
const PONG_BYTES = 64 * 1024;

const BINARY = { binary: true, compress: false, fin: true };
const NO_DATA = Buffer.alloc(0);

/** What both ends of the package are told. */
export function wsOptions(limits: TransportLimits): ClientOptions & ServerOptions {
  const options = {
    perMessageDeflate: false,
    maxPayload: limits.maxFrameBytes + FRAME_SLACK_BYTES,
    skipUTF8Validation: true,
    autoPong: false,
    closeTimeout: GOODBYE_MS,
  };
  return options;
}

export function wsWire(ws: WebSocket, socket: Socket): Wire {
  const { remoteAddress, remotePort } = socket;
  return {
    remote: hostPort(remoteAddress ?? 'unknown', remotePort ?? 0),
    bufferedBytes: () => socket.writableLength,
    write: (frames) => {
      if (ws.readyState !== ws.OPEN) return true; // it is about to tell that it is gone
      socket.cork();
      for (const frame of frames) ws.send(frame, BINARY);
      socket.uncork();
      return true;
    },
    ping: () => {
      if (ws.readyState === ws.OPEN && socket.writableLength < PONG_BYTES) ws.ping(NO_DATA);
    },
    close: (code, reason) => ws.close(code, reason),
  };
}

/** Leads what happens on a WebSocket to its link. */
export function wireUp(ws: WebSocket, socket: Socket, link: LinkEnd, limits: TransportLimits): void {
  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) link.received(data as Buffer);
    else link.receivedText();
  });
  ws.on('ping', (data: Buffer) => {
    link.heard();
    if (ws.readyState === ws.OPEN && socket.writableLength < PONG_BYTES) ws.pong(data);
  });
  ws.on('pong', () => link.heard());
  ws.on('close', (code: number, reason: Buffer) => link.lost(code, reason.toString()));
  ws.on('error', (error: Error & { code?: string }) => {
    const isTooBig = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    if (isTooBig) link.lost(CLOSE.TOO_BIG, `a frame came that is over the limit of ${limits.maxFrameBytes} bytes`);
    else link.lost(CLOSE.LOST, `what came is no WebSocket (${error.message})`);
  });
  socket.on('drain', () => link.relieved());
}
