/** Who may import whom: holds the imports of src, bench, scripts and native to the table of floors.ts. */
import { ANNEXES, NATIVE_FOLDERS, roomOf, type Room } from './floors.js';
import { importsOf, resolveImport, type Breach, type Import, type TextFile } from './sources.js';

/** Breaches of the table among TypeScript and script files; paths outside src, bench and scripts are passed over. */
export function checkFloors(files: readonly TextFile[]): Breach[] {
  return files.flatMap((file) => {
    const reasonOf = file.path.startsWith('src/') ? srcReason : annexReason;
    return importsOf(file).flatMap((named) => {
      const reason = reasonOf(file.path, named);
      return reason === null ? [] : [{ path: file.path, line: named.line, reason }];
    });
  });
}

function srcReason(path: string, named: Import): string | null {
  const own = roomOf(path);
  if (own === null) return 'is in no room of the table in test/tidy/floors.ts';
  const target = resolveImport(path, named.specifier);
  return target === null ? packageReason(path, own, named.specifier) : roomReason(own, target, named);
}

function packageReason(path: string, own: Room, specifier: string): string | null {
  if (specifier.startsWith('node:')) {
    return own.pure ? `${own.path} is pure and may not import ${specifier}` : null;
  }
  const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const prefix = own.packages[name];
  if (prefix === undefined) return `${own.path} may not import the package ${name}`;
  if (prefix.endsWith('/') && path.startsWith(`src/${own.path}/${prefix}`)) return null;
  if (path.slice(path.lastIndexOf('/') + 1).startsWith(prefix)) return null;
  return `only ${own.path}/${prefix}* may import the package ${name}`;
}

function roomReason(own: Room, target: string, named: Import): string | null {
  if (own.annexes?.some((annex) => target.startsWith(annex)) === true) return null;
  const other = target.startsWith('src/') ? roomOf(target) : null;
  if (other === null) return `${named.specifier} leads to no room of src`;
  if (other === own) return null;
  if (own.typesOnlyFrom !== undefined) {
    if (!own.typesOnlyFrom.includes(other.path)) return `${own.path} may not import ${other.path}`;
    return named.typeOnly ? null : `${own.path} may import types only from ${other.path}`;
  }
  if (other.floor === own.floor) return `${own.path} and ${other.path} are rooms of one floor (${own.floor})`;
  if (other.floor > own.floor) {
    return `${own.path} (floor ${own.floor}) may not import ${other.path}, which is above it (floor ${other.floor})`;
  }
  const only = other.importedOnlyBy;
  if (only !== undefined && !only.includes(own.path)) return `${other.path} may be imported only by ${only.join(', ')}`;
  return null;
}

function annexReason(path: string, named: Import): string | null {
  const annex = ANNEXES.find((candidate) => path.startsWith(candidate.path));
  if (annex === undefined || named.specifier.startsWith('node:')) return null;
  const target = resolveImport(path, named.specifier);
  if (target === null) {
    return annex.packages.includes(named.specifier) ? null : `${annex.path} may not import ${named.specifier}`;
  }
  return annex.mayImport.some((prefix) => target.startsWith(prefix)) ? null : `${annex.path} may not import ${target}`;
}

/** Circles of imports among the given files, each told once, at the file of its smallest path. */
export function checkCycles(files: readonly TextFile[]): Breach[] {
  const edges = new Map(files.map((file) => [file.path, importsOf(file).map((named) => named.specifier)]));
  const breaches: Breach[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const circle = [...trail.slice(at), path];
      breaches.push({ path, line: 1, reason: `imports itself in a circle: ${circle.join(' -> ')}` });
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const specifier of edges.get(path) ?? []) {
      const target = resolveImport(path, specifier);
      if (target !== null && edges.has(target)) visit(target);
    }
    trail.pop();
    done.add(path);
  };
  for (const path of [...edges.keys()].sort()) visit(path);
  return breaches;
}

const NODE_HEADER = /^(napi.*|node.*|js_native_api.*|v8.*|uv)\.h$/;

/** Includes of C++ files: Node's headers only in the binding, and folders only as the table says. */
export function checkIncludes(files: readonly TextFile[]): Breach[] {
  return files.flatMap((file) => {
    const folder = NATIVE_FOLDERS.find((candidate) => file.path.startsWith(candidate.path));
    if (folder === undefined) return [{ path: file.path, line: 1, reason: 'is in no folder of NATIVE_FOLDERS' }];
    return file.text.split('\n').flatMap((text, index) => {
      const [, quote, name = ''] = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(text) ?? [];
      const line = index + 1;
      if (NODE_HEADER.test(name) && !folder.node) return [{ path: file.path, line, reason: `may not include ${name}` }];
      if (quote !== '"' || folder.mayInclude.some((prefix) => name.startsWith(prefix))) return [];
      return [{ path: file.path, line, reason: `may not include "${name}" (name headers from native/)` }];
    });
  });
}
