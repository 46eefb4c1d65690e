/** What changed in a service: both times read side by side, and told as `contract.ts` has it. */

import {unixNano} from '../base/index.ts';
import {type DependencyCalls, type FoundChange, type ServiceSide, serviceChanges} from '../insight/index.ts';
import type {ServiceFilter, StoredGraph, TimeRange} from '../query/index.ts';
import type {ServiceChange, ServiceChangesResponse, ServicePart} from './contract.ts';
import {graphResponse} from './graph-response.ts';
import {type Asking, errorGroup, errorsOf, part, statement, statementsOf} from './service-response.ts';

/** Fewer requests on a side let little be said. */
const fewRequests = 30;

interface Read {
  readonly side: ServiceSide;
  readonly part: ServicePart;
  readonly graph: StoredGraph | undefined;
  readonly share: number;
  readonly totals: {readonly errors: number; readonly statementsMs: number};
}

export async function changesResponse(
  filter: ServiceFilter,
  baseline: TimeRange,
  asking: Asking,
): Promise<ServiceChangesResponse> {
  const [now, before] = await Promise.all([readSide(filter, asking), readSide({...filter, ...baseline}, asking)]);
  const noBaseline = before.side.operations.length === 0;
  const few = Math.min(now.side.served.requests, before.side.served.requests) < fewRequests;
  const changes = noBaseline
    ? []
    : serviceChanges(before.side, now.side, dependenciesOf(filter, baseline, now, before));
  return {
    ...now.part,
    baseline: before.part,
    before: before.side.served,
    now: now.side.served,
    changes: changes.map((change) => told(change, now)),
    notes: [
      ...(noBaseline ? (['no_baseline'] as const) : []),
      ...(few && !noBaseline ? (['few_requests'] as const) : []),
      ...(now.share > 1 || before.share > 1 ? (['sampled'] as const) : []),
    ],
  };
}

async function readSide(filter: ServiceFilter, asking: Asking): Promise<Read> {
  const {source, tenant, budget} = asking;
  const {start, end, service, environment, version} = filter;
  const ofAll = environment === undefined && version === undefined;
  const minute = 60_000_000_000n;
  const [red, served, steps, instances, errors, statements, graph] = await Promise.all([
    source.operationsRed(tenant, filter, {budget}),
    source.servedRed(tenant, filter, {budget}),
    source.operationSteps(tenant, filter, {budget}),
    source.instances(tenant, filter, {budget}),
    errorsOf(filter, asking),
    statementsOf(filter, asking),
    // The graph knows neither environments nor versions.
    ofAll
      ? source.serviceGraph(tenant, {start, end: unixNano(((end + minute - 1n) / minute) * minute)}, {budget})
      : undefined,
  ]);
  const share = Math.max(instances.share, errors.found.share, statements.found.share);
  const covered = red.coveredStart > start && red.coveredStart < end ? red.coveredStart : start;
  return {
    side: {
      seconds: Math.max(1, Number(end - covered) / 1e9),
      served,
      operations: red.operations,
      steps,
      versions: instances.attributes.find(({attribute}) => attribute === 'version')?.values ?? [],
      errors: errors.found,
      statements: statements.found,
    },
    part: part({start, end}, red.coveredStart, {share}),
    graph: graph && {...graph, edges: graph.edges.filter(({from, to}) => from === service || to === service)},
    share,
    totals: {errors: errors.found.errors, statementsMs: statements.found.totalMs},
  };
}

type Dependency = NonNullable<ServiceChange['dependency']>;

function dependenciesOf(
  {service, start, end}: ServiceFilter,
  baseline: TimeRange,
  now: Read,
  before: Read,
): readonly DependencyCalls<Dependency>[] {
  // Of minutes that are not counted yet nobody knows who called whom.
  if (now.graph === undefined || before.graph === undefined) return [];
  if (now.graph.pendingMinutes > 0 || before.graph.pendingMinutes > 0) return [];
  const red = (read: Read) => ({coveredStart: unixNano(BigInt(read.part.coveredStart)), services: []});
  const {nodes, edges} = graphResponse(
    {range: {start, end}, graph: now.graph, red: red(now)},
    {range: baseline, graph: before.graph, red: red(before)},
    service,
  );
  const self = `service:${service}`;
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  return edges.flatMap(({id, from, to, calls, baseline: former}) => {
    const isOut = from === self;
    const other = isOut ? to : from;
    const node = nodeOf.get(other);
    if (node === undefined || other === self || node.kind === 'user') return [];
    const direction = isOut ? 'calls' : 'called_by';
    const {name, kind} = node;
    const dependency = {node: other, name, kind, edge: id, direction} as const;
    const title = isOut ? `call of ${kind} ${name}` : `caller ${name}`;
    return [{dependency, name: title, now: calls, before: former?.calls ?? 0}];
  });
}

function told({error, statement: found, example, ...change}: FoundChange<Dependency>, now: Read): ServiceChange {
  return {
    ...change,
    ...(error === undefined ? {} : {error: errorGroup(error, now.totals.errors)}),
    ...(found === undefined ? {} : {statement: statement(found, now.totals.statementsMs, now.side.served.requests)}),
    ...(example === undefined ? {} : {example: exampleOf(example)}),
  };
}

/** Without the text that stands in the group itself. */
const exampleOf = ({traceId, spanId, startUnixNano, durationNano}: NonNullable<ServiceChange['example']>) => ({
  ...{traceId, spanId, startUnixNano, durationNano},
});
