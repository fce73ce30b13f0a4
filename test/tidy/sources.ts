/**
 * What the tidy checkers look at: the project's text files, and TypeScript's own parse of them. Checkers are functions
 * from files to breaches, so that each can be tested on a planted breach and then run over the project.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface TextFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Breach {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GENERATED = /^(node_modules|dist|build|build-[^/]*|coverage|prebuilds|\.git)\//;

/** Paths of all files that are committed or are about to be; everything not generated where there is no git. */
export function projectPaths(): string[] {
  if (!existsSync(`${ROOT}.git`)) return walk('').filter((path) => !GENERATED.test(path));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed.split('\0').filter((path) => path !== '' && existsSync(ROOT + path)).sort();
}

/** The project's text files whose path matches. */
export function projectFiles(pattern: RegExp): TextFile[] {
  return projectPaths()
    .filter((path) => pattern.test(path) && statSync(ROOT + path).isFile())
    .map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }))
    .filter((file) => !file.text.includes('\0'));
}

function walk(folder: string): string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (!entry.isDirectory()) return [path];
    return GENERATED.test(`${path}/`) ? [] : walk(`${path}/`);
  });
}

const parsed = new WeakMap<TextFile, ts.SourceFile>();

export function parse(file: TextFile): ts.SourceFile {
  let source = parsed.get(file);
  if (source === undefined) {
    source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
    parsed.set(file, source);
  }
  return source;
}

/** The line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Visits every node of a file, parents before children. */
export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => eachNode(child, visit));
}

/** All modules that a file names: import, export from, import(), import types, require(), new URL(x, import.meta…). */
export function importsOf(file: TextFile): Import[] {
  const found: Import[] = [];
  eachNode(parse(file), (node) => {
    const named = namedModule(node);
    if (named === null) return;
    found.push({ specifier: named.specifier.text, line: lineOf(node), typeOnly: named.typeOnly });
  });
  return found;
}

function namedModule(node: ts.Node): { specifier: ts.StringLiteralLike; typeOnly: boolean } | null {
  const from = (specifier: ts.Node | undefined, typeOnly: boolean): ReturnType<typeof namedModule> =>
    specifier !== undefined && ts.isStringLiteralLike(specifier) ? { specifier, typeOnly } : null;
  if (ts.isImportDeclaration(node)) return from(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
  if (ts.isExportDeclaration(node)) return from(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return from(node.argument.literal, true);
  if (ts.isCallExpression(node)) {
    const callee = node.expression;
    const isImport = callee.kind === ts.SyntaxKind.ImportKeyword;
    const isRequire = ts.isIdentifier(callee) && callee.text === 'require';
    return isImport || isRequire ? from(node.arguments[0], false) : null;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
    return node.arguments?.[1]?.getText() === 'import.meta.url' ? from(node.arguments[0], false) : null;
  }
  return null;
}

/** The project path that a relative import means, or null for packages and node: modules. */
export function resolveImport(fromPath: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const parts = fromPath.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(fromPath.endsWith('.ts') ? /\.js$/ : /$^/, '.ts');
}

/** Fails with one line per breach. */
export function assertTidy(breaches: readonly Breach[]): void {
  if (breaches.length > 0) assert.fail(`${breaches.length} found\n${show(breaches)}`);
}

/** Breaches as lines for an assertion's message. */
export function show(breaches: readonly Breach[]): string {
  return breaches.map(({ path, line, reason }) => `${path}:${line}: ${reason}`).join('\n');
}
