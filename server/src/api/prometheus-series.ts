/**
 * Stored metrics as Prometheus sees them: the names, units and labels of OpenTelemetry's translation, a distribution as one series a bucket,
 * and the samples for PromQL. Facts: OpenTelemetry's "Prometheus and OpenMetrics compatibility".
 */
import type {TenantId} from '../base/index.ts';
import {
  type Label,
  Labels,
  type Matcher,
  markStale,
  matches,
  mergeAlike,
  nameLabel,
  type RawSeries,
  type SampleSource,
  type Selection,
  writeNumber,
} from '../promql/index.ts';
import type {
  Budget,
  MetricIdentity,
  PointPart,
  PointRange,
  StoredExemplar,
  StoredMetric,
  StoredResource,
  StoredSeries,
} from '../query/index.ts';
import {addLabel, labelName, metricName, targetKeys, targetLabels} from '../wire/index.ts';
import type {MetricSource} from './source.ts';

const rules = {suffixes: true, utf8: false, namespace: ''};

/** One of the series that a metric is in Prometheus: what its name ends in, and which number of a point it has. */
interface Part {
  readonly suffix: string;
  readonly part: PointPart;
  /** The label that tells buckets and quantiles apart. */
  readonly label?: 'le' | 'quantile';
}

const partsOf: Readonly<Record<MetricIdentity['type'], readonly Part[]>> = {
  gauge: [{suffix: '', part: 'value'}],
  sum: [{suffix: '', part: 'value'}],
  histogram: [
    {suffix: '_bucket', part: 'buckets', label: 'le'},
    {suffix: '_sum', part: 'sum'},
    {suffix: '_count', part: 'count'},
  ],
  exponentialHistogram: [
    {suffix: '_sum', part: 'sum'},
    {suffix: '_count', part: 'count'},
  ],
  summary: [
    {suffix: '', part: 'quantiles', label: 'quantile'},
    {suffix: '_sum', part: 'sum'},
    {suffix: '_count', part: 'count'},
  ],
};

/** What Prometheus calls the kind of a metric. */
export const prometheusType = ({type, isMonotonic}: MetricIdentity): string =>
  type === 'sum' ? (isMonotonic ? 'counter' : 'gauge') : type === 'exponentialHistogram' ? 'histogram' : type;

/** The name of an attribute's label; one of which nothing would be left keeps it. */
const labelOf = (key: string): string | undefined => labelName(key, rules.utf8) ?? labelName(key, true);

/** The name of a metric, without what tells its parts apart. */
export function prometheusName({name, unit, type, isMonotonic}: MetricIdentity): string {
  const named = type === 'gauge' ? 'gauge' : type === 'sum' && isMonotonic ? 'counter' : 'other';
  // Of a name in Chinese nothing is left but its unit; Prometheus 3 knows such names.
  return metricName(name, unit, named, {...rules, utf8: !/[A-Za-z0-9]/.test(name)});
}

/** Deltas are added up, from the start of a day; what goes up and down would start at nothing there. */
const isTold = ({type, temporality, isMonotonic}: MetricIdentity): boolean =>
  temporality !== 'delta' || type !== 'sum' || isMonotonic;

const targetInfo = 'target_info';
const isTargetKey = (key: string): boolean => targetKeys.some((each) => each === key);

/** Of a resource that names a target and says more than that. */
function infoLabels({attributes}: StoredResource): Labels | undefined {
  const target = targetLabels(new Map(attributes));
  const labels = new Map<string, string>();
  for (const [key, value] of attributes) if (!isTargetKey(key)) addLabel(labels, labelOf(key), value);
  if (target.length === 0 || labels.size === 0) return undefined;
  return Labels.of([...labels, ...target, [nameLabel, targetInfo]]);
}

function labelsOf({attributes, resource, scope}: StoredSeries, name: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of attributes) addLabel(labels, labelOf(key), value);
  for (const [label, value] of targetLabels(new Map(resource))) labels.set(label, value);
  if (scope.name !== '') labels.set('otel_scope_name', scope.name);
  if (scope.version !== '') labels.set('otel_scope_version', scope.version);
  labels.set(nameLabel, name);
  return labels;
}

