/**
 * Words that must not be committed: promises to do something later, switched-off checks and tests, and paths or hosts
 * of somebody's machine. (This file and its test are the only ones that may contain them.)
 */
import type { Breach, TextFile } from './sources.js';

interface Rule {
  readonly pattern: RegExp;
  readonly reason: string;
  /** Only files whose path matches; absent: all. */
  readonly where?: RegExp;
}

const CODE = /\.(ts|mjs|js|cc|h)$/;
const TESTS = /^(test|native\/test)\//;

const OTHERS_OFF = 'other tests are switched off';
const UNREASONED = 'skipped without reason';

const RULES: readonly Rule[] = [
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, reason: 'a promise instead of work' },
  { pattern: /@ts-(ignore|nocheck|expect-error)/, reason: 'the type checker is switched off', where: CODE },
  { pattern: /eslint-disable/, reason: 'lint is switched off', where: CODE },
  { pattern: /NOLINT|pragma\s+(GCC|clang)\s+diagnostic\s+ignored/, reason: 'a warning is switched off', where: CODE },
  { pattern: /\b(test|it|describe|suite)\.only\b|\bonly:\s*true/, reason: OTHERS_OFF, where: TESTS },
  { pattern: /\b(test|it|describe|suite)\.(skip|todo)\b/, reason: UNREASONED, where: TESTS },
  { pattern: /\b(skip|todo):\s*true|\.(skip|todo)\(\s*\)/, reason: UNREASONED, where: TESTS },
  { pattern: /\b(DISABLED_|GTEST_SKIP\(\);)/, reason: UNREASONED, where: TESTS },
  {
    pattern: /(?<![\w.~*/-])\/(work|tmp|farm|home|root|Users)\/|[A-Z]:\\Users\\/,
    reason: "a path of somebody's machine",
  },
  { pattern: /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/, reason: 'a private registry', where: /package-lock/ },
];

const EXEMPT = /^test\/tidy\/(check-)?words(\.test)?\.ts$/;

export function checkWords(files: readonly TextFile[]): Breach[] {
  return files.filter((file) => !EXEMPT.test(file.path)).flatMap((file) => {
    const rules = RULES.filter((rule) => rule.where?.test(file.path) ?? true);
    return file.text.split('\n').flatMap((text, index) =>
      rules.flatMap((rule) => {
        const found = rule.pattern.exec(text);
        if (found === null) return [];
        return [{ path: file.path, line: index + 1, reason: `${found[0]}: ${rule.reason}` }];
      }),
    );
  });
}
