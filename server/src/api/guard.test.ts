import {describe, expect, test} from 'vitest';
import {hostName} from '../net/index.ts';
import {createGuard} from './guard.ts';

const allowed = (guard: ReturnType<typeof createGuard>, method: string, headers: Record<string, string>): boolean => {
  try {
    guard.check({method, headers});
    return true;
  } catch {
    return false;
  }
};
const local = createGuard({loopback: true, hosts: ['weft.test']});
const open = createGuard({loopback: false, hosts: ['grafana.test']});

describe('API guard: on loopback, the names by which Weft may be asked', () => {
  test.each([
    ['localhost:16686', true],
    ['LOCALHOST', true],
    ['127.0.0.1:16686', true],
    ['127.8.9.1', true],
    ['[::1]:16686', true],
    ['weft.localhost', true],
    ['weft.test:1', true],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['evil.example:127', false],
    ['10.0.0.1', false],
    ['', false],
    ['127.0.0.1@evil.example', false],
  ])('%s', (host, expected) => expect(allowed(local, 'GET', {host})).toBe(expected));
  test('none', () => expect(allowed(local, 'GET', {})).toBe(false));
});

test('API guard: elsewhere any name will do', () => expect(allowed(open, 'GET', {host: 'anything'})).toBe(true));

describe('API guard: who may write', () => {
  const host = 'localhost:16686';
  test.each([
    ['a program', {host}, true],
    ['its own page', {host, origin: 'http://localhost:16686', 'sec-fetch-site': 'same-origin'}, true],
    ['an allowed name', {host, origin: 'https://weft.test'}, true],
    ['another site', {host, origin: 'https://evil.example'}, false],
    ['another port of this machine', {host, origin: 'http://localhost:3000'}, false],
    ['a page without an origin', {host, origin: 'null'}, false],
    ['a cross-site form without Origin', {host, 'sec-fetch-site': 'cross-site'}, false],
    ['a person at the address bar', {host, 'sec-fetch-site': 'none'}, true],
  ])('%s', (_, headers, expected) => {
    expect(allowed(local, 'POST', headers)).toBe(expected);
    expect(allowed(local, 'GET', headers)).toBe(true);
  });
  test('elsewhere too', () => {
    expect(allowed(open, 'POST', {host: 'weft.example', origin: 'https://evil.example'})).toBe(false);
    expect(allowed(open, 'POST', {host: 'weft.example', origin: 'https://grafana.test'})).toBe(true);
  });
});

test.each([
  ['a.example:80', 'a.example'],
  ['A.Example.', 'a.example'],
  ['[::1]:80', '::1'],
  ['a b', undefined],
  ['a/b', undefined],
  [undefined, undefined],
])('API guard: the name in %j', (header, name) => expect(hostName(header)).toBe(name));
