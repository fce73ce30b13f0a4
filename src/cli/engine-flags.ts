/** The engine that a command's configuration names, and what is said if the native one cannot be had. */
import { ENGINE_SETTINGS } from '../config/common-settings.js';
import { chooseEngine, type ChosenEngine, type EngineChoice } from '../engine/create-engine.js';
import { configOf } from './settings-flags.js';
import type { Surroundings } from './surroundings.js';

/** The engine for a choice; tells once why auto fell back. */
export function engineOf(choice: EngineChoice, surroundings: Surroundings): ChosenEngine {
  const chosen = chooseEngine(choice);
  if (chosen.name === 'typescript' && chosen.reasons.length > 0) {
    surroundings.err(`mete: no native engine (${chosen.reasons.join('; ')}); the TypeScript engine takes over`);
  }
  return chosen;
}

/** The engine that the flags of a command without other settings ask for. */
export function engineOfFlags(flags: Readonly<Record<string, unknown>>, surroundings: Surroundings): ChosenEngine {
  const { engine, config } = flags;
  return engineOf(configOf(ENGINE_SETTINGS, { engine, config }, surroundings).engine, surroundings);
}
