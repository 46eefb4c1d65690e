/** `weft graph`: who calls whom, as a table, as JSON, or for Graphviz. */
import type {ServiceGraphResponse} from '../api/index.ts';
import {callsToWeft, clientFlags} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';
import {millisText, rateText, section, shareText} from './figure-text.ts';
import {closedRangeOf, rangeFlags} from './range-flags.ts';

const flags = {
  ...clientFlags,
  ...rangeFlags,
  service: {value: 'NAME', help: 'Only what is next to this service'},
  json: {help: 'As JSON, as GET /api/weft/v1/service-graph answers'},
  dot: {help: 'For Graphviz: weft graph --dot | dot -Tsvg > map.svg'},
} as const;

export const graphCommand: Command = {
  name: 'graph',
  summary: 'Who calls whom? Services, databases, queues and other systems, with the rate and errors of each call.',
  details: [
    'graph --since 15m',
    'graph --service payment',
    'graph --dot | dot -Tsvg > map.svg',
    '',
    'See docs/how-to/service-map.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args);
    if (values.on('json') && values.on('dot')) throw new UsageError('name one of --json and --dot');
    const service = values.text('service');
    const question = new URLSearchParams({...closedRangeOf(values), ...(service === undefined ? {} : {service})});
    const graph = await callsToWeft(values)<ServiceGraphResponse>('GET', `/service-graph?${question}`);
    const width = Math.min(160, Math.max(60, process.stdout.columns ?? 120));
    if (values.on('json')) console.log(JSON.stringify(graph, undefined, 2));
    else console.log((values.on('dot') ? dotOf(graph) : describeGraph(graph, width)).join('\n'));
    return 0;
  },
};

/** The busiest calls first. */
export function describeGraph({nodes, edges, pendingMinutes, share}: ServiceGraphResponse, width: number): string[] {
  if (edges.length === 0) return ['Nobody called anybody in this time. Look further back with --since.'];
  const nameOf = new Map(nodes.map((node) => [node.id, node.kind === 'service' ? node.name : node.id]));
  const rows = edges
    .toSorted((a, b) => b.calls - a.calls)
    .map((edge) => {
      const durations = edge.client ?? edge.server;
      return [
        `${nameOf.get(edge.from) ?? edge.from} → ${nameOf.get(edge.to) ?? edge.to}`,
        edge.kind,
        rateText(edge.rate),
        shareText(edge.errors, edge.calls),
        ...[durations?.p50, durations?.p95].map(millisText),
      ];
    });
  return [
    ...section('Call', ['kind', 'rate', 'failed', 'p50', 'p95'], rows, width).slice(1),
    ...(pendingMinutes === undefined
      ? []
      : ['', `${pendingMinutes} minutes are not counted yet; ask again a little later.`]),
    ...(share === undefined ? [] : ['', `In the newest minutes one of ${share} traces was looked at.`]),
  ];
}

const shapes = {service: 'box', database: 'cylinder', queue: 'cds', external: 'component', user: 'ellipse'} as const;

/** In the language DOT: names are whatever an application sent, so each is a quoted text. */
export function dotOf({nodes, edges}: ServiceGraphResponse): string[] {
  return [
    'digraph weft {',
    '  rankdir=LR;',
    '  node [fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...nodes.map(({id, kind, name}) => `  ${quoted(id)} [label=${quoted(name)}, shape=${shapes[kind]}];`),
    ...edges.map((edge) => {
      const durations = edge.client ?? edge.server;
      const label = [
        rateText(edge.rate),
        ...(edge.errors > 0 ? [`${shareText(edge.errors, edge.calls)} failed`] : []),
        ...(durations === undefined ? [] : [`p95 ${millisText(durations.p95)}`]),
      ].join(', ');
      const look = [
        `label=${quoted(label)}`,
        ...(edge.errors > 0 ? ['color="#c0392b"'] : []),
        ...(edge.kind === 'async' || edge.kind === 'link' ? ['style=dashed'] : []),
      ];
      return `  ${quoted(edge.from)} -> ${quoted(edge.to)} [${look.join(', ')}];`;
    }),
    '}',
  ];
}

/** A backslash before a letter would be one of DOT's own escapes in a label, and control characters would end the line. */
const quoted = (text: string): string =>
  `"${text
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')}"`;