interface Found {
  readonly series: StoredSeries;
  readonly part: Part;
  readonly labels: ReadonlyMap<string, string>;
}

/** The metrics of one tenant, for one request. */
export class PrometheusSeries implements SampleSource {
  readonly #source: MetricSource;
  readonly #tenant: TenantId;
  readonly #budget: Budget;
  /** What was read already: a question may name a selector many times. */
  readonly #metrics = new Map<string, Promise<readonly StoredMetric[]>>();
  readonly #resources = new Map<string, Promise<readonly StoredResource[]>>();
  readonly #selected = new Map<string, Promise<readonly RawSeries[]>>();

  constructor(source: MetricSource, tenant: TenantId, budget: Budget) {
    this.#source = source;
    this.#tenant = tenant;
    this.#budget = budget;
  }

  /** Labels of series that fit; of distributions, those of a part without telling its buckets apart where nobody asked for them. */
  async labels(matchers: readonly Matcher[], range: PointRange): Promise<Labels[]> {
    const found = await this.#find(matchers, range);
    // Which buckets there are only points tell.
    const plain = found.filter(({part}) => part.label === undefined);
    const parted = found.filter(({part}) => part.label !== undefined);
    const raw = parted.length === 0 ? [] : await this.#samples(parted, matchers, range);
    const infos = await this.#infos(matchers, range, false);
    return [...plain.map(({labels}) => Labels.of(labels)), ...[...raw, ...infos].map(({labels}) => labels)].sort(
      (a, b) => a.compare(b),
    );
  }

