import {expect, test} from 'vitest';
import type {GraphEdge, ServiceGraphResponse} from '../../api/index.ts';
import {mostNodes, shownGraph} from './shown-graph.ts';

const edge = (kind: GraphEdge['kind'], from: string, to: string, calls = 1): GraphEdge => ({
  id: `${kind} ${from} ${to}`,
  kind,
  from,
  to,
  calls,
  errors: 0,
  rate: calls,
});
const graphOf = (edges: readonly GraphEdge[]): ServiceGraphResponse => ({
  start: '0',
  end: '60000000000',
  edges,
  nodes: [...new Set(edges.flatMap(({from, to}) => [from, to]))].map((id) => ({
    id,
    kind: 'service',
    name: id,
    requests: 1,
    errors: 0,
    rate: 1,
  })),
});
const ids = (list: readonly {readonly id: string}[]): string[] => list.map(({id}) => id).sort();

test('map: a message is drawn through its queue, and by itself where no queue is known', () => {
  const edges = [
    edge('produce', 'a', 'q'),
    edge('consume', 'q', 'b'),
    edge('async', 'a', 'b'),
    edge('async', 'a', 'c'),
  ];
  expect(ids(shownGraph(graphOf(edges), {}).edges)).toEqual(['async a c', 'consume q b', 'produce a q']);
});

test('map: the neighbourhood of a node has it, who calls it and whom it calls', () => {
  const shown = shownGraph(graphOf([edge('call', 'a', 'b'), edge('call', 'b', 'c'), edge('call', 'c', 'd')]), {
    focus: 'b',
  });
  expect(ids(shown.nodes)).toEqual(['a', 'b', 'c']);
  expect(shown.folded).toBe(0);
});

test('map: a search shows what it finds with its neighbours, and a focus that is gone is none', () => {
  const graph = graphOf([edge('call', 'cart', 'db'), edge('call', 'x', 'y')]);
  expect(ids(shownGraph(graph, {find: 'CAR'}).nodes)).toEqual(['cart', 'db']);
  expect(ids(shownGraph(graph, {focus: 'gone'}).nodes)).toEqual(['cart', 'db', 'x', 'y']);
});

test('map: of 300 services the busiest are on show, and all where that is asked for', () => {
  const graph = graphOf(
    Array.from({length: 299}, (_, i) => edge('call', `s${Math.floor(i / 3)}`, `s${i + 1}`, 1000 - i)),
  );
  const {nodes, folded} = shownGraph(graph, {});
  expect([nodes.length, folded]).toEqual([mostNodes, 300 - mostNodes]);
  expect(nodes.some(({id}) => id === 's1')).toBe(true);
  expect(nodes.some(({id}) => id === 's299')).toBe(false);
  expect(shownGraph(graph, {all: true}).nodes).toHaveLength(300);
});
