/** Explains from the running graph where data goes, what is lost on the way, and why a span is not found. */
import type {PipelineResponse} from '../api/index.ts';

export interface PipelineFinding {
  readonly kind: 'good' | 'note';
  readonly text: string;
  /** Empty where nothing is to be done. */
  readonly fix: string;
}

type Node = PipelineResponse['nodes'][number];
type Edge = PipelineResponse['edges'][number];

const nouns = {traces: 'spans', metrics: 'metric points', logs: 'log records'} as const;
const count = (items: number): string => Math.round(items).toLocaleString('en');

/** A line for each pipeline that something came to, and one for each component that keeps data from going on. */
export function pipelineFindings(view: PipelineResponse): readonly PipelineFinding[] {
  const flows = view.pipelines.map((pipeline): PipelineFinding[] => {
    const {id, signal} = pipeline;
    const [sources, ends] = [endsOf(view, id, 'from'), endsOf(view, id, 'to')];
    const entering = entrances(view, id);
    const total = sum(entering.map((edge) => edge.total));
    const way = `pipeline \`${id}\` (${names(sources)} → ${names(ends)})`;
    const stored =
      signal === 'traces' &&
      !storesFrom(
        view,
        sources.map(({key}) => key),
      );
    const fix = stored
      ? `Its spans are passed on and not found here. To find them, add \`weft\` to \`service.pipelines.${id}.exporters\`.`
      : '';
    if (total === 0) return [{kind: fix === '' ? 'good' : 'note', text: `${way}: nothing has come yet`, fix}];
    const lately = sum(entering.map((edge) => lastMinute(edge, view.stepSeconds)));
    const noun = Math.round(lately) === 1 ? nouns[signal].slice(0, -1) : nouns[signal];
    const arrived = `${count(lately)} ${noun} in the last minute, ${count(total)} since the start`;
    return [
      stored
        ? {kind: 'note', text: `${way}: ${nouns[signal]} arrive (${arrived}), but it does not end in \`weft\``, fix}
        : {kind: 'good', text: `${way}: ${arrived}`, fix},
    ];
  });
  return [...flows.flat(), ...view.nodes.flatMap((node) => lossesOf(view, node))];
}

/**
 * Why a span that the OTLP receiver at `address` took is not found, as far as the graph tells; undefined where it does not.
 */
export function whyNotFound(
  view: PipelineResponse,
  address: string,
): {readonly text: string; readonly fix: string} | undefined {
  const receiver = view.nodes.find(({endpoints}) => Object.values(endpoints).includes(address));
  if (receiver === undefined) return undefined;
  const own = view.edges.filter(({from, signal}) => from === receiver.key && signal === 'traces');
  const pipelines = [...new Set(own.map(({pipeline}) => pipeline))];
  const listed = pipelines.map((id) => `\`${id}\``).join(', ');
  if (pipelines.length === 0) {
    return {
      text: `no traces pipeline has the receiver \`${receiver.id}\``,
      fix: 'Name it under `receivers` of the pipeline whose spans should be found here.',
    };
  }
  if (!storesFrom(view, [receiver.key])) {
    const ends = [...new Set(pipelines.flatMap((id) => endsOf(view, id, 'to')))];
    const several = pipelines.length > 1;
    return {
      text: `spans of the receiver \`${receiver.id}\` go through ${listed} to ${names(ends)}, and ${several ? 'none of these pipelines ends' : 'this pipeline does not end'} in \`weft\``,
      fix: `Add \`weft\` to \`service.pipelines.${pipelines[0]}.exporters\`, or look for the spans where they go.`,
    };
  }
  const keeping = view.nodes.filter(
    (node) => node.pipeline !== undefined && pipelines.includes(node.pipeline) && passed(view, node).share < 1,
  );
  if (keeping.length === 0) return undefined;
  const told = keeping.map((node) => {
    const {entered, left} = passed(view, node);
    return `\`${node.id}\` has handed on ${count(left)} of ${count(entered)}`;
  });
  return {
    text: `a processor may have held it back: ${told.join(', ')}`,
    fix: 'A sampler or a filter does so by its settings, and a tail sampler decides seconds later: look at it on the page under Pipeline.',
  };
}

/** The components at either end of a pipeline. */
function endsOf({nodes, edges}: PipelineResponse, id: string, end: 'from' | 'to'): readonly Node[] {
  const keys = new Set(edges.filter(({pipeline}) => pipeline === id).map((edge) => edge[end]));
  return nodes.filter((node) => keys.has(node.key) && node.pipeline !== id);
}

/** The edges by which data enters a pipeline; of several from one component, which carry the same, one. */
function entrances(view: PipelineResponse, id: string): readonly Edge[] {
  const sources = new Set(endsOf(view, id, 'from').map(({key}) => key));
  const own = view.edges.filter(({pipeline, from}) => pipeline === id && sources.has(from));
  return [...Map.groupBy(own, ({from}) => from).values()].map((same) => same[0] as Edge);
}

/** Whether spans from one of these reach the store; what a connector makes of them is something else. */
function storesFrom({nodes, edges}: PipelineResponse, keys: readonly string[]): boolean {
  const reached = new Set(keys);
  for (const key of reached) {
    for (const {from, to, signal} of edges) if (from === key && signal === 'traces') reached.add(to);
  }
  return nodes.some(({key, type}) => type === 'weft' && reached.has(key));
}

/** What entered and left a processor since the start. */
function passed({edges}: PipelineResponse, {key}: Node) {
  const entered = sum(edges.filter(({to}) => to === key).map(({total}) => total));
  const left = edges.find(({from}) => from === key)?.total ?? 0;
  return {entered, left, share: entered === 0 ? 1 : left / entered};
}

const lastMinute = ({series}: Edge, stepSeconds: number): number =>
  sum(series.slice(-Math.round(60 / stepSeconds))) * stepSeconds;

/** What a component lost, and its last error. */
function lossesOf(view: PipelineResponse, node: Node): PipelineFinding[] {
  const what = `${node.kind} \`${node.id}\`${node.pipeline === undefined ? '' : ` of \`${node.pipeline}\``}`;
  const because = node.problem === undefined ? '' : `. Its last ${node.problem.level}: ${node.problem.message}`;
  // A receiver's refusals are told by reason elsewhere, and most of them are another component's.
  const losses = node.kind === 'receiver' ? [] : node.losses.filter(({total, isMeant}) => total > 0 && !isMeant);
  const found = losses.map(
    ({reason, total}): PipelineFinding => ({
      kind: 'note',
      text: `${what} lost ${count(total)} since the start (${reason.replaceAll('_', ' ')})`,
      fix: `See it under Pipeline on the page${because}`,
    }),
  );
  const {queue} = node;
  if (queue !== undefined && queue.size > 0.8 * queue.capacity) {
    const text = `the queue of ${what} is filled to ${count(queue.size)} of ${count(queue.capacity)}`;
    found.push({
      kind: 'note',
      text,
      fix: `Its destination is away or too slow: what does not fit is refused${because}`,
    });
  }
  const meant = node.losses.filter(({total, isMeant}) => total > 0 && isMeant && node.kind === 'processor');
  const {entered, left} = passed(view, node);
  if (meant.length > 0 && left === 0) {
    const text = `${what} lets nothing pass: it left out all of ${count(entered)}`;
    found.push({kind: 'note', text, fix: 'Its conditions fit everything: are they meant so?'});
  }
  return found;
}

const names = (nodes: readonly Node[]): string => nodes.map(({id}) => id).join(', ') || 'nothing';
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
