import {expect, test} from 'vitest';
import {serviceCalls} from './service-calls.ts';
import {traceOf} from './testing.ts';
import {modelTrace} from './trace-model.ts';

test('map of a trace: services by how far they were called from, and the calls between them', () => {
  const model = modelTrace(
    traceOf(
      {id: 'a', start: 0, end: 100, service: 'gateway'},
      {id: 'b', parent: 'a', start: 10, end: 60, service: 'order'},
      {id: 'c', parent: 'b', start: 20, end: 50, service: 'payment', error: true},
      {id: 'd', parent: 'b', start: 52, end: 58, service: 'payment'},
      {id: 'e', parent: 'a', start: 70, end: 80, service: 'payment'},
      {id: 'f', parent: 'c', start: 25, end: 30, service: 'order'},
      {id: 'g', parent: 'a', start: 1, end: 2, service: 'gateway'},
    ),
  );
  const name = (service: number) => model.trace.services[service];
  const {nodes, calls} = serviceCalls(model);
  expect(nodes.map(({service, ...node}) => ({...node, name: name(service)}))).toEqual([
    {name: 'gateway', spans: 2, errors: 0, layer: 0},
    {name: 'payment', spans: 3, errors: 1, layer: 1},
    {name: 'order', spans: 2, errors: 0, layer: 1},
  ]);
  expect(calls.map(({from, to, ...call}) => ({...call, way: `${name(from)} ${name(to)}`}))).toEqual([
    {way: 'gateway order', calls: 1, errors: 0, total: 50},
    {way: 'order payment', calls: 2, errors: 1, total: 36},
    {way: 'gateway payment', calls: 1, errors: 0, total: 10},
    {way: 'payment order', calls: 1, errors: 0, total: 5},
  ]);
});

test('map of a trace: of one service, and of none', () => {
  expect(serviceCalls(modelTrace(traceOf({id: 'a', start: 0, end: 1})))).toMatchObject({
    nodes: [{layer: 0}],
    calls: [],
  });
  expect(serviceCalls(modelTrace({...traceOf({id: 'a', start: 0, end: 1}), spans: traceOf().spans}))).toEqual({
    nodes: [],
    calls: [],
  });
});
