import {expect, test} from 'vitest';
import {readTerm} from '../urls/index.ts';
import {thingOf} from './thing.ts';
import {actionsOf, type Here} from './thing-actions.ts';

const elsewhere: Here = {context: {last: '5m'}, question: undefined};
const exploring: Here = {context: {}, question: [readTerm('outcome=failed')!]};
const attribute = {kind: 'attribute', key: 'tenant', value: 'acme', owner: 'span'} as const;
const names = (thing: Parameters<typeof actionsOf>[0]['thing'], here = elsewhere): string[] =>
  actionsOf({thing}, here).map((action) => action.name);

test('thing menu: each thing offers what does something with it', () => {
  expect(names({kind: 'trace', traceId: 'a'})).toEqual(['open', 'copy']);
  expect(names({kind: 'span', traceId: 'a', spanId: 'b'})).toEqual(['open', 'copy', 'copyTraceId']);
  expect(names({kind: 'service', service: 'order'})).toEqual([
    'service',
    'traces',
    'scope',
    'exclude',
    'groupBy',
    'mend',
    'sampling',
    'copy',
  ]);
  expect(names({kind: 'endpoint', service: 'order', operation: 'GET /'})).toEqual([
    'traces',
    'service',
    'exclude',
    'groupBy',
    'mend',
    'copy',
  ]);
  expect(names({kind: 'field', field: 'status', value: 'error'})).toEqual(['filter', 'exclude', 'groupBy', 'copy']);
  expect(names(attribute)).toEqual(['filter', 'exclude', 'groupBy', 'copy', 'copyPair']);
  expect(names({...attribute, value: '503'})).toEqual(['filter', 'exclude', 'atLeast', 'groupBy', 'copy', 'copyPair']);
  expect(names({...attribute, value: 'https://a.example'})).toContain('follow');
  expect(names({kind: 'absent', by: 'tenant'})).toEqual(['withoutValue', 'withValue']);
  expect(names({kind: 'text', value: '127.0.0.1:4317'})).toEqual(['copy']);
});

test('thing menu: filtering narrows the question that is being asked, and asks a new one elsewhere', () => {
  const search = (here: Here, name: string): unknown => {
    const action = actionsOf({thing: attribute}, here).find((one) => one.name === name);
    return action?.does === 'go' ? action.link.search : undefined;
  };
  expect(search(exploring, 'filter')).toMatchObject({where: ['outcome=failed', 'tenant=acme']});
  expect(search(elsewhere, 'exclude')).toMatchObject({last: '5m', where: ['tenant!=acme']});
});

test('thing menu: another value of a key takes the place of the one before', () => {
  const here: Here = {context: {}, question: [readTerm('tenant=globex')!]};
  const [filter] = actionsOf({thing: attribute}, here);
  expect(filter).toMatchObject({link: {search: {where: ['tenant=acme']}}});
});

test('thing menu: what is asked already, in scope already or beyond any address is not offered', () => {
  expect(names(attribute, {context: {}, question: [readTerm('tenant=acme')!]})).not.toContain('filter');
  expect(names({kind: 'service', service: 'order'}, {context: {service: 'order'}, question: undefined})).not.toContain(
    'scope',
  );
  expect(names({...attribute, value: 'x'.repeat(5_000)})).toEqual(['groupBy', 'copy', 'copyPair']);
  expect(names({...attribute, value: ''})).toEqual(['filter', 'exclude', 'groupBy', 'copy', 'copyPair']);
});

test('thing menu: an element carries its thing and the moment it was seen', () =>
  expect(JSON.parse(thingOf(attribute, {at: 7})['data-thing'])).toEqual({thing: attribute, at: 7}));

test('thing menu: a service and an operation are left out of the question that is asked, any number of them', () => {
  const here: Here = {context: {}, question: ['outcome=failed', 'service!=cart'].map((text) => readTerm(text)!)};
  const link = (thing: Parameters<typeof actionsOf>[0]['thing']): unknown =>
    actionsOf({thing}, here).find((one) => one.name === 'exclude');
  expect(link({kind: 'service', service: 'order'})).toMatchObject({
    link: {search: {where: ['outcome=failed', 'service!=cart', 'service!=order']}},
  });
  expect(link({kind: 'endpoint', service: 'order', operation: 'GET /'})).toMatchObject({
    link: {search: {where: ['outcome=failed', 'service!=cart', 'operation!=GET /']}},
  });
  expect(link({kind: 'service', service: 'cart'})).toBeUndefined();
});

test('thing menu: grouping keeps the question and the context; one value of a group is shown ungrouped', () => {
  const here: Here = {
    context: {service: 'order', last: '5m'},
    question: [readTerm('outcome=failed')!],
    shown: {results: 'spans', by: 'tenant', column: ['tenant']},
  };
  const search = (name: string, thing: Parameters<typeof actionsOf>[0]['thing'] = attribute): unknown => {
    const action = actionsOf({thing}, here).find((one) => one.name === name);
    return action?.does === 'go' ? action.link.search : undefined;
  };
  expect(search('groupBy', {kind: 'field', field: 'status', value: 'error'})).toEqual({
    ...{service: 'order', last: '5m', results: 'spans', by: 'status', where: ['outcome=failed']},
  });
  expect(search('groupBy')).toBeUndefined();
  expect(search('groupBy', {...attribute, key: 'status'})).toMatchObject({by: '.status'});
  expect(search('filter')).toMatchObject({
    results: 'spans',
    column: ['tenant'],
    where: ['outcome=failed', 'tenant=acme'],
  });
  expect(search('filter')).not.toHaveProperty('by');
  const absent = {kind: 'absent', by: 'tenant'} as const;
  expect(search('withoutValue', absent)).toMatchObject({column: ['tenant'], where: ['outcome=failed', 'has!=tenant']});
  expect(search('withoutValue', absent)).not.toHaveProperty('by');
  expect(search('withValue', absent)).toMatchObject({by: 'tenant', where: ['outcome=failed', 'has=tenant']});
  expect(search('exclude')).toMatchObject({results: 'spans', by: 'tenant', where: ['outcome=failed', 'tenant!=acme']});
});
