/**
 * The properties by which `include` and `exclude` choose the items that a processor works on (the Collector's
 * `filterconfig.MatchProperties`): of `attributes` and `span`, and of the old form of `filter`. What concerns a resource or a
 * scope is looked at once for each of them in a batch.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {
  bool,
  type ConfigNode,
  type ConfigType,
  type Entry,
  integer,
  list,
  type MapNode,
  object,
  optional,
  type Report,
  required,
  text,
  withDefault,
} from '../config/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  attributeGoText,
  type Batch,
  findAttribute,
  goText,
  type Lent,
  type LogBatch,
  readValue,
  type Signal,
  type SpanBatch,
  valueType,
} from '../model/index.ts';
import {plainDouble} from '../ottl/index.ts';
import {type MetricExpression, matchMetrics} from './filter-expr.ts';
import {type MatchType, matchTypeField, type PlacedText, regexpField, type TextSet, textSet} from './match-set.ts';
import {anyValue} from './value-config.ts';

/** An attribute that must be there, with a value that passes. */
interface AttributeTest {
  readonly key: Uint8Array;
  readonly test: ((batch: Lent<Batch>, row: number) => boolean) | undefined;
}
interface LibraryTest {
  readonly name: TextSet;
  readonly version: TextSet | undefined;
}

export interface MatchProperties {
  readonly services: TextSet | undefined;
  readonly resources: readonly AttributeTest[];
  readonly libraries: readonly LibraryTest[];
  readonly attributes: readonly AttributeTest[];
  readonly span_names: TextSet | undefined;
  readonly span_kinds: TextSet | undefined;
  readonly log_bodies: TextSet | undefined;
  readonly log_severity_texts: TextSet | undefined;
  readonly log_severity_number: {readonly min: number; readonly match_undefined: boolean} | undefined;
  readonly metric_names: TextSet | undefined;
  /** In `filter` only: expressions instead of names, of which one must hold. */
  readonly expressions?: readonly MetricExpression[];
  /** The properties that are written. */
  readonly given: readonly Property[];
}
type Property = Exclude<keyof MatchProperties, 'given' | 'expressions'>;

const attributeList = list(
  object({
    key: required(text, 'The key that must be there.'),
    value: optional(anyValue, 'Its value; without it, any.'),
  }),
);

const properties = {
  services: withDefault(list(text), [], '', 'Spans: names of services, of which one must match.'),
  resources: withDefault(attributeList, [], '', 'Attributes of the resource, which must all match.'),
  libraries: withDefault(
    list(
      object({
        name: required(text, 'The name of the scope.'),
        version: optional(text, 'Its version; without it, any.'),
      }),
    ),
    [],
    '',
    'Instrumentation scopes, which must all match.',
  ),
  attributes: withDefault(attributeList, [], '', 'Spans and logs: attributes, which must all match.'),
  span_names: withDefault(list(text), [], '', 'Spans: names, of which one must match.'),
  span_kinds: withDefault(list(text), [], '', 'Spans: kinds such as SPAN_KIND_SERVER, of which one must match.'),
  log_bodies: withDefault(list(text), [], '', 'Logs: bodies, of which one must match.'),
  log_severity_texts: withDefault(list(text), [], '', 'Logs: severities in words, of which one must match.'),
  log_severity_number: optional(
    object({
      min: withDefault(integer(0, 24), 0, '0', 'The lowest severity that matches.'),
      match_undefined: withDefault(bool, false, 'false', 'Whether records without a severity match.'),
    }),
    'Logs: severity as a number.',
  ),
  metric_names: withDefault(list(text), [], '', 'Metrics: names, of which one must match.'),
};
const raw = object({match_type: matchTypeField, regexp: regexpField, ...properties});

const spanKinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);

/** Which properties a signal knows. */
const fitting: Readonly<Record<Signal, readonly Property[]>> = {
  traces: ['services', 'resources', 'libraries', 'attributes', 'span_names', 'span_kinds'],
  logs: ['resources', 'libraries', 'attributes', 'log_bodies', 'log_severity_texts', 'log_severity_number'],
  metrics: ['resources', 'metric_names'],
};

