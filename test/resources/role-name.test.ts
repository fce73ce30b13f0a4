/** Role names: what is one, and who descends from whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ancestors,
  isSelfOrAncestor,
  isStrictSubrole,
  topLevelRole,
  validateRole,
} from '../../src/resources/role-name.js';
import { refuses } from './refuses.js';

test('[A45] role names are paths of plain components', () => {
  const names = ['*', 'a', 'eng/ads', 'a/b/c/d', 'a-b', 'a.b', '...', '.a', 'a*', '**', 'Rolle_ä', '💾/x', 'a\\b'];
  for (const role of names) validateRole(role);
});

test('[A45] bad role names are refused in the words of Mesos', () => {
  const refused: readonly [string, string][] = [
    ['', 'Role names cannot be the empty string'],
    ['/', "Role '/' cannot start with a slash"],
    ['/a', "Role '/a' cannot start with a slash"],
    ['a/', "Role 'a/' cannot end with a slash"],
    ['a//b', "Role 'a//b' cannot contain two adjacent slashes"],
    ['.', "Role '.' cannot include '.' as a component"],
    ['a/..', "Role 'a/..' cannot include '..' as a component"],
    ['*/a', "Role '*/a' cannot include '*' as a component"],
    ['a/-b', "Role component '-b' is invalid because it starts with a dash"],
    ['a b', "Role component 'a b' is invalid because it contains backspace or whitespace"],
    ['x/a\tb', 'because it contains backspace or whitespace'],
    ['a\x7f', 'because it contains backspace or whitespace'],
  ];
  for (const [role, words] of refused) {
    assert.equal(refuses('INVALID_ROLE', () => validateRole(role, 'weights[0].role'), words).field, 'weights[0].role');
  }
  refuses('INVALID_ROLE', () => validateRole(undefined as unknown as string), 'Role names must be strings');
});

test('ancestors come nearest first', () => {
  assert.deepEqual(ancestors('a/b/c'), ['a/b', 'a']);
  assert.deepEqual(ancestors('a'), []);
  assert.deepEqual(ancestors('*'), []);
});

test('descent goes by whole components', () => {
  assert.equal(isStrictSubrole('a/b', 'a'), true);
  assert.equal(isStrictSubrole('ab', 'a'), false);
  assert.equal(isStrictSubrole('a', 'a'), false);
  assert.equal(isStrictSubrole('a', 'a/b'), false);
  assert.equal(isSelfOrAncestor('a', 'a'), true);
  assert.equal(isSelfOrAncestor('a', 'a/b/c'), true);
  assert.equal(isSelfOrAncestor('a/b', 'a'), false);
  assert.equal(isSelfOrAncestor('*', 'a'), false);
});

test('the top-level role is the first component', () => {
  assert.equal(topLevelRole('a/b/c'), 'a');
  assert.equal(topLevelRole('a'), 'a');
});
