/** What `mete version` prints. */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChosenEngine } from '../engine/create-engine.js';

/** The version in the package's manifest, which lies at the root above sources and compiled files alike. */
export function packageVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const manifest = createRequire(import.meta.url)(join(folder, 'package.json')) as { version: string };
  return manifest.version;
}

/** One line; with an engine, also which one works here and why. */
export function describeVersion(engine: ChosenEngine | null): string {
  const lines = [`mete ${packageVersion()}`];
  if (engine !== null) {
    lines.push(`engine: ${engine.name}`);
    for (const reason of engine.reasons) lines.push(`  native engine not used: ${reason}`);
    lines.push(`node: ${process.version} (${process.platform} ${process.arch})`);
  }
  return lines.join('\n');
}
