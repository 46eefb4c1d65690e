import {expect, test} from 'vitest';
import {ServiceGraph} from './service-graph.ts';

test('service graph: the sum of minutes has at most as many edges and services as one of them, and every call', () => {
  const sum = new ServiceGraph();
  for (let minute = 0; minute < 3; minute++) {
    const graph = new ServiceGraph();
    for (let i = 0; i < 15_000; i++) {
      graph.edge('external', `service-${i}-${minute}`, 'elsewhere').calls++;
      graph.service(`service-${i}-${minute}`).spans++;
    }
    if (minute < 2) sum.add(graph);
    else sum.read(graph.write());
  }
  expect(sum.edges.size).toBe(20_001);
  expect(sum.services.size).toBe(20_001);
  expect([...sum.edges.values()].reduce((calls, edge) => calls + edge.calls, 0)).toBe(45_000);
  expect(sum.edges.get('external\0(other)\0(other)')?.calls).toBe(25_000);
  expect(sum.services.get('(other)')?.spans).toBe(25_000);
});
