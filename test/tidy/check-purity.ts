/**
 * The pure rooms are functions: nothing there reads a clock, rolls a die, waits, prints, or depends on the machine's
 * language. Looks at the parse tree, so that words in comments, texts and names of members do not count. (Imports of
 * node:* are a matter of floors, see check-floors.ts.)
 */
import ts from 'typescript';
import { eachNode, lineOf, parse, type Breach, type TextFile } from './sources.js';

const GLOBALS = new Set([
  'Date', 'performance', 'process', 'console', 'fetch', 'crypto', 'navigator', 'Buffer', 'WebSocket', 'globalThis',
  'global', 'window', 'self', 'require', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval',
  'clearImmediate', 'queueMicrotask', 'Promise', 'PromiseLike', 'AsyncIterable', 'WeakRef', 'FinalizationRegistry',
  'Intl', 'eval',
]);
const LOCALE_MEMBERS = /^(localeCompare|toLocale\w*)$/;

export function checkPurity(files: readonly TextFile[]): Breach[] {
  return files.flatMap((file) => {
    const breaches: Breach[] = [];
    eachNode(parse(file), (node) => {
      const found = impurity(node);
      if (found !== null) breaches.push({ path: file.path, line: lineOf(node), reason: `pure rooms have no ${found}` });
    });
    return breaches;
  });
}

function impurity(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async functions';
  if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) return 'await';
  if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent)) return 'import()';
  if (ts.isMetaProperty(node)) return 'import.meta';
  if (!ts.isIdentifier(node)) return null;
  if (isMemberName(node)) {
    if (LOCALE_MEMBERS.test(node.text)) return `${node.text} (the machine's language)`;
    return node.text === 'random' && ownerText(node) === 'Math' ? 'Math.random' : null;
  }
  if (GLOBALS.has(node.text)) return node.text;
  const plainMath = ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node;
  return node.text === 'Math' && !plainMath ? 'Math other than Math.name' : null;
}

/** Is this identifier the name of a member (a.name, { name: … }, name() {…} in a class), not a use of a variable? */
function isMemberName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node;
  const isMember =
    ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isAccessor(parent) || ts.isEnumMember(parent);
  return isMember && parent.name === node;
}

function ownerText(node: ts.Identifier): string {
  return ts.isPropertyAccessExpression(node.parent) ? node.parent.expression.getText() : '';
}