const matchProperties: ConfigType<MatchProperties> = {
  label: raw.label,
  fields: raw.fields,
  read(node, report) {
    let faults = 0;
    const counting: Report = {
      ...report,
      fault(at, message) {
        faults++;
        report.fault(at, message);
      },
    };
    const values = raw.read(node, counting);
    if (faults > 0 || node.kind !== 'map') return nothing;
    const given = (Object.keys(properties) as Property[]).filter((property) => {
      const value = values[property];
      return value !== undefined && (!Array.isArray(value) || value.length > 0);
    });
    if (given.length === 0) {
      const names = Object.keys(properties).map((name) => `\`${name}\``);
      report.fault(node.at, `at least one of ${names.join(', ')} must be set`);
    }
    const set = (property: Property): TextSet | undefined => {
      const texts = placed(node, property, values[property] as readonly string[]);
      if (property === 'span_kinds' && values.match_type === 'strict') {
        for (const {at, text: kind} of texts.filter((each) => !spanKinds.slice(1).includes(each.text))) {
          report.fault(at, `\`${kind}\` is no kind of spans: they are ${spanKinds.slice(1).join(', ')}`);
        }
      }
      return texts.length === 0 ? undefined : textSet(values, texts, report.fault);
    };
    const tests = (property: 'attributes' | 'resources'): AttributeTest[] =>
      values[property].map(({key, value}, index) =>
        attributeTest(values, key, value, itemNode(node, property, index), report),
      );
    return {
      services: set('services'),
      resources: tests('resources'),
      libraries: values.libraries.map(({name, version}, index) => {
        const {at} = itemNode(node, 'libraries', index);
        const one = (wanted: string): TextSet => textSet(values, [{at, text: wanted}], report.fault);
        return {name: one(name), version: version === undefined ? undefined : one(version)};
      }),
      attributes: tests('attributes'),
      span_names: set('span_names'),
      span_kinds: set('span_kinds'),
      log_bodies: set('log_bodies'),
      log_severity_texts: set('log_severity_texts'),
      log_severity_number: values.log_severity_number,
      metric_names: set('metric_names'),
      given,
    };
  },
};

export const nothing: MatchProperties = {
  services: undefined,
  resources: [],
  libraries: [],
  attributes: [],
  span_names: undefined,
  span_kinds: undefined,
  log_bodies: undefined,
  log_severity_texts: undefined,
  log_severity_number: undefined,
  metric_names: undefined,
  given: [],
};

const itemNode = (node: MapNode, property: string, index: number): ConfigNode => {
  const {value} = node.entries.get(property) as Entry;
  return value.kind === 'list' ? (value.items[index] as ConfigNode) : value;
};

const placed = (node: MapNode, property: string, texts: readonly string[]): PlacedText[] =>
  texts.map((each, index) => ({at: itemNode(node, property, index).at, text: each}));

function attributeTest(
  type: MatchType,
  key: string,
  value: AnyValue | undefined,
  node: ConfigNode,
  report: Report,
): AttributeTest {
  const bytes = utf8Bytes(key);
  if (value === undefined) return {key: bytes, test: undefined};
  if (type.match_type === 'strict') return {key: bytes, test: equals(value)};
  if (value.type !== 'string') {
    report.fault(node.at, `\`value\` of \`${key}\` must be a text: it is a regular expression`);
    return {key: bytes, test: undefined};
  }
  const expressions = textSet(type, [{at: node.at, text: value.value}], report.fault);
  return {
    key: bytes,
    test: (batch, row) => {
      const {type: types, value: column} = batch.attributes.columns;
      const kind = types.get(row);
      if (kind === valueType.double) return expressions.hasText(plainDouble(column.getDouble(row)));
      const isScalar = kind === valueType.string || kind === valueType.bool || kind === valueType.int;
      return isScalar && expressions.hasText(attributeGoText(batch, row));
    },
  };
}

/** Values are equal where their types are, and what they hold is. */
function equals(wanted: AnyValue): (batch: Lent<Batch>, row: number) => boolean {
  const kind = valueType[wanted.type];
  if (wanted.type === 'string') {
    const bytes = Buffer.from(wanted.value);
    return (batch, row) => {
      const {type, value} = batch.attributes.columns;
      const length = value.words[2 * row + 1] as number;
      if (type.get(row) !== kind || length !== bytes.length) return false;
      const start = value.words[2 * row] as number;
      return bytes.equals(batch.heap.bytes.subarray(start, start + length));
    };
  }
  if (wanted.type === 'double') {
    return (batch, row) =>
      batch.attributes.columns.type.get(row) === kind && batch.attributes.columns.value.getDouble(row) === wanted.value;
  }
  const wantedText = goText(wanted);
  return (batch, row) =>
    batch.attributes.columns.type.get(row) === kind && goText(readValue(batch, row)) === wantedText;
}

export interface MatchConfig {
  readonly include: MatchProperties | undefined;
  readonly exclude: MatchProperties | undefined;
}

/** The fields `include` and `exclude` of a processor. */
export const matchFields = {
  include: optional(matchProperties, 'Works only on items that match all of this.'),
  exclude: optional(matchProperties, 'Leaves alone what matches all of this, also where `include` does.'),
};

/** Throws where a property does not fit the signal of the pipeline that names the processor. */
export function checkMatchSignal(config: MatchConfig, signal: Signal, id: string): void {
  for (const side of ['include', 'exclude'] as const) {
    for (const property of config[side]?.given ?? []) {
      if (fitting[signal].includes(property)) continue;
      const fit = fitting[signal].map((each) => `\`${each}\``).join(', ');
      throw new Error(
        `processor ${id} in a pipeline of ${signal}: \`${side}\` has \`${property}\`, but ${signal} have only ${fit}`,
      );
    }
  }
}

