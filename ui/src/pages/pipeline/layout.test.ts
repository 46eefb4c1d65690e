import {expect, test} from 'vitest';
import type {PipelineEdge, PipelineNode} from '../../api/index.ts';
import {layOut, nodeHeight} from './layout.ts';

/** `receiver/otlp > processor/batch@traces > exporter/weft`, one line for each pipeline. */
function graph(lines: readonly (readonly [pipeline: string, path: string])[], room?: number) {
  const edges: PipelineEdge[] = [];
  const keys = new Set<string>();
  for (const [pipeline, path] of lines) {
    const steps = path.split(' > ').map((step) => step.split(', '));
    for (const step of steps.flat()) keys.add(step);
    for (const [index, to] of steps.slice(1).entries()) {
      for (const from of steps[index] ?? []) {
        for (const each of to) {
          const signal = pipeline.split('/')[0] as PipelineEdge['signal'];
          const none = {perSecond: 0, refusedPerSecond: 0, total: 0, refusedTotal: 0, series: []};
          edges.push({from, to: each, pipeline, signal, ...none});
        }
      }
    }
  }
  const nodes = [...keys].map((key): PipelineNode => {
    const [kind, rest = ''] = key.split('/') as [PipelineNode['kind'], string];
    const [id = '', pipeline] = rest.split('@');
    const own = {key, kind, id, type: id, help: '', endpoints: {}, inFlight: 0, losses: [], metrics: []};
    return pipeline === undefined ? own : {...own, pipeline};
  });
  const pipelines = lines.map(([id]) => ({id, signal: id.split('/')[0] as PipelineEdge['signal']}));
  return layOut({pipelines, nodes, edges}, room);
}

test('pipeline layout: what passes a lane of no processors is drawn along it, each rate in a place of its own', () => {
  const {nodes, edges, lanes} = graph([
    ['traces', 'receiver/otlp, receiver/zipkin > connector/spans, exporter/weft'],
    ['metrics', 'connector/spans > exporter/weft'],
  ]);
  const at = (key: string) => nodes.find(({node}) => node.key === key)?.x ?? 0;
  const lane = lanes.find(({id}) => id === 'metrics');
  expect([at('connector/spans') < (lane?.x ?? 0), (lane?.x ?? 0) < at('exporter/weft')]).toEqual([true, true]);
  const places = edges.map(({label}) => `${label.x} ${label.y}`);
  expect(new Set(places).size).toBe(places.length);
});

const cases: Record<string, readonly (readonly [string, string])[]> = {
  'the built-in one': [
    ['traces', 'receiver/otlp > processor/limit@traces > processor/adapt@traces > exporter/weft'],
    ['metrics', 'receiver/otlp > processor/limit@metrics > exporter/weft'],
    ['logs', 'receiver/otlp > processor/limit@logs > exporter/weft'],
  ],
  'many receivers and exporters': [
    ['traces', 'receiver/a, receiver/b, receiver/c > exporter/x, exporter/y, exporter/z'],
    ['logs', 'receiver/c > processor/p@logs > exporter/z'],
  ],
  connectors: [
    ['traces', 'receiver/otlp > processor/p@traces > connector/spans, connector/graph, exporter/weft'],
    ['metrics', 'receiver/otlp, connector/spans, connector/graph > processor/p@metrics > exporter/weft'],
    ['traces/2', 'receiver/otlp > connector/spans'],
  ],
};

test.each(Object.entries(cases))(
  'pipeline layout of %s: no two nodes overlap, and data goes to the right',
  (_, lines) => {
    const {nodes, edges, width, height, nodeWidth} = graph(lines);
    for (const [index, a] of nodes.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + nodeWidth <= width && a.y + nodeHeight <= height).toBe(true);
      for (const b of nodes.slice(index + 1)) {
        const apart = Math.abs(a.x - b.x) >= nodeWidth || Math.abs(a.y - b.y) >= nodeHeight;
        expect(apart, `${a.node.key} and ${b.node.key}`).toBe(true);
      }
    }
    const x = new Map(nodes.map(({node, x}) => [node.key, x]));
    for (const {edge} of edges) expect(x.get(edge.from)).toBeLessThan(x.get(edge.to) as number);
  },
);

test('pipeline layout: takes less room where there is less, down to a bound', () => {
  const lines = cases['the built-in one'] ?? [];
  const wide = graph(lines).width;
  expect(graph(lines, wide * 0.8).width).toBeLessThanOrEqual(wide * 0.8);
  expect(graph(lines, 100).width).toBeGreaterThan(wide * 0.7);
});

test('pipeline layout: lanes do not overlap', () => {
  for (const lines of Object.values(cases)) {
    const {lanes} = graph(lines);
    for (const [index, lane] of lanes.entries()) {
      const next = lanes[index + 1];
      if (next !== undefined) expect(lane.y + lane.height).toBeLessThanOrEqual(next.y);
    }
  }
});