  /** The names of all series. */
  async names(range: PointRange): Promise<string[]> {
    const all = (await this.#metricsOf(range)).filter(isTold).flatMap((metric) => {
      const base = prometheusName(metric);
      return partsOf[metric.type].map(({suffix}) => base + suffix);
    });
    const isInfo: Matcher = {label: nameLabel, sign: '=', value: targetInfo, at: 0, end: 0};
    const infos = await this.#infos([isInfo], range, false);
    return [...new Set([...all, ...(infos.length === 0 ? [] : [targetInfo])])].sort();
  }

  select({matchers, from, to}: Selection): Promise<readonly RawSeries[]> {
    const range = {from, to};
    const key = JSON.stringify([from, to, ...matchers.map(({label, sign, value}) => [label, sign, value])]);
    return once(this.#selected, key, async () => {
      const own = await this.#samples(await this.#find(matchers, range), matchers, range);
      return mergeAlike([...own, ...(await this.#infos(matchers, range, true))]);
    });
  }

  /** `target_info` of every resource: 1 as long as it sends points. */
  async #infos(matchers: readonly Matcher[], range: PointRange, isTimed: boolean): Promise<RawSeries[]> {
    if (!matchers.every((each) => each.label !== nameLabel || matches(each, targetInfo))) return [];
    const resources = await once(this.#resources, `${range.from} ${range.to} ${isTimed}`, () =>
      this.#source.metricResources(this.#tenant, {range, isTimed}, {budget: this.#budget}),
    );
    return resources.flatMap((resource) => {
      const labels = infoLabels(resource);
      if (labels === undefined || !matchers.every((each) => matches(each, labels.get(each.label)))) return [];
      const times = Float64Array.from(resource.times);
      return [{labels, times, values: new Float64Array(times.length).fill(1)}];
    });
  }

  /** Exemplars of series that any of the selectors fits, the newest `limit` of each selector, by series. Those of a distribution are its buckets'. */
  async exemplars(
    selectors: readonly (readonly Matcher[])[],
    range: PointRange,
    limit: number,
  ): Promise<Map<Labels, readonly StoredExemplar[]>> {
    const out = new Map<string, {readonly labels: Labels; readonly all: Set<StoredExemplar>}>();
    for (const matchers of selectors) {
      const found = (await this.#find(matchers, range)).filter(
        ({part: {part}}) => part === 'value' || part === 'buckets',
      );
      const byId = new Map(found.map((each) => [each.series.id, each]));
      const query = {ids: [...byId.keys()], range, limit};
      for (const exemplar of await this.#source.metricExemplars(this.#tenant, query, {budget: this.#budget})) {
        const {labels: own, part} = byId.get(exemplar.id) as Found;
        const labels = Labels.of(part.label === undefined ? own : [...own, [part.label, writeNumber(exemplar.bound)]]);
        if (!matchers.every((each) => matches(each, labels.get(each.label)))) continue;
        const known = out.get(labels.key) ?? {labels, all: new Set()};
        known.all.add(exemplar);
        out.set(labels.key, known);
      }
    }
    return new Map([...out.values()].map(({labels, all}) => [labels, [...all]]));
  }

  #metricsOf(range: PointRange): Promise<readonly StoredMetric[]> {
    const read = () => this.#source.metrics(this.#tenant, range, {budget: this.#budget});
    return once(this.#metrics, `${range.from} ${range.to}`, read);
  }

  async #find(matchers: readonly Matcher[], range: PointRange): Promise<Found[]> {
    const options = {budget: this.#budget};
    const ofName = matchers.filter(({label}) => label === nameLabel);
    const fitsName = (name: string): boolean => ofName.every((matcher) => matches(matcher, name));
    const metrics = (await this.#metricsOf(range)).filter(
      (metric) => isTold(metric) && partsOf[metric.type].some(({suffix}) => fitsName(prometheusName(metric) + suffix)),
    );
    const names = [...new Set(metrics.map(({name}) => name))];
    if (names.length === 0) return [];
    const all = await this.#source.metricSeries(this.#tenant, names, range, options);
    // Those of buckets and quantiles are known when their points are.
    const others = matchers.filter(({label}) => label !== nameLabel);
    return all.flatMap((series) => {
      if (!isTold(series.metric)) return [];
      const base = prometheusName(series.metric);
      return partsOf[series.metric.type].flatMap((part) => {
        if (!fitsName(base + part.suffix)) return [];
        const labels = labelsOf(series, base + part.suffix);
        const fits = others.every(
          (matcher) => matcher.label === part.label || matches(matcher, labels.get(matcher.label) ?? ''),
        );
        return fits ? [{series, part, labels}] : [];
      });
    });
  }

  async #samples(found: readonly Found[], matchers: readonly Matcher[], range: PointRange): Promise<RawSeries[]> {
    const out: RawSeries[] = [];
    for (const of of Map.groupBy(found, ({part, series}) => `${part.part} ${series.metric.temporality}`).values()) {
      const [
        {
          part: {part},
          series,
        },
      ] = of as [Found];
      const byId = new Map(of.map((each) => [each.series.id, each]));
      const points = await this.#source.metricPoints(
        this.#tenant,
        {ids: [...byId.keys()], part, range, isDelta: series.metric.temporality === 'delta'},
        {budget: this.#budget},
      );
      for (const {id, bound, times, values, ended} of points) {
        const {labels, part: own} = byId.get(id) as Found;
        const text = own.label === undefined ? '' : writeNumber(bound);
        if (own.label !== undefined && !matchers.every((each) => each.label !== own.label || matches(each, text)))
          continue;
        for (let i = 0; i < ended.length; i++) if (ended[i] === 1) markStale(values, i);
        const more: Label[] = own.label === undefined ? [] : [[own.label, text]];
        out.push({labels: Labels.of([...labels, ...more]), times, values});
      }
    }
    // Series that OpenTelemetry tells apart and Prometheus does not are one.
    return mergeAlike(out);
  }
}

/** What was made for the key, or is made now. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

/** Its trace and span are labels as OpenTelemetry's translation names them. */
export function exemplarJson({traceId, spanId, attributes, value, time}: StoredExemplar): object {
  const labels = new Map<string, string>();
  for (const [key, text] of attributes) addLabel(labels, labelOf(key), text);
  if (traceId !== '') labels.set('trace_id', traceId);
  if (spanId !== '') labels.set('span_id', spanId);
  return {labels: Labels.of(labels), value: writeNumber(value), timestamp: time / 1000};
}