export type RowTest = (row: number) => boolean;

/** Whether the processor works on a row of the batch's items; undefined where it does on all. */
export function selectRows({include, exclude}: MatchConfig, batch: Lent<AnyBatch>): RowTest | undefined {
  const included = include && matchRows(include, batch);
  const excluded = exclude && matchRows(exclude, batch);
  if (included === undefined) return excluded && ((row) => !excluded(row));
  return excluded === undefined ? included : (row) => included(row) && !excluded(row);
}

/** Whether a row of the batch's items has the properties. */
function matchRows(wanted: MatchProperties, batch: Lent<AnyBatch>): RowTest {
  if (batch.signal === 'metrics') {
    const {metric} = batch.points.columns;
    const {name, resource} = batch.metrics.columns;
    const matches = wanted.expressions && matchMetrics(batch, wanted.expressions);
    const test = once(batch.metrics.count, (row) => {
      const isNamed = wanted.metric_names?.has(batch.heap.bytes, name.start(row), name.size(row)) ?? true;
      return (
        isNamed &&
        matches?.[row] !== 0 &&
        hasAll(batch, batch.resources.columns.attributes, resource.get(row), wanted.resources)
      );
    });
    return (row) => test(metric.get(row));
  }
  const {resource, scope} = batch.signal === 'traces' ? batch.spans.columns : batch.logs.columns;
  const testResource = resourceTest(wanted, batch);
  const testScope = scopeTest(wanted, batch);
  const testItem = batch.signal === 'traces' ? spanTest(wanted, batch) : recordTest(wanted, batch);
  return (row) => testResource(resource.get(row)) && testScope(scope.get(row)) && testItem(row);
}

/** Remembers the answers for the rows of a shared table. */
function once(rows: number, test: RowTest): RowTest {
  const answers = new Uint8Array(rows);
  return (row) => {
    if (answers[row] === 0) answers[row] = test(row) ? 1 : 2;
    return answers[row] === 1;
  };
}

const always: RowTest = () => true;
const serviceName = utf8Bytes('service.name');

function resourceTest({services, resources}: MatchProperties, batch: Lent<AnyBatch>): RowTest {
  if (services === undefined && resources.length === 0) return always;
  const {attributes} = batch.resources.columns;
  return once(batch.resources.count, (row) => {
    if (services !== undefined) {
      const at = findAttribute(batch, attributes, row, serviceName);
      // The words of the Collector for a resource without a name: a configuration may ask for them.
      if (!services.hasText(at < 0 ? '<nil-service-name>' : attributeGoText(batch, at))) return false;
    }
    return hasAll(batch, attributes, row, resources);
  });
}

function scopeTest({libraries}: MatchProperties, batch: Lent<AnyBatch>): RowTest {
  if (libraries.length === 0) return always;
  const {name, version} = batch.scopes.columns;
  const {bytes} = batch.heap;
  return once(batch.scopes.count, (row) =>
    libraries.every(
      (library) =>
        library.name.has(bytes, name.start(row), name.size(row)) &&
        (library.version?.has(bytes, version.start(row), version.size(row)) ?? true),
    ),
  );
}

function spanTest({span_names, span_kinds, attributes}: MatchProperties, batch: Lent<SpanBatch>): RowTest {
  const {name, kind, attributes: owner} = batch.spans.columns;
  const kinds = spanKinds.map((each) => span_kinds?.hasText(each) ?? true);
  const otherKinds = span_kinds?.hasText('') ?? true;
  return (row) =>
    (span_names?.has(batch.heap.bytes, name.start(row), name.size(row)) ?? true) &&
    (kinds[kind.get(row)] ?? otherKinds) &&
    hasAll(batch, owner, row, attributes);
}

function recordTest(wanted: MatchProperties, batch: Lent<LogBatch>): RowTest {
  const {body, severityText, severityNumber, attributes} = batch.logs.columns;
  const {log_bodies, log_severity_texts, log_severity_number} = wanted;
  return (row) => {
    if (log_bodies !== undefined) {
      const text = body.count(row) === 0 ? '' : attributeGoText(batch, body.from(row));
      if (!log_bodies.hasText(text)) return false;
    }
    if (log_severity_texts !== undefined) {
      if (!log_severity_texts.hasText(utf8(batch.heap.bytes, severityText.start(row), severityText.size(row))))
        return false;
    }
    if (log_severity_number !== undefined) {
      const number = severityNumber.get(row);
      const {min, match_undefined} = log_severity_number;
      if (number === 0 ? !match_undefined : number < min) return false;
    }
    return hasAll(batch, attributes, row, wanted.attributes);
  };
}

type Owner = Parameters<typeof findAttribute>[1];

function hasAll(batch: Lent<Batch>, owner: Owner, row: number, tests: readonly AttributeTest[]): boolean {
  for (const {key, test} of tests) {
    const at = findAttribute(batch, owner, row, key);
    if (at < 0 || test?.(batch, at) === false) return false;
  }
  return true;
}
