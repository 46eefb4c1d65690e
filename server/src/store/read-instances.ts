/** What a service ran as: its requests by the attributes of the resources that sent them. */
import type {TenantId} from '../base/index.ts';
import {
  type Budget,
  type InstanceAttributeName,
  type InstanceFigures,
  instanceAttributes,
  type ServiceFilter,
  type ServiceInstances,
} from '../query/index.ts';
import {lastStep, stepBound, stepMillis} from '../red/index.ts';
import {pairsSql} from './attribute-sql.ts';
import type {Queries} from './read-query.ts';
import {durationStep} from './schema-spans.ts';
import {isServing, nanosText, serviceSpans} from './service-spans.ts';

/** Resources and scopes are told apart by one text of a dictionary, so this many spans are soon counted. */
const mostSpans = 500_000;
const mostOrigins = 5_000;
const mostValues = 100;
const mostVersions = 10;

export async function readInstances(
  queries: Queries,
  tenant: TenantId,
  filter: ServiceFilter,
  budget: Budget,
): Promise<ServiceInstances> {
  const {where, weight, share} = await serviceSpans(queries, tenant, filter, {
    ...{most: mostSpans, condition: 'true', by: 'time', budget},
  });
  const all = where();
  const {keys, values} = pairsSql('resource_attributes');
  const rows = await queries.rows(
    {
      sql: `
SELECT ${keys} AS keys, ${values} AS values, sum(n) AS spans, sumIf(n, failed AND served) AS errors, sumIf(kept, served) AS stored,
  ${nanosText('min(first)')} AS first, ${nanosText('max(last)')} AS last,
  groupArrayIf(step, served) AS steps, groupArrayIf(n, served) AS counts
FROM (
  SELECT origin, ${isServing} AS served, status_code = 2 AS failed, if(served, ${durationStep('duration_ns')}, 0) AS step,
    sum(${weight}) AS n, count() AS kept, min(start_time) AS first, max(start_time) AS last
  FROM spans_11 ${all.clauses} GROUP BY origin, served, failed, step
) GROUP BY origin ORDER BY spans DESC LIMIT ${mostOrigins}`,
      parameters: all.parameters,
      budget,
    },
    {
      ...{keys: 'texts', values: 'texts', spans: 'number', errors: 'number', stored: 'number', first: 'text'},
      ...{last: 'text', steps: 'numbers', counts: 'numbers'},
    } as const,
  );
  const origins = rows.map(({keys, values, first, last, ...row}): Origin => {
    const attributes = new Map<string, string>();
    keys.forEach((key, i) => {
      if (!attributes.has(key)) attributes.set(key, values[i] as string);
    });
    return {...row, attributes, first: BigInt(first), last: BigInt(last)};
  });
  const languages = new Tally();
  for (const {attributes, spans} of origins) {
    const language = attributes.get('telemetry.sdk.language');
    if (language !== undefined) languages.add(language, spans);
  }
  return {
    share,
    languages: languages.ranked(),
    attributes: Object.keys(instanceAttributes).flatMap((name) => {
      const attribute = byAttribute(origins, name as InstanceAttributeName, share);
      return attribute === undefined ? [] : [attribute];
    }),
  };
}

interface Origin {
  readonly attributes: ReadonlyMap<string, string>;
  readonly spans: number;
  readonly errors: number;
  readonly stored: number;
  readonly first: bigint;
  readonly last: bigint;
  /** Of what it served: steps, and how many spans are in each. */
  readonly steps: readonly number[];
  readonly counts: readonly number[];
}

/** Attributes of what several of a service run at a time, each a version. */
const isPlace = new Set<InstanceAttributeName>(['instance', 'host', 'pod', 'container']);

function byAttribute(
  origins: readonly Origin[],
  attribute: InstanceAttributeName,
  share: number,
): ServiceInstances['attributes'][number] | undefined {
  const names: readonly string[] = instanceAttributes[attribute];
  const groups = new Map<string, Group>();
  const keys = new Tally();
  let without = 0;
  for (const origin of origins) {
    const key = names.find((name) => (origin.attributes.get(name) ?? '') !== '');
    if (key === undefined) {
      without += origin.spans;
      continue;
    }
    keys.add(key, origin.spans);
    const value = origin.attributes.get(key) as string;
    let group = groups.get(value);
    if (group === undefined) groups.set(value, (group = new Group()));
    group.add(origin);
  }
  const [key] = keys.ranked();
  if (key === undefined) return undefined;
  const ranked = [...groups].sort(([a, one], [b, two]) => two.spans - one.spans || (a < b ? -1 : 1));
  return {
    attribute,
    key,
    values: ranked
      .slice(0, mostValues)
      .map(([value, group]) => ({value, ...group.figures(share, isPlace.has(attribute))})),
    ...(ranked.length > mostValues ? {omitted: ranked.length - mostValues} : {}),
    without: without * share,
  };
}

class Group {
  spans = 0;
  private errors = 0;
  private stored = 0;
  private first: bigint | undefined;
  private last = 0n;
  private readonly steps = new Float64Array(lastStep + 1);
  private readonly versions = new Map<string, bigint>();

  add({attributes, spans, errors, stored, first, last, steps, counts}: Origin): void {
    this.spans += spans;
    this.errors += errors;
    this.stored += stored;
    if (this.first === undefined || first < this.first) this.first = first;
    if (last > this.last) this.last = last;
    steps.forEach((step, i) => {
      this.steps[step] = (this.steps[step] as number) + (counts[i] as number);
    });
    const version = attributes.get('service.version');
    if (version !== undefined && (this.versions.get(version) ?? -1n) < last) this.versions.set(version, last);
  }

  figures(share: number, withVersions: boolean): Omit<InstanceFigures, 'value'> {
    const requests = this.steps.reduce((sum, count) => sum + count, 0);
    const at = (level: number): number => {
      let left = Math.max(1, Math.ceil(level * requests));
      const step = this.steps.findIndex((count) => (left -= count) <= 0);
      return Math.max(0, step);
    };
    const steps = {p50: at(0.5), p95: at(0.95), p99: at(0.99)};
    const bounds = Object.entries(steps).flatMap(([name, step]) => {
      const bound = requests === 0 ? undefined : stepBound(step);
      return bound === undefined ? [] : [[name, bound] as const];
    });
    const millis = (step: number): number => (requests === 0 ? 0 : stepMillis(step));
    const versions = [...this.versions]
      .sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([version]) => version);
    return {
      spans: this.spans * share,
      requests: requests * share,
      ...(this.stored === requests ? {} : {stored: this.stored * share}),
      errors: this.errors * share,
      p50: millis(steps.p50),
      p95: millis(steps.p95),
      p99: millis(steps.p99),
      ...(bounds.length === 0 ? {} : {bounds: Object.fromEntries(bounds)}),
      firstUnixNano: `${this.first ?? 0n}`,
      lastUnixNano: `${this.last}`,
      ...(withVersions && versions.length > 0 ? {versions: versions.slice(-mostVersions)} : {}),
    };
  }
}

class Tally {
  private readonly counts = new Map<string, number>();
  add(text: string, count: number): void {
    this.counts.set(text, (this.counts.get(text) ?? 0) + count);
  }
  ranked(): string[] {
    return [...this.counts].sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1)).map(([text]) => text);
  }
}
