/**
 * Which driver carries links and HTTP: uWebSockets.js where it has a binary for this Node, else `ws` over node:http.
 * They behave alike, so the choice shows in speed only, and whoever asks is told the reasons.
 */
import { MeteError } from '../base/errors.js';
import type { Transport, TransportLoad } from './transport.js';
import { wsTransport } from './ws-transport.js';

/** 'auto' is uws if it can be loaded, else ws. */
export type TransportChoice = 'auto' | 'uws' | 'ws';

const CHOICES: readonly string[] = ['auto', 'uws', 'ws'] satisfies TransportChoice[];

export interface ChosenTransport {
  readonly transport: Transport;
  /** Why uws is not used although it was welcome; empty if it is used or was not asked for. */
  readonly reasons: readonly string[];
}

let loaded: Promise<TransportLoad> | null = null;

function loadOnce(): Promise<TransportLoad> {
  loaded ??= import('./uws-transport.js').then(
    ({ loadUws }) => loadUws(),
    (error: unknown) => ({ reasons: [error instanceof Error ? error.message : String(error)] }),
  );
  return loaded;
}

/**
 * Chooses a driver. Without a choice the environment's METE_TRANSPORT decides, else 'auto'.
 * Throws MeteError: INVALID_ARGUMENT for another word, TRANSPORT_UNAVAILABLE if 'uws' cannot be loaded.
 */
export async function chooseTransport(
  wanted?: TransportChoice,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  load: () => Promise<TransportLoad> = loadOnce,
): Promise<ChosenTransport> {
  const choice = wanted ?? (environment['METE_TRANSPORT'] || 'auto');
  if (!CHOICES.includes(choice)) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: wanted === undefined ? 'METE_TRANSPORT' : 'transport',
      value: choice,
      reason: 'there is no such transport',
      mend: "say 'auto', 'uws' or 'ws'",
    });
  }
  if (choice === 'ws') return { transport: wsTransport, reasons: [] };
  const found = await load();
  if ('transport' in found) return { transport: found.transport, reasons: [] };
  if (choice === 'auto') return { transport: wsTransport, reasons: found.reasons };
  throw new MeteError('TRANSPORT_UNAVAILABLE', {
    field: 'transport',
    value: choice,
    reason: `uWebSockets.js could not be loaded (${found.reasons.join('; ')})`,
    mend: "use a Node version it has a binary for, or say 'ws'",
  });
}
