/**
 * Lint: what the compiler cannot see. Sizes, floors, purity and banned words are not here but in test/tidy, where each
 * rule is tested on a planted breach.
 */
import tseslint from 'typescript-eslint';

const knownSafeCalls = [{ from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] }];

export default tseslint.config(
  { ignores: ['dist', 'build', 'build-*', 'coverage', 'prebuilds', 'eslint.config.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'default-case-last': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: knownSafeCalls }],
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // The one place that makes functions of text; it says why, and where the text comes from.
  { files: ['src/protocol/make-functions.ts'], rules: { '@typescript-eslint/no-implied-eval': 'off' } },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
