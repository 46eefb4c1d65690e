/** What the graph's figures say of a component. */
import type {PipelineEdge, PipelineNode, PipelineResponse} from '../../api/index.ts';

/** A component that lost something in the last seconds, or told of an error so long ago at most, is marked. */
const recentMs = 60_000;

export type Mood = 'fine' | 'warned' | 'failing';

export function moodOf(node: PipelineNode, now: number): Mood {
  if (node.losses.some(({perSecond, isMeant}) => perSecond > 0 && !isMeant)) return 'failing';
  const {problem, queue} = node;
  if (problem !== undefined && now - problem.atUnixMs < recentMs)
    return problem.level === 'error' ? 'failing' : 'warned';
  return queue !== undefined && queue.size > 0.8 * queue.capacity ? 'warned' : 'fine';
}

/** Of the edges that reach a component, or leave it: items a second by signal. */
export function ratesOf(edges: readonly PipelineEdge[]): Map<PipelineEdge['signal'], number> {
  const rates = new Map<PipelineEdge['signal'], number>();
  for (const {signal, perSecond} of edges) rates.set(signal, (rates.get(signal) ?? 0) + perSecond);
  return rates;
}

/** Edges that leave a component: several of one pipeline carry the same items, so only one of each counts. */
export function leaving({edges}: PipelineResponse, key: string): PipelineEdge[] {
  const own = edges.filter(({from}) => from === key);
  return [...Map.groupBy(own, ({pipeline}) => pipeline).values()].map((same) => same[0] as PipelineEdge);
}

export const reaching = ({edges}: PipelineResponse, key: string): PipelineEdge[] => edges.filter(({to}) => to === key);

/** Points of several edges, added up from their ends: the last one is now. */
export function added(series: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...series.map((each) => each.length));
  return Array.from({length}, (_, index) =>
    series.reduce((sum, each) => sum + (each[each.length - length + index] ?? 0), 0),
  );
}

/** A policy of a tail sampler: how many traces it kept, how many it made the sampler drop, and how many it looked at beside. */
export interface PolicyRow {
  readonly policy: string;
  readonly kept: number;
  readonly dropped: number;
  readonly neither: number;
}

const decided = 'otelcol_processor_tail_sampling_count_traces_sampled';

/** By the Collector's metric: `sampled` says what the policy decided, newer ones say it by `decision`. */
export function policiesOf(node: PipelineNode): readonly PolicyRow[] {
  const rows = new Map<string, {kept: number; dropped: number; neither: number}>();
  const prefix = node.id.includes('/') ? `${node.id.slice(node.id.indexOf('/') + 1)}.` : undefined;
  for (const {name, labels, value} of node.metrics) {
    if (name !== decided || labels.policy === undefined) continue;
    // One of a name of its own counts `name.policy`; traces are told the policy alone.
    const policy =
      prefix !== undefined && labels.policy.startsWith(prefix) ? labels.policy.slice(prefix.length) : labels.policy;
    const row = rows.get(policy) ?? {kept: 0, dropped: 0, neither: 0};
    if (labels.sampled === 'true' || labels.decision === 'sampled') row.kept += value;
    else if (labels.decision === 'dropped') row.dropped += value;
    else row.neither += value;
    rows.set(policy, row);
  }
  return [...rows].map(([policy, row]) => ({policy, ...row}));
}
