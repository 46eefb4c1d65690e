import {expect, test} from 'vitest';
import {reachable, snippets} from './snippets.ts';

test.each([
  ['127.0.0.1:4318', '127.0.0.1:4318'],
  ['0.0.0.0:4318', 'weft.example:4318'],
  ['[::]:4318', 'weft.example:4318'],
  ['[::1]:4318', '[::1]:4318'],
  ['10.0.0.0:4318', '10.0.0.0:4318'],
])('snippets: %s is reached as %s', (address, text) => expect(reachable(address, 'weft.example')).toBe(text));

test('snippets: every snippet names the address in use', () => {
  for (const {code, id} of snippets({otlp_http: '127.0.0.1:9999'}, 'localhost'))
    expect(code, id).toContain('http://127.0.0.1:9999');
});
