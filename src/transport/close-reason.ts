/**
 * Why links end, in words. WebSocket closes with a code and at most 123 bytes of text (RFC 6455, 5.5 and 7.4); ours are
 * cut to 120 bytes at a character. Where the other side gave no text, the code stands for one.
 */

/** Codes that mete sends. Whoever ends a link by `close(reason)` sends NORMAL. */
export const CLOSE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  NOT_UNDERSTOOD: 1003,
  LOST: 1006,
  NOT_ALLOWED: 1008,
  TOO_BIG: 1009,
  BROKEN: 1011,
  TOO_SLOW: 1013,
} as const;

const REASON_BYTES = 120;

const TEXTS: Readonly<Record<number, string>> = {
  1000: 'the other side closed the link',
  1001: 'the other side went away',
  1002: 'the other side found our bytes to be no WebSocket',
  1003: 'the other side does not understand such frames',
  1005: 'the other side closed the link without a reason',
  1006: 'the connection was lost',
  1007: 'the other side found a text that is no UTF-8',
  1008: 'the other side does not allow what was done',
  1009: 'a frame was over the limit of the other side',
  1011: 'the other side broke',
  1013: 'the other side is overloaded',
};

/** A reason as it fits into a close frame: at most 120 bytes of UTF-8, whole characters. */
export function cutReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= REASON_BYTES) return reason;
  let end = REASON_BYTES;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** What to report for a close with this code and text. */
export function reasonOf(code: number, text: string): string {
  if (text !== '') return text;
  return TEXTS[code] ?? `the other side closed the link with code ${code}`;
}
