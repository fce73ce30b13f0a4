/** One connection that carries frames both ways, as its users see it, whatever transport is below. */

/** What became of a frame: on its way, waiting in a buffer, or thrown away because the buffer is full. */
export type SendResult = 'sent' | 'buffered' | 'dropped';

export interface Link {
  /** Address of the other side, for logs. */
  readonly remote: string;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  send(frame: Uint8Array): SendResult;
  /** Ends the link; the other side learns the reason (at most 120 bytes). Later calls do nothing. */
  close(reason: string): void;
}

export interface LinkHandlers {
  /** A frame has arrived; the bytes are the receiver's own. */
  frame(link: Link, bytes: Uint8Array): void;
  /** The buffer that made `send` say 'buffered' is empty again. */
  drained?(link: Link): void;
  /** Called once, whoever ended it and however. */
  closed(link: Link, reason: string): void;
}
