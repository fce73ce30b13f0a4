/**
 * Which engine decides: the C++ one where it loads, else its TypeScript twin. They agree bit for bit, so the choice
 * shows in speed only. Without a compiler mete still runs, and whoever asks is told the reasons.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import { TypeScriptEngine } from '../allocator/engine/typescript-engine.js';
import { MeteError } from '../base/errors.js';
import { type AddonLoad, loadAddon } from '../native/load-addon.js';
import { NativeEngine } from '../native/native-engine.js';

/** 'auto' is the native engine if it can be loaded, else the TypeScript engine. */
export type EngineChoice = 'auto' | 'native' | 'typescript';

const CHOICES: readonly string[] = ['auto', 'native', 'typescript'] satisfies EngineChoice[];

export interface ChosenEngine {
  readonly name: 'native' | 'typescript';
  readonly factory: EngineFactory;
  /** Why the native engine is not used although it was welcome; empty if it is used or was not asked for. */
  readonly reasons: readonly string[];
}

/** What was loaded, by the file that METE_ADDON names: a search costs more than making an engine. */
const loads = new Map<string | undefined, AddonLoad>();

function loadOnce(): AddonLoad {
  const path = process.env['METE_ADDON'];
  const known = loads.get(path) ?? loadAddon();
  loads.set(path, known);
  return known;
}

function createTypeScript(...args: Parameters<EngineFactory>): TypeScriptEngine {
  return new TypeScriptEngine(...args);
}

/**
 * Chooses an engine. Without a choice the environment's METE_ENGINE decides, else 'auto'.
 * Throws MeteError: INVALID_ARGUMENT for another word, ENGINE_UNAVAILABLE if 'native' cannot be loaded.
 */
export function chooseEngine(
  wanted?: EngineChoice,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  load: () => AddonLoad = loadOnce,
): ChosenEngine {
  const choice = wanted ?? (environment['METE_ENGINE'] || 'auto');
  if (!CHOICES.includes(choice)) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: wanted === undefined ? 'METE_ENGINE' : 'engine',
      value: choice,
      reason: 'there is no such engine',
      mend: "say 'auto', 'native' or 'typescript'",
    });
  }
  if (choice === 'typescript') return { name: 'typescript', factory: createTypeScript, reasons: [] };
  const loaded = load();
  if ('addon' in loaded) {
    const { addon } = loaded;
    return { name: 'native', factory: (options) => new NativeEngine(addon, options), reasons: [] };
  }
  if (choice === 'auto') return { name: 'typescript', factory: createTypeScript, reasons: loaded.reasons };
  throw new MeteError('ENGINE_UNAVAILABLE', {
    field: 'engine',
    value: choice,
    reason: `it could not be loaded (${loaded.reasons.join('; ')})`,
    mend: "build it with 'npm run compile', or say 'typescript'",
  });
}

/** The factory of the engine that `chooseEngine` chooses. */
export function createEngineFactory(wanted?: EngineChoice): EngineFactory {
  return chooseEngine(wanted).factory;
}
