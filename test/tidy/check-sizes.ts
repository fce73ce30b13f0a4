/** What fits on a screen: lengths of files, functions and lines, and the paragraph that every file starts with. */
import ts from 'typescript';
import { eachNode, lineOf, parse, type Breach, type TextFile } from './sources.js';

export const FILE_LINES = 400;
export const FUNCTION_LINES = 70;
export const LINE_LENGTH = 120;

/** Files longer than FILE_LINES. */
export function checkFileLengths(files: readonly TextFile[]): Breach[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines <= FILE_LINES ? [] : [{ path, line: 1, reason: `has ${lines} lines, more than ${FILE_LINES}` }];
  });
}

/** Lines longer than LINE_LENGTH characters. */
export function checkLineLengths(files: readonly TextFile[]): Breach[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const length = [...line].length;
      if (length <= LINE_LENGTH) return [];
      return [{ path, line: index + 1, reason: `has ${length} characters, more than ${LINE_LENGTH}` }];
    }),
  );
}

/** Functions (declarations, methods, arrows) longer than FUNCTION_LINES, from their first to their last line. */
export function checkFunctionLengths(files: readonly TextFile[]): Breach[] {
  return files.flatMap((file) => {
    const source = parse(file);
    const breaches: Breach[] = [];
    eachNode(source, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
      const line = lineOf(node);
      const lines = source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
      if (lines <= FUNCTION_LINES) return;
      const name = ts.isConstructorDeclaration(node) ? 'constructor' : (node.name?.getText() ?? 'a function');
      breaches.push({ path: file.path, line, reason: `${name} has ${lines} lines, more than ${FUNCTION_LINES}` });
    });
    return breaches;
  });
}

/** Files that do not start with a comment of at least one sentence. */
export function checkFirstParagraphs(files: readonly TextFile[]): Breach[] {
  return files.flatMap(({ path, text }) => {
    const start = text.replace(/^#!.*\n/, '');
    const comment = /^\s*\/\*\*?([^]*?)\*\/|^\s*((?:\/\/[^\n]*\n)+)/.exec(start);
    const words = (comment?.[1] ?? comment?.[2] ?? '').match(/[A-Za-z]{2,}/g) ?? [];
    return words.length >= 4 ? [] : [{ path, line: 1, reason: 'does not start with a comment that says what it is' }];
  });
}
