/** `weft service`: one service on a page of a terminal: what changed, its operations, errors, statements, versions and neighbours. */
import type {
  OperationsRedResponse,
  ServiceChangesResponse,
  ServiceErrorsResponse,
  ServiceGraphResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
} from '../api/index.ts';
import {changeNotes} from '../insight/index.ts';
import {clientFlags, requestsToWeft} from './api-client.ts';
import {type Command, readFlags, UsageError} from './command.ts';
import {clockText, millisText, rateText, section, shareText} from './figure-text.ts';
import {closedRangeOf, rangeFlags} from './range-flags.ts';
import {visible, wrap} from './terminal-text.ts';

const flags = {
  ...clientFlags,
  ...rangeFlags,
  environment: {value: 'NAME', help: 'Only what ran in this environment'},
  version: {value: 'NAME', help: 'Only what ran as this version'},
  rows: {value: 'N', default: '8', help: 'How many rows of each table at most'},
  json: {help: "As JSON: the answers of the API's routes, by name"},
} as const;

/** The server gives up after 30. */
const seconds = 60;

export interface ServiceOverview {
  readonly operations: OperationsRedResponse;
  readonly changes: ServiceChangesResponse;
  readonly errors: ServiceErrorsResponse;
  readonly statements: ServiceStatementsResponse;
  readonly instances: ServiceInstancesResponse;
  readonly graph: ServiceGraphResponse;
}

export const serviceCommand: Command = {
  name: 'service',
  summary: 'How is a service? What changed, operations, errors, statements, versions, who calls it.',
  usage: 'NAME',
  details: [
    'service payment                    the last hour, and what is different from the hour before',
    'service payment --since 15m --version 2.4.1',
    '',
    'See docs/how-to/service-page.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 1);
    const [service] = values.words;
    if (service === undefined) throw new UsageError('which service? Name it');
    const rows = Number(values.text('rows'));
    if (!(Number.isInteger(rows) && rows > 0)) {
      throw new UsageError(`--rows ${values.text('rows')}: expected a whole number above 0`);
    }
    const question = new URLSearchParams({service, ...closedRangeOf(values)});
    // The graph knows neither of them.
    const ofGraph = `${question}`;
    for (const name of ['environment', 'version'] as const) {
      const value = values.text(name);
      if (value !== undefined) question.set(name, value);
    }
    const call = requestsToWeft(values);
    const ask = async <T>(path: string, query = `${question}`): Promise<T> =>
      (await (await call(`${path}?${query}`, {method: 'GET', seconds})).json()) as T;
    const [operations, changes, errors, statements, instances, graph] = await Promise.all([
      ask<OperationsRedResponse>('/operations/red', `${question}&points=1`),
      ask<ServiceChangesResponse>('/service/changes'),
      ask<ServiceErrorsResponse>('/service/errors'),
      ask<ServiceStatementsResponse>('/service/statements'),
      ask<ServiceInstancesResponse>('/service/instances'),
      ask<ServiceGraphResponse>('/service-graph', ofGraph),
    ]);
    const overview: ServiceOverview = {operations, changes, errors, statements, instances, graph};
    const width = Math.min(160, Math.max(60, process.stdout.columns ?? 120));
    console.log(
      values.on('json')
        ? JSON.stringify(overview, undefined, 2)
        : describeService(service, overview, {width, rows}).join('\n'),
    );
    return 0;
  },
};

