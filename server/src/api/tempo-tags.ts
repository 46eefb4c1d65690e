/** Names and values for completion: of attributes by scope, and of intrinsics. */
import {kindNames, statusNames} from '../query/index.ts';
import {
  type Attribute,
  MetricsEvaluator,
  type Name,
  type OverTime,
  type Pipeline,
  parse,
  type Query,
  readerOf,
  resourceValue,
  textOf,
  typedValue,
  type Value,
} from '../traceql/index.ts';
import type {Asked, Range} from './tempo-candidates.ts';
import {countSeries} from './tempo-metrics.ts';
import {invalid} from './tempo-query.ts';
import {fittingTraces} from './tempo-search.ts';

export const tagScopes = ['none', 'intrinsic', 'resource', 'span', 'event', 'link', 'instrumentation'] as const;
export type TagScope = (typeof tagScopes)[number];

/** Those that a person would ask by. */
const intrinsicTags = [
  'duration',
  'event:name',
  'event:timeSinceStart',
  'instrumentation:name',
  'instrumentation:version',
  'kind',
  'link:spanID',
  'link:traceID',
  'name',
  'rootName',
  'rootServiceName',
  'span:childCount',
  'span:duration',
  'span:id',
  'span:kind',
  'span:name',
  'span:parentID',
  'span:status',
  'span:statusMessage',
  'status',
  'statusMessage',
  'trace:duration',
  'trace:id',
  'trace:rootName',
  'trace:rootService',
  'traceDuration',
];

/** By scope, sorted. */
export async function tagNames(
  scope: TagScope,
  {start, end}: Range,
  asked: Asked,
): Promise<readonly {name: string; tags: readonly string[]}[]> {
  const {source, tenant, budget} = asked;
  const wants = (each: TagScope): boolean => scope === 'none' || scope === each;
  const keys =
    wants('resource') || wants('span')
      ? await source.keyNames(tenant, {start, end}, {budget})
      : {resource: [], span: []};
  const of = (owner: 'resource' | 'span') => keys[owner].toSorted();
  return [
    ...(wants('resource') ? [{name: 'resource', tags: of('resource')}] : []),
    ...(wants('span') ? [{name: 'span', tags: of('span')}] : []),
    ...(wants('intrinsic') ? [{name: 'intrinsic', tags: intrinsicTags}] : []),
  ];
}

export interface TagValue {
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'duration' | 'keyword';
  readonly value: string;
}

/** Traces that are looked at for values where the store does not tell them. */
const maxTraces = 200;
const maxValues = 1000;

/** `tag` as it stands in a query: `span.http.method`, `.a`, `name`. A bare name is an attribute of any scope. */
export function readTag(tag: string): Attribute | {readonly kind: 'intrinsic'; readonly name: string} {
  for (const text of [tag, `.${tag}`, `."${tag.replace(/[\\"]/g, '\\$&')}"`]) {
    const parsed = parse(`{ ${text} != nil }`);
    const stage =
      parsed.kind === 'ok' && parsed.value.root.kind === 'pipeline' ? parsed.value.root.stages[0] : undefined;
    const node = stage?.kind === 'filter' && stage.condition.kind === 'exists' ? stage.condition.value : undefined;
    if (node?.kind === 'attribute' || node?.kind === 'intrinsic') return node;
  }
  throw invalid(
    `invalid tag ${JSON.stringify(tag.slice(0, 100))}: expected the name of an attribute or an intrinsic, such as span.http.method`,
  );
}

export async function tagValues(
  tag: string,
  filter: Pipeline | undefined,
  range: Range,
  asked: Asked,
): Promise<readonly TagValue[]> {
  const node = readTag(tag);
  if (node.kind === 'intrinsic') {
    if (node.name === 'status') return keywords(statusNames);
    if (node.name === 'kind') return keywords(kindNames);
  }
  if (filter !== undefined)
    return (await countedValues(node, filter, range, asked)) ?? foundValues(node, filter, range, maxTraces, asked);
  if (node.kind === 'attribute' && (node.scope === undefined || node.scope === 'span' || node.scope === 'resource'))
    return storedValues(node, range, asked);
  if (node.kind === 'intrinsic' && node.name === 'rootServiceName') {
    const services = await asked.source.services(asked.tenant, {budget: asked.budget});
    return services.slice(0, maxValues).map(({name}) => ({type: 'string', value: name}));
  }
  if (node.kind === 'intrinsic' && (node.name === 'name' || node.name === 'rootName')) return operationNames(asked);
  return foundValues(node, everything, range, maxTraces, asked);
}

