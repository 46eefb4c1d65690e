import {describe, expect, test} from 'vitest';
import type {Pattern} from '../regexp/index.ts';
import {compileGlob} from './glob.ts';

describe('glob: a name matches', () => {
  const cases: readonly [pattern: string, name: string, matches: boolean][] = [
    ['k8s.*.name', 'k8s.cluster.name', true],
    ['k8s.*.name', 'k8s.cluster.label.name', false],
    ['db.**.name', 'db.a.b.name', true],
    ['db.*', 'db.system', true],
    ['db.*', 'dbxsystem', false],
    ['**', 'a.b.c', true],
    ['*', 'a.b', false],
    ['?ost', 'host', true],
    ['a?b', 'a.b', false],
    ['[ab].c', 'b.c', true],
    ['[!ab].c', 'b.c', false],
    ['v[0-3]', 'v2', true],
    ['v[0-3]', 'v4', false],
    ['{http,rpc}.method', 'rpc.method', true],
    ['{http,rpc}.method', 'db.method', false],
    ['{a.*,b}', 'a.x', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a+(b)', 'a+(b)', true],
    ['[a-b', '', false],
  ];
  test.each(cases)('%s and %s: %s', (pattern, name, matches) => {
    const compiled = compileGlob(pattern, '.');
    expect(typeof compiled === 'string' ? false : compiled.test(name)).toBe(matches);
  });
});

test.each([
  ['[a', 'a `[` without its `]`'],
  ['{a,b', 'a `{` without its `}`'],
  ['a\\', 'nothing behind the last `\\`'],
])('glob: %s is none', (pattern, why) => {
  expect(compileGlob(pattern)).toBe(why);
});

test('glob: without a separator a star is any text', () => {
  expect((compileGlob('k8s.*') as Pattern).test('k8s.pod.name')).toBe(true);
});
