import {expect, test} from 'vitest';
import type {PipelineEdge, PipelineNode, PipelineResponse} from '../../api/index.ts';
import {added, leaving, moodOf, policiesOf} from './flow.ts';

const node = (more: Partial<PipelineNode> = {}): PipelineNode => ({
  key: 'processor/a@traces',
  kind: 'processor',
  id: 'a',
  type: 'a',
  help: '',
  endpoints: {},
  inFlight: 0,
  losses: [],
  metrics: [],
  ...more,
});
const loss = (perSecond: number, isMeant = false) => ({metric: '', reason: '', isMeant, total: 1, perSecond});

test.each([
  ['loses something now', {losses: [loss(1)]}, 'failing'],
  ['lost something long ago', {losses: [loss(0)]}, 'fine'],
  ['filters', {losses: [loss(1, true)]}, 'fine'],
  ['told of an error a moment ago', {problem: {level: 'error', message: '', atUnixMs: 999_000}}, 'failing'],
  ['warned a moment ago', {problem: {level: 'warning', message: '', atUnixMs: 999_000}}, 'warned'],
  ['told of an error long ago', {problem: {level: 'error', message: '', atUnixMs: 0}}, 'fine'],
  ['has a queue that is nearly full', {queue: {size: 9, capacity: 10}}, 'warned'],
] as const)('pipeline: a component that %s', (_, more, mood) => expect(moodOf(node(more), 1_000_000)).toBe(mood));

test('pipeline: what leaves a component for several exporters of a pipeline counts once', () => {
  const edge = (to: string, pipeline: string): PipelineEdge => ({
    ...{
      from: 'a',
      to,
      pipeline,
      signal: 'traces',
      perSecond: 1,
      refusedPerSecond: 0,
      total: 0,
      refusedTotal: 0,
      series: [],
    },
  });
  const edges = [edge('x', 'traces'), edge('y', 'traces'), edge('z', 'traces/2')];
  expect(leaving({edges} as unknown as PipelineResponse, 'a').map(({to}) => to)).toEqual(['x', 'z']);
});

test('pipeline: series of different length are added from now back', () =>
  expect(added([[1, 2, 3], [10]])).toEqual([1, 2, 13]));

test('pipeline: a tail sampler’s policies, as its traces name them', () => {
  const count = (policy: string, sampled: string, value: number, decision = '') => ({
    name: 'otelcol_processor_tail_sampling_count_traces_sampled',
    labels: {policy, sampled, decision},
    value,
  });
  const metrics = [
    count('eu.errors', 'true', 3),
    count('eu.errors', 'false', 7, 'not_sampled'),
    count('eu.rest', 'false', 2),
    count('eu.health', 'false', 4, 'dropped'),
    count('eu.health', 'false', 5, 'not_sampled'),
  ];
  expect(policiesOf(node({id: 'tail_sampling/eu', metrics}))).toEqual([
    {policy: 'errors', kept: 3, dropped: 0, neither: 7},
    {policy: 'rest', kept: 0, dropped: 0, neither: 2},
    {policy: 'health', kept: 0, dropped: 4, neither: 5},
  ]);
});
