/**
 * One HTTP request and its answer, as handlers see it, whatever server is below. Handlers answer once, with `respond`
 * or with `stream`; an answer to a client that has gone is dropped.
 */
export interface ExchangeRequest {
  readonly method: string;
  /** Without query, percent-decoded segments are up to the router. */
  readonly path: string;
  /** Without the question mark; '' if there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the client. */
  readonly remote: string;
}

/** A streamed answer. `write` tells whether more is welcome now; if not, wait for `onDrain`. */
export interface ExchangeStream {
  write(chunk: Uint8Array): boolean;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  onDrain(callback: () => void): void;
  end(): void;
  /** Ends the connection at once; what waits is not sent. */
  destroy(): void;
}

export interface Exchange {
  readonly request: ExchangeRequest;
  /** The body piece by piece; `last` is true once. Return false to cut the client off. */
  onBody(callback: (chunk: Uint8Array, last: boolean) => boolean): void;
  /** Asks for no more of the body until `resumeBody`; what has been read already still comes. */
  pauseBody(): void;
  resumeBody(): void;
  respond(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array | string): void;
  stream(status: number, headers: Readonly<Record<string, string>>): ExchangeStream;
  /** Called once if the client goes before the answer is complete. */
  onAborted(callback: () => void): void;
}

export type ExchangeHandler = (exchange: Exchange) => void;