/** For a terminal. */
export function describeService(
  service: string,
  {operations, changes, errors, statements, instances, graph}: ServiceOverview,
  {width, rows}: {readonly width: number; readonly rows: number},
): string[] {
  const seconds = secondsOf(operations);
  const {service: whole} = operations;
  const version = instances.attributes.find(({attribute}) => attribute === 'version');
  const title = [service, instances.languages[0], version?.values[0]?.value].filter((text) => text !== undefined);
  if (operations.operations.length === 0 && instances.attributes.length === 0 && errors.errors === 0) {
    return [`${visible(service)} sent no span in this time. Look further back with --since, or see weft doctor.`];
  }
  const lines = [
    visible(title.join(' · ')),
    whole === undefined || whole.requests === 0
      ? 'It served nothing in this time.'
      : `${rateText(whole.requests / seconds)}, ${shareText(whole.errors, whole.requests)} failed, p50 ${millisText(whole.p50)}, p95 ${millisText(whole.p95)}, p99 ${millisText(whole.p99)}`,
  ];
  lines.push('', 'Changed since the time before');
  for (const change of changes.changes.slice(0, rows)) {
    const mark = {worse: '!', better: '+', neutral: '·'}[change.effect];
    wrap(visible(change.text), width - 2).forEach((line, i) => void lines.push(`${i === 0 ? mark : ' '} ${line}`));
  }
  if (changes.changes.length === 0 && !changes.notes.includes('no_baseline')) lines.push('· nothing beyond chance');
  for (const note of changes.notes) lines.push(`· ${changeNotes[note]}`);
  const red = ['rate', 'failed', 'p50', 'p95', 'p99'];
  lines.push(
    ...section(
      'Operations',
      red,
      operations.operations
        .slice(0, rows)
        .map(({name, kind, requests, errors, ...red}) => [
          `${name} (${kind})`,
          rateText(requests / seconds),
          shareText(errors, requests),
          ...[red.p50, red.p95, red.p99].map(millisText),
        ]),
      width,
    ),
    ...section(
      'Errors',
      ['count', 'share', 'last seen'],
      errors.groups
        .slice(0, rows)
        .map((group) => [
          [
            group.operation,
            group.error,
            group.type,
            group.message,
            group.from === undefined ? '' : `from ${group.from}`,
          ]
            .filter((text) => text !== '' && text !== 'unknown')
            .join(': '),
          group.count.toLocaleString('en'),
          shareText(group.count, errors.errors),
          clockText(group.lastUnixNano),
        ]),
      width,
    ),
    ...section(
      'Statements',
      ['calls', 'of the time', 'mean', 'p95', 'max'],
      statements.statements
        .slice(0, rows)
        .map((one) => [
          `${one.system === '' ? '' : `${one.system}: `}${one.statement}`,
          one.calls.toLocaleString('en'),
          shareText(one.timeShare, 1),
          ...[one.meanMs, one.p95Ms, one.maxMs].map(millisText),
        ]),
      width,
    ),
  );
  const nameOf = new Map(graph.nodes.map((node) => [node.id, node.kind === 'service' ? node.name : node.id]));
  const self = `service:${service}`;
  lines.push(
    ...section(
      'Calls',
      ['rate', 'failed', 'p50', 'p95'],
      graph.edges.slice(0, 2 * rows).map((edge) => {
        const durations = edge.client ?? edge.server;
        return [
          edge.from === self ? `→ ${nameOf.get(edge.to) ?? edge.to}` : `← ${nameOf.get(edge.from) ?? edge.from}`,
          rateText(edge.rate),
          shareText(edge.errors, edge.calls),
          ...[durations?.p50, durations?.p95].map(millisText),
        ];
      }),
      width,
    ),
    ...instances.attributes
      .filter(({attribute}) => ['version', 'environment', 'instance', 'host', 'pod'].includes(attribute))
      .flatMap(({key, values}) =>
        section(
          key,
          ['spans', 'failed', 'p95', 'first seen', 'last seen'],
          values
            .slice(0, rows)
            .map((one) => [
              one.value,
              one.spans.toLocaleString('en'),
              shareText(one.errors, one.requests),
              one.requests === 0 ? '–' : millisText(one.p95),
              clockText(one.firstUnixNano),
              clockText(one.lastUnixNano),
            ]),
          width,
        ),
      ),
  );
  return lines;
}

/** From the first data on. */
const secondsOf = ({start, end, coveredStart}: OperationsRedResponse): number => {
  const from = BigInt(coveredStart) > BigInt(start) ? BigInt(coveredStart) : BigInt(start);
  return Math.max(1, Number(BigInt(end) - from) / 1e9);
};
