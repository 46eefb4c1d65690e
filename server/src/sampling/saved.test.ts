import {expect, test} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {parseSettings, parseTraffic, savedTraffic} from './saved.ts';
import {Traffic} from './traffic.ts';

const good = {service: 'cart', what: 'sampling', value: 0.5, setAt: 1, until: 2, setBy: 'ada', note: ''};

test('saved sampling: what makes no sense is left out and told with its path, the rest holds', () => {
  const warnings: string[] = [];
  const document = {
    version: 1,
    changes: {mode: 'adaptive', budget: -1, probability: 'all', future: true},
    overrides: [good, {...good, until: 'soon'}, {...good, value: 2}, 7, {...good, what: 'logLevel', value: 'debug'}],
  };
  expect([...parseSettings(document, (message) => warnings.push(message))]).toEqual([
    [defaultTenant, {changes: {mode: 'adaptive'}, overrides: [good, {...good, what: 'logLevel', value: 'debug'}]}],
  ]);
  expect(warnings.join().split('; ')).toEqual([
    'changes.budget: left out: expected a number above 0, found -1',
    'changes.probability: left out: expected a number from 0 to 1, found "all"',
    'overrides[1].until: left out: expected a number, found "soon"',
    'overrides[2]: left out: 2 is no value of sampling',
    expect.stringMatching(/^overrides\[3\]: left out: expected an object with `service`, .*, found 7$/),
  ]);
});

test('saved sampling: a tenant that makes no sense is left out, the others hold', () => {
  const warnings: string[] = [];
  const tenants = {a: {overrides: [good]}, b: {overrides: 'all'}, c: 7, 'no/tenant': {overrides: []}};
  expect([...parseSettings({version: 2, tenants}, (message) => warnings.push(message))]).toEqual([
    ['a', {changes: {}, overrides: [good]}],
  ]);
  expect(warnings.join().split('; ')).toEqual([
    expect.stringMatching(/^tenants\.b\.overrides: left out: expected a list/),
    expect.stringMatching(/found "all"$/),
    expect.stringMatching(/^tenants\.c: left out: expected an object/),
  ]);
});

test.each([
  [null, /^expected an object with `version`/],
  [[], /^expected an object with `version`/],
  [{version: 3, overrides: []}, 'version: expected 1 or 2, a version of this file, found 3'],
  [{version: 2}, '`tenants` is required: what each tenant has'],
  [{version: 1}, '`overrides` is required: what is set for services'],
])('saved sampling: %o is no such file', (document, message) => {
  expect(() => parseSettings(document, () => {})).toThrow(message);
});

test('saved rates: a service or operation that makes no sense is left out, the rest goes on', () => {
  const now = 1_000_000;
  const traffic = new Traffic({services: 10, operations: 10});
  const warnings: string[] = [];
  const operation = ['GET /', 5, 2, 900_000, 0.5];
  const document = {
    version: 1,
    services: [
      {name: 'cart', lastAsked: now + 5, operations: [operation, ['POST /', -1, 0, 0, 1], ['PUT /', 1]]},
      {name: 'web', operations: {}},
    ],
  };
  parseTraffic(
    document,
    () => traffic,
    now,
    (message) => warnings.push(message),
  );
  expect(savedTraffic(new Map([['a' as TenantId, traffic]]))).toEqual({
    version: 2,
    tenants: {a: {services: [{name: 'cart', lastAsked: now, operations: [operation]}]}},
  });
  expect(warnings.join().split('; ').slice(0, 2)).toEqual([
    'services[0].operations[1][1]: left out: expected a number of at least 0, found -1',
    'services[0].operations[2]: left out: expected a list of 5, found a list',
  ]);
  expect(warnings.join()).toContain('services[1].operations: left out: expected a list');
});
