import {expect, test} from 'vitest';
import {readTarget} from './request-target.ts';

const f = (target: string | undefined, path: string, host?: string): void =>
  test(`request target ${target} is ${path} of ${host ?? 'the Host header'}`, () =>
    expect(readTarget(target)).toEqual({path, host}));

f('/v1/traces?a=b', '/v1/traces?a=b');
f('http://weft:4318/v1/traces', '/v1/traces', 'weft:4318');
f('HTTP://weft/v1/traces?a=http://b', '/v1/traces?a=http://b', 'weft');
f('https://user:pass@weft:1/a', '/a', 'weft:1');
f('http://[::1]:4318/a', '/a', '[::1]:4318');
f('http://weft', '/', 'weft');
f('http://weft?a=1', '/?a=1', 'weft');
f('*', '*');
f(undefined, '/');
