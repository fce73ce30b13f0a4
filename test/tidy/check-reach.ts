/**
 * No dead files: everything is reached from an entry point. TypeScript and scripts by their imports, from the package's
 * doors, the scripts that package.json names, and the test files; C++ by its includes, from the list of sources and
 * from the tests and fuzz targets that CMake takes by folder.
 */
import { importsOf, resolveImport, type Breach, type TextFile } from './sources.js';

/** The files that nothing reaches, following `edgesOf` from the entries; an entry that is not there is a breach too. */
export function checkReach(
  files: readonly TextFile[],
  entries: readonly string[],
  edgesOf: (file: TextFile) => readonly (string | null)[],
): Breach[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const next of edgesOf(file)) if (next !== null) queue.push(next);
  }
  const missing = entries.filter((path) => !byPath.has(path));
  const dead = files.map((file) => file.path).filter((path) => !reached.has(path));
  return [
    ...missing.map((path) => ({ path, line: 1, reason: 'is an entry point that is not there' })),
    ...dead.map((path) => ({ path, line: 1, reason: 'is reached from no entry point' })),
  ];
}

/** Where the imports of a file lead. */
export function importEdges(file: TextFile): (string | null)[] {
  return importsOf(file).map((named) => resolveImport(file.path, named.specifier));
}

/** Where the includes of a C++ file lead; headers are named from native/. */
export function includeEdges(file: TextFile): string[] {
  return [...file.text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map((match) => `native/${match[1] ?? ''}`);
}

/** The project files that the commands of package.json name. */
export function manifestEntries(manifest: string): string[] {
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
  return Object.values(scripts).flatMap((command) => command.match(/\S+\.(ts|mjs)\b/g) ?? []);
}

/** The C++ files that the list of sources names. */
export function listedSources(list: string): string[] {
  return list.split('\n').filter((line) => line.startsWith('native/'));
}
