/** The names and labels of metric points in Prometheus, as its exporters of either kind give them. */

import {utf8} from '../base/index.ts';
import {
  always,
  bool,
  type ConfigNode,
  type ConfigType,
  list,
  mapOf,
  object,
  oneOf,
  optional,
  type Report,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {attributeGoText, type Lent, type MetricBatch, metricType, type RangeColumn} from '../model/index.ts';
import {compilePattern, noPattern, type Pattern, quote} from '../regexp/index.ts';
import {
  addLabel,
  labelName,
  metricName,
  type NamedType,
  type NameRules,
  type TranslationStrategy,
  targetKeys,
  targetLabels,
  translationStrategies,
} from '../wire/index.ts';

/** Sorted by name, no name twice. */
export type Labels = readonly (readonly [name: string, value: string])[];

const attributePatterns = {
  included: withDefault(
    list(text),
    [],
    '[]',
    'Which attributes of resources, with `*` and `?` as wildcards; all where there are only `excluded` ones.',
  ),
  excluded: withDefault(list(text), [], '[]', 'Which not, although they are included.'),
};

const resourceConversion = object(
  {
    enabled: withDefault(bool, false, 'false', 'Make labels of all attributes of resources.'),
    exclude_service_attributes: withDefault(
      bool,
      false,
      'false',
      'Not of service.name, service.namespace and service.instance.id, which are `job` and `instance` already.',
    ),
    ...attributePatterns,
  },
  ({enabled, exclude_service_attributes, included, excluded}, node, report) => {
    if ((enabled || exclude_service_attributes) && included.length + excluded.length > 0)
      report.fault(node.at, '`included` and `excluded` stand instead of `enabled` and `exclude_service_attributes`');
  },
);

const replaced = 'write `included: ["*"]`, and what not under `excluded`';
const resourceLabels = object({
  ...attributePatterns,
  enabled: unsupported(replaced),
  exclude_service_attributes: unsupported(replaced),
});

export const namingFields = {
  namespace: withDefault(text, '', '', 'What the names of metrics begin with.'),
  add_metric_suffixes: withDefault(bool, true, 'true', 'Add units and types to names: `_seconds`, `_total`.'),
  translation_strategy: optional(
    oneOf(...(Object.keys(translationStrategies) as TranslationStrategy[])),
    'How names become those of Prometheus, instead of `add_metric_suffixes`; UnderscoreEscapingWithSuffixes where neither is set.',
  ),
  resource_constant_labels: always(resourceLabels, 'Attributes of resources as labels of every series.'),
  resource_to_telemetry_conversion: always(
    resourceConversion,
    'The same, as it was written before `resource_constant_labels`; not beside it.',
  ),
};

type Conversion = ReturnType<typeof resourceConversion.read>;

/** What cannot stand side by side. */
export function checkNaming(
  {resource_constant_labels: labels, resource_to_telemetry_conversion: older}: Naming,
  node: ConfigNode,
  report: Report,
): void {
  const isSet = older.enabled || older.exclude_service_attributes || older.included.length + older.excluded.length > 0;
  if (isSet && labels.included.length + labels.excluded.length > 0)
    report.fault(node.at, 'set either `resource_constant_labels` or `resource_to_telemetry_conversion`');
}

interface Naming {
  readonly namespace: string;
  readonly add_metric_suffixes: boolean;
  readonly translation_strategy: TranslationStrategy | undefined;
  readonly resource_constant_labels: Pick<Conversion, 'included' | 'excluded'>;
  readonly resource_to_telemetry_conversion: Conversion;
}

export interface LabelRules extends NameRules {
  /** Which attributes of resources become labels. */
  readonly resource: (key: string) => boolean;
  /** Whether the scope becomes labels `otel_scope_…`. */
  readonly scope: boolean;
  /** Added to every series where it has none of that name. */
  readonly constant: ReadonlyMap<string, string>;
}

export function labelRules(naming: Naming, scope: boolean, constant: ReadonlyMap<string, string>): LabelRules {
  const strategy =
    naming.translation_strategy ??
    (naming.add_metric_suffixes ? 'UnderscoreEscapingWithSuffixes' : 'UnderscoreEscapingWithoutSuffixes');
  const {suffixes, utf8: isUtf8} = translationStrategies[strategy];
  const namespace = naming.namespace === '' ? '' : (labelName(naming.namespace, isUtf8) ?? '');
  return {suffixes, utf8: isUtf8, namespace, resource: pickResource(naming), scope, constant};
}

function pickResource({
  resource_constant_labels: labels,
  resource_to_telemetry_conversion: older,
}: Naming): (key: string) => boolean {
  const {included, excluded} = labels.included.length + labels.excluded.length > 0 ? labels : older;
  if (included.length + excluded.length === 0)
    return (key) => older.enabled && !(older.exclude_service_attributes && isTargetKey(key));
  const [wanted, unwanted] = [globs(included.length === 0 ? ['*'] : included), globs(excluded)];
  return (key) => wanted.test(key) && !unwanted.test(key);
}

/** What matches any of the patterns; nothing does where there are none. */
const globs = (patterns: readonly string[]): Pattern =>
  patterns.length === 0 ? noPattern : (compilePattern(`(?s)^(?:${patterns.map(globSource).join('|')})$`) as Pattern);

const globSource = (pattern: string): string => quote(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.');

/** A map of labels that every version of Prometheus takes. */
export const constantLabels: ConfigType<ReadonlyMap<string, string>> = {
  ...mapOf(text),
  read(node, report: Report) {
    const labels = new Map<string, string>();
    for (const [name, value] of mapOf(text).read(node, report)) labels.set(labelName(name, false) ?? 'key_', value);
    return labels;
  },
};

const isTargetKey = (key: string): boolean => (targetKeys as readonly string[]).includes(key);

/** Labels of the points of one batch. */
export class PointLabels {
  private readonly batch: Lent<MetricBatch>;
  private readonly rules: LabelRules;
  /** What a resource and scope add to every series. */
  private readonly extras = new Map<number, Labels>();
  private readonly names = new Map<number, string>();
  private readonly labelNames = new Map<string, string | undefined>();

  constructor(batch: Lent<MetricBatch>, rules: LabelRules) {
    this.batch = batch;
    this.rules = rules;
  }

  /** The name of a metric, by its row. */
  name(metric: number): string {
    let name = this.names.get(metric);
    if (name === undefined) {
      const {columns} = this.batch.metrics;
      const read = (column: typeof columns.name): string => utf8(column.bytes(metric, this.batch.heap));
      name = metricName(read(columns.name), read(columns.unit), namedType(this.batch, metric), this.rules);
      this.names.set(metric, name);
    }
    return name;
  }

  /** The labels of a point but for its name. */
  of(point: number): Labels {
    const {metrics, points} = this.batch;
    const metric = points.columns.metric.get(point);
    const labels = new Map<string, string>();
    this.read(points.columns.attributes, point, (key) => key, labels);
    for (const [name, value] of this.extra(metrics.columns.resource.get(metric), metrics.columns.scope.get(metric))) {
      labels.set(name, value);
    }
    for (const [name, value] of this.rules.constant) if (!labels.has(name)) labels.set(name, value);
    return sorted(labels);
  }

  /** `job` and `instance` of a resource, which name a target; empty where it names none. */
  target(resource: number): Labels {
    return targetLabels(this.attributes(resource));
  }

  /** The labels of `target_info`: what the resource says beside job and instance. Undefined where it says nothing, or is no target. */
  targetInfo(resource: number): Labels | undefined {
    const target = this.target(resource);
    const {resources} = this.batch;
    const labels = new Map<string, string>();
    this.read(resources.columns.attributes, resource, (key) => (isTargetKey(key) ? undefined : key), labels);
    if (target.length === 0 || labels.size === 0) return undefined;
    for (const [name, value] of target) labels.set(name, value);
    for (const [name, value] of this.rules.constant) if (!labels.has(name)) labels.set(name, value);
    return sorted(labels);
  }

  private extra(resource: number, scope: number): Labels {
    const key = resource * 2 ** 24 + scope;
    let extra = this.extras.get(key);
    if (extra === undefined) {
      extra = this.makeExtra(resource, scope);
      this.extras.set(key, extra);
    }
    return extra;
  }

  private makeExtra(resource: number, scope: number): Labels {
    const {resources, scopes, heap} = this.batch;
    const labels = new Map<string, string>();
    const pick = (key: string) => (this.rules.resource(key) ? key : undefined);
    this.read(resources.columns.attributes, resource, pick, labels);
    if (this.rules.scope) {
      this.read(scopes.columns.attributes, scope, (key) => `otel_scope_${key}`, labels);
      const {name, version, schemaUrl} = scopes.columns;
      labels.set('otel_scope_name', utf8(name.bytes(scope, heap)));
      labels.set('otel_scope_version', utf8(version.bytes(scope, heap)));
      labels.set('otel_scope_schema_url', utf8(schemaUrl.bytes(scope, heap)));
    }
    for (const [name, value] of this.target(resource)) labels.set(name, value);
    return [...labels];
  }

  /** Adds an owner's attributes as labels; two that become one name have both values, as `a;b`. */
  private read(
    owner: Pick<RangeColumn, 'from' | 'count'>,
    row: number,
    pick: (key: string) => string | undefined,
    labels: Map<string, string>,
  ): void {
    const {key} = this.batch.attributes.columns;
    const to = owner.from(row) + owner.count(row);
    for (let at = owner.from(row); at < to; at++) {
      const wanted = pick(utf8(this.batch.heap.bytes, key.start(at), key.size(at)));
      const name = wanted === undefined ? undefined : this.label(wanted);
      if (name !== undefined) addLabel(labels, name, attributeGoText(this.batch, at));
    }
  }

  private label(key: string): string | undefined {
    if (!this.labelNames.has(key)) this.labelNames.set(key, labelName(key, this.rules.utf8));
    return this.labelNames.get(key);
  }

  private attributes(resource: number): Map<string, string> {
    const {attributes} = this.batch.resources.columns;
    const {key} = this.batch.attributes.columns;
    const found = new Map<string, string>();
    const to = attributes.from(resource) + attributes.count(resource);
    for (let at = attributes.from(resource); at < to; at++) {
      const name = utf8(this.batch.heap.bytes, key.start(at), key.size(at));
      if (isTargetKey(name)) found.set(name, attributeGoText(this.batch, at));
    }
    return found;
  }
}

function namedType(batch: Lent<MetricBatch>, metric: number): NamedType {
  const {type, monotonic} = batch.metrics.columns;
  if (type.get(metric) === metricType.gauge) return 'gauge';
  return type.get(metric) === metricType.sum && monotonic.get(metric) !== 0 ? 'counter' : 'other';
}

const sorted = (labels: ReadonlyMap<string, string>): Labels =>
  [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
