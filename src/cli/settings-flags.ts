/** A command's flags from a table of settings, and the configuration they make. */
import type { Command } from 'commander';
import { type Config, flagDeclarations, loadConfig, type Settings } from '../config/config.js';
import type { Surroundings } from './surroundings.js';

/** Declares a flag for every setting, and `--config FILE`. */
export function withSettings(command: Command, settings: Settings): Command {
  for (const { flags, doc } of flagDeclarations(settings)) command.option(flags, doc);
  return command.option('--config <file>', 'JSON file with settings by name, e.g. {"engine": "typescript"}');
}

/** The configuration that flags, environment and file give. Throws MeteError INVALID_ARGUMENT. */
export function configOf<S extends Settings>(
  settings: S,
  flags: Readonly<Record<string, unknown>>,
  surroundings: Surroundings,
): Config<S> {
  const { config, ...given } = flags;
  return loadConfig(settings, given, surroundings.environment, typeof config === 'string' ? config : undefined);
}
