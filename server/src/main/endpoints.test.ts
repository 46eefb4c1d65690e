import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readEndpoints, removeEndpoints, writeEndpoints} from './endpoints.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-endpoints-'));

test('endpoints.json: what is written is read, and nothing where no Weft runs', () => {
  const endpoints = {http: '127.0.0.1:16686', otlp_grpc: '[::1]:4317'};
  writeEndpoints(directory, endpoints);
  expect(readEndpoints(directory)).toEqual(endpoints);
  removeEndpoints(directory);
  expect(readEndpoints(directory)).toBeUndefined();
});

test.each([
  ['{"http": 16686}', 'endpoints.json: http: expected a text, found 16686'],
  ['[]', 'endpoints.json: expected an object, found a list'],
  ['{"http": "127.', /endpoints\.json: not JSON: /],
])('endpoints.json: %s is told as a fault of the file', (text, message) => {
  writeFileSync(join(directory, 'endpoints.json'), text);
  expect(() => readEndpoints(directory)).toThrow(message);
});