const everything = parseOk('{}').root as Pipeline;
function parseOk(text: string): Query {
  const parsed = parse(text);
  if (parsed.kind === 'faulty') throw new Error(`BUG: ${text}`);
  return parsed.value;
}

const keywords = (names: readonly string[]): TagValue[] => names.map((value) => ({type: 'keyword', value}));

async function operationNames({source, tenant, budget}: Asked): Promise<TagValue[]> {
  const services = await source.services(tenant, {budget});
  const names = new Set<string>();
  for (const {name} of services.slice(0, 100)) {
    for (const operation of await source.operations(tenant, name, {budget})) names.add(operation.name);
    if (names.size >= maxValues) break;
  }
  return [...names]
    .sort()
    .slice(0, maxValues)
    .map((value) => ({type: 'string', value}));
}

/** As the store has them, with their types. */
async function storedValues(node: Attribute, range: Range, asked: Asked): Promise<readonly TagValue[]> {
  const {source, tenant, budget} = asked;
  const {scope, name} = node;
  const values = new TagValues();
  let isAll = true;
  for (const owner of ['span', 'resource'] as const) {
    if (scope !== undefined && scope !== owner) continue;
    const query = {of: owner, key: name, start: range.start, end: range.end, limit: maxValues};
    const found = await source.typedValues(tenant, query, {budget});
    isAll &&= found.isAll;
    for (const value of found.values)
      values.add(owner === 'span' ? typedValue(value) : resourceValue(name, typedValue(value)));
  }
  // Some that only whole spans tell.
  if (!isAll)
    for (const value of await foundValues(node, withName(node), range, maxTraces, asked)) values.addTag(value);
  return values.list;
}

const withName = (node: Name): Pipeline => {
  const place = {at: 0, end: 0};
  const condition = {kind: 'exists' as const, not: false, value: node, ...place};
  return {kind: 'pipeline', stages: [{kind: 'filter', condition, ...place}], ...place};
};

/** Of all spans that a query gives, as the store counts them; undefined where it cannot. Of more values those of most spans. */
async function countedValues(
  node: ReturnType<typeof readTag>,
  filter: Pipeline,
  {start, end}: Range,
  asked: Asked,
): Promise<readonly TagValue[] | undefined> {
  if (start === undefined || end === undefined || (node.kind === 'attribute' && node.scope === undefined))
    return undefined;
  const place = {at: 0, end: 0};
  const name = {...node, ...place} as Name;
  const pipeline = {...filter, stages: [...filter.stages, ...withName(name).stages]};
  const counts = {kind: 'overTime', operator: 'count_over_time', value: undefined, quantiles: [], by: [name], ...place};
  const series = {kind: 'series', pipeline, function: counts as OverTime, ...place} as const;
  // A range of series is open on the left.
  const range = {start: start - 1n, end, step: end - start + 1n, instant: true};
  const evaluator = new MetricsEvaluator(series, range, {exemplars: 0, series: maxValues});
  if ((await countSeries(evaluator, series, range, asked)) === undefined) return undefined;
  const values = new TagValues();
  for (const {labels} of evaluator.series()) for (const {value} of labels) values.add(value);
  return values.list;
}

/** Each once, and those of lists one by one. */
export class TagValues {
  readonly #values = new Map<string, TagValue>();

  get size(): number {
    return this.#values.size;
  }

  get list(): readonly TagValue[] {
    return [...this.#values.values()].slice(0, maxValues);
  }

  add(value: Value): void {
    if (value.type === 'several') return value.values.forEach((each) => void this.add(each));
    if ('elements' in value) return value.elements.forEach((each) => void this.add(each));
    const type = typeNames[value.type];
    if (type === undefined) return;
    this.addTag({type, value: textOf(value)});
  }

  addTag(value: TagValue): void {
    this.#values.set(`${value.type} ${value.value}`, value);
  }
}

/** Of the spans that a query gives. */
async function foundValues(
  node: ReturnType<typeof readTag>,
  filter: Pipeline,
  range: Range,
  traces: number,
  asked: Asked,
): Promise<readonly TagValue[]> {
  const values = new TagValues();
  let seen = 0;
  for await (const {view, sets} of fittingTraces(filter, range, asked)) {
    const read = readerOf(view, {...node, at: 0, end: 0} as never);
    for (const {rows} of sets) for (const row of rows) values.add(read(row));
    if (++seen >= traces || values.size >= maxValues) break;
  }
  return values.list;
}

const typeNames: Readonly<Partial<Record<Value['type'], TagValue['type']>>> = {
  string: 'string',
  int: 'int',
  float: 'float',
  boolean: 'bool',
  duration: 'duration',
  status: 'keyword',
  kind: 'keyword',
};
