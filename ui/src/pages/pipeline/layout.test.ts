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

test('pipeline layout: takes less room where there is less, down to what can be read', () => {
  const lines = cases['the built-in one'] ?? [];
  const wide = graph(lines).width;
  expect(graph(lines, wide * 0.8).width).toBeLessThanOrEqual(wide * 0.8);
  expect(graph(lines, 100).nodeWidth).toBe(142);
});

/** Twelve processors, five pipelines, connectors between them, one from two. */
const long = Array.from({length: 12}, (_, index) => `processor/p${index}@traces`).join(' > ');
const five: readonly (readonly [string, string])[] = [
  [
    'traces',
    `receiver/otlp, receiver/jaeger > ${long} > connector/spans, connector/graph, connector/out, exporter/weft`,
  ],
  [
    'traces/out',
    'connector/out > processor/tail@traces/out > processor/batch@traces/out > exporter/weft, exporter/away',
  ],
  [
    'metrics',
    'receiver/otlp, connector/spans, connector/graph > processor/batch@metrics > exporter/weft, exporter/away',
  ],
  ['logs', 'receiver/otlp > processor/fold@logs > connector/count, exporter/weft'],
  ['metrics/counts', 'connector/count > exporter/weft'],
];
const rooms = [1180, 980, 760, 620];

/** Points along an SVG path of M, L, C and Q. */
function pointsOf(path: string): (readonly [number, number])[] {
  const points: (readonly [number, number])[] = [];
  let [x, y] = [0, 0];
  for (const [, command, list = ''] of path.matchAll(/([MLCQ])([^MLCQ]*)/g)) {
    const n = list
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    const ends = command === 'C' ? n : command === 'Q' ? n : [n[0], n[1]];
    const controls = [x, y, ...(ends as number[])];
    const at = (t: number, axis: 0 | 1): number => {
      let level = controls.filter((_, index) => index % 2 === axis);
      while (level.length > 1)
        level = level.slice(1).map((value, index) => (level[index] as number) * (1 - t) + value * t);
      return level[0] as number;
    };
    if (command !== 'M') for (let t = 0; t <= 1; t += 1 / 64) points.push([at(t, 0), at(t, 1)]);
    [x, y] = [n.at(-2) as number, n.at(-1) as number];
  }
  return points;
}

test.each(rooms)('pipeline layout: a long pipeline fits into %i pixels in rows that can be read', (room) => {
  const {nodes, edges, lanes, width, height, nodeWidth} = graph(five, room);
  expect(width).toBeLessThanOrEqual(room);
  expect(nodeWidth).toBeGreaterThanOrEqual(142);
  for (const [index, a] of nodes.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.x + nodeWidth <= width && a.y + nodeHeight <= height, a.node.key).toBe(true);
    for (const b of nodes.slice(index + 1)) {
      const apart = Math.abs(a.x - b.x) >= nodeWidth || Math.abs(a.y - b.y) >= nodeHeight;
      expect(apart, `${a.node.key} and ${b.node.key}`).toBe(true);
    }
  }
  for (const [index, lane] of lanes.entries()) {
    const next = lanes[index + 1];
    if (next !== undefined) expect(lane.y + lane.height).toBeLessThanOrEqual(next.y);
  }
  // No line runs over a component.
  for (const {edge, path} of edges) {
    for (const [x, y] of pointsOf(path)) {
      const over = nodes.find(
        (node) => x > node.x + 1 && x < node.x + nodeWidth - 1 && y > node.y && y < node.y + nodeHeight,
      );
      expect(over?.node.key, `${edge.from} to ${edge.to} of ${edge.pipeline}`).toBeUndefined();
    }
  }
  const places = edges.map(({label}) => `${Math.round(label.x)} ${Math.round(label.y)}`);
  expect(new Set(places).size).toBe(places.length);
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
