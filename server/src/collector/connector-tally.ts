/**
 * The connectors `count` and `sum`: metrics of what passes, each over the rows of one kind that fit its conditions, apart by the
 * values of its attributes. They are handed on with every batch, as deltas, and the sender is answered when they are safe.
 */
import {unixNanoFromMillis, utf8Bytes} from '../base/index.ts';
import {
  type ConfigType,
  ignored,
  list,
  object,
  required,
  string,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  type Batch,
  createMetricWriter,
  findAttribute,
  type KeyValue,
  type Lent,
  type MetricBatch,
  type MetricWriter,
  readAttributes,
  readValue,
  type Signal,
} from '../model/index.ts';
import {type Condition, eachRow, type OttlContext} from '../ottl/index.ts';
import {type Exporter, reads, type Settings} from '../pipeline/index.ts';
import {ottlCondition} from './ottl-config.ts';
import {ottlErrors} from './ottl-errors.ts';
import {anyValue} from './value-config.ts';

/** The sections of a configuration, and what their rows are. */
export const sections = {
  spans: 'span',
  spanevents: 'spanevent',
  metrics: 'metric',
  datapoints: 'datapoint',
  logs: 'log',
} as const satisfies Readonly<Record<string, OttlContext>>;
export type Section = keyof typeof sections;

const sectionsOf: Readonly<Record<Signal, readonly Section[]>> = {
  traces: ['spans', 'spanevents'],
  metrics: ['metrics', 'datapoints'],
  logs: ['logs'],
};

export const attributeKey = string((key) => key !== '', 'the key of an attribute');

const attribute = object({
  key: required(attributeKey, 'the attribute'),
  default_value: withDefault<AnyValue | undefined>(
    anyValue,
    undefined,
    '',
    'The value of items without it; without a default they do not count.',
  ),
  any_depth: unsupported('attributes inside of others are not looked at'),
});

/** The settings that a metric has in both connectors. */
export const tallyFields = (section: Section) => ({
  description: withDefault(text, '', '', 'Its description.'),
  conditions: withDefault(
    list(ottlCondition(sections[section])),
    [],
    '[]',
    'Conditions of OTTL, of which one must hold; without any, everything counts.',
  ),
  attributes: withDefault(
    section === 'metrics' ? noAttributes : list(attribute),
    [],
    '[]',
    'Attributes whose values are kept apart: those of an item, else of its scope, else of its resource.',
  ),
});

const noAttributes: ConfigType<readonly ReturnType<typeof attribute.read>[]> = {
  label: 'nothing',
  read(node, report) {
    report.fault(node.at, 'metrics have no attributes; use `datapoints`');
    return [];
  },
};

export const noProfiles = ignored('profiles are not received');

export interface TallyConfig {
  readonly description: string;
  readonly conditions: readonly Condition[];
  readonly attributes: readonly {readonly key: string; readonly default_value: AnyValue | undefined}[];
}

export interface TallyOptions<C extends TallyConfig> {
  readonly scope: string;
  readonly config: Readonly<Record<Section, ReadonlyMap<string, C>>>;
  /** What a row adds; `read` finds its attributes. */
  amount(config: C, read: (key: Uint8Array) => AnyValue | undefined): number;
  /** As it is written. */
  number(value: number): number | bigint;
  /** How the value of an attribute is told. */
  label(value: AnyValue): AnyValue;
  /** Whether points begin at the first time that a batch tells, and end at the last. */
  readonly usesTimes: boolean;
}

export function createTally<C extends TallyConfig>(
  settings: Settings,
  options: TallyOptions<C>,
  next: MetricsSink,
): Exporter {
  const onError = ottlErrors(settings);
  const of = (section: Section) =>
    [...options.config[section]].map(([name, config]) => ({
      name,
      config,
      keys: config.attributes.map(({key}) => utf8Bytes(key)),
    }));
  const metrics = {
    spans: of('spans'),
    spanevents: of('spanevents'),
    metrics: of('metrics'),
    datapoints: of('datapoints'),
    logs: of('logs'),
  };

  const holds = (name: string, config: C, batch: Lent<AnyBatch>, row: number, parent: number): boolean => {
    if (config.conditions.length === 0) return true;
    try {
      return config.conditions.some((condition) => condition.test(batch, row, parent));
    } catch (error) {
      onError(error, 'propagate', name);
      return false;
    }
  };
  const tally = (batch: Lent<AnyBatch>): Map<number, Tallied> => {
    const byResource = new Map<number, Tallied>();
    for (const section of sectionsOf[batch.signal]) {
      const its = metrics[section];
      if (its.length === 0) continue;
      const place = placeOf(batch, section);
      eachItem(batch, section, (row, parent) => {
        const {resource, scope} = place.origin(row, parent);
        let tallied = byResource.get(resource);
        if (tallied === undefined) byResource.set(resource, (tallied = {cells: new Map(), from: 0n, to: 0n}));
        if (options.usesTimes) place.times(row, tallied);
        const find = (key: Uint8Array): AnyValue | undefined => {
          const found = place.find(key, row, scope, resource);
          return found < 0 ? undefined : readValue(batch, found);
        };
        for (const metric of its) {
          const attributes: KeyValue[] = [];
          for (const [index, {key, default_value}] of metric.config.attributes.entries()) {
            const value = find(metric.keys[index] as Uint8Array);
            if (value !== undefined) attributes.push({key, value: options.label(value)});
            else if (default_value !== undefined) attributes.push({key, value: default_value});
          }
          if (attributes.length < metric.keys.length) continue;
          if (!holds(metric.name, metric.config, batch, row, parent)) continue;
          const cells = cellsOf(tallied, section, metric.name);
          const key = attributes.length === 0 ? '' : JSON.stringify(attributes, everyNumber);
          const cell = cells.get(key);
          const amount = options.amount(metric.config, find);
          if (cell === undefined) cells.set(key, {attributes, value: amount});
          else cell.value += amount;
        }
      });
    }
    return byResource;
  };
  const write = (batch: Lent<AnyBatch>, byResource: ReadonlyMap<number, Tallied>): MetricBatch => {
    const writer: MetricWriter = createMetricWriter();
    const now = unixNanoFromMillis(settings.clock.now());
    const {attributes} = batch.resources.columns;
    for (const [resource, {cells, from, to}] of byResource) {
      if (cells.size === 0) continue;
      writer.resource(readAttributes(batch, attributes.from(resource), attributes.count(resource)));
      if (options.scope !== '') writer.scope(options.scope);
      for (const section of sectionsOf[batch.signal]) {
        for (const {name, config} of metrics[section]) {
          const own = cells.get(`${section} ${name}`);
          if (own === undefined) continue;
          const {description} = config;
          writer.metric({name, description, type: 'sum', temporality: 'delta', monotonic: true});
          for (const {attributes: labels, value} of own.values()) {
            writer.number({attributes: labels, start: from, time: to === 0n ? now : to, value: options.number(value)});
          }
        }
      }
    }
    return writer.batch;
  };
  return {
    consumer: reads(async (batch, context) => {
      const made = write(batch, tally(batch));
      if (made.points.count > 0) await next(made, context);
    }),
  };
}

type Handed = Parameters<Parameters<typeof reads>[0]>[1];
export type MetricsSink = (batch: MetricBatch, context: Handed) => Promise<void>;

interface Cell {
  readonly attributes: readonly KeyValue[];
  value: number;
}

/** Of one resource. The times are the first and the last that were seen; 0 where none was. */
interface Tallied {
  readonly cells: Map<string, Map<string, Cell>>;
  from: bigint;
  to: bigint;
}

function cellsOf({cells}: Tallied, section: Section, name: string): Map<string, Cell> {
  const key = `${section} ${name}`;
  let known = cells.get(key);
  if (known === undefined) cells.set(key, (known = new Map()));
  return known;
}

/** Metrics whose points have all gone may still lie in their table: they do not count. */
function eachItem(batch: Lent<AnyBatch>, section: Section, visit: (row: number, parent: number) => void): void {
  if (section !== 'metrics' || batch.signal !== 'metrics') {
    eachRow(batch as AnyBatch, sections[section], visit);
    return;
  }
  const seen = new Uint8Array(batch.metrics.count);
  const {metric} = batch.points.columns;
  for (let row = 0; row < batch.points.count; row++) {
    const owner = metric.get(row);
    if (seen[owner] === 1) continue;
    seen[owner] = 1;
    visit(owner, -1);
  }
}

/** JSON has neither bigints nor NaN, infinities and -0, which are values of their own here. */
const everyNumber = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value;
};

/** Where the rows of a section have their attributes, their times, their origin. */
function placeOf(batch: Lent<AnyBatch>, section: Section) {
  const note = (tallied: Tallied, time: bigint): void => {
    if (time === 0n) return;
    if (tallied.from === 0n || time < tallied.from) tallied.from = time;
    if (time > tallied.to) tallied.to = time;
  };
  const rows = rowsOf(batch, section);
  const own = rows.attributes;
  return {
    origin: rows.origin,
    times: (row: number, tallied: Tallied) => rows.times(row, (time) => note(tallied, time)),
    /** The row in the table of attributes, or -1. */
    find(key: Uint8Array, row: number, scope: number, resource: number): number {
      const all = batch as Lent<Batch>;
      if (own === undefined) return -1;
      const found = findAttribute(all, own, row, key);
      if (found >= 0) return found;
      const ofScope = findAttribute(all, batch.scopes.columns.attributes, scope, key);
      return ofScope >= 0 ? ofScope : findAttribute(all, batch.resources.columns.attributes, resource, key);
    },
  };
}

interface Rows {
  readonly attributes: Parameters<typeof findAttribute>[1] | undefined;
  origin(row: number, parent: number): {readonly resource: number; readonly scope: number};
  times(row: number, note: (time: bigint) => void): void;
}

function rowsOf(batch: Lent<AnyBatch>, section: Section): Rows {
  if (batch.signal === 'traces') {
    const {columns: spans} = batch.spans;
    const originOf = (span: number) => ({resource: spans.resource.get(span), scope: spans.scope.get(span)});
    if (section === 'spans') {
      return {
        attributes: spans.attributes,
        origin: originOf,
        times(row, note) {
          note(spans.start.get(row));
          note(spans.end.get(row));
        },
      };
    }
    const {columns: events} = batch.events;
    return {
      attributes: events.attributes,
      origin: (_, span) => originOf(span),
      times: (row, note) => note(events.time.get(row)),
    };
  }
  if (batch.signal === 'logs') {
    const {columns: logs} = batch.logs;
    return {
      attributes: logs.attributes,
      origin: (row) => ({resource: logs.resource.get(row), scope: logs.scope.get(row)}),
      times: (row, note) => note(logs.time.get(row)),
    };
  }
  const {columns: metrics} = batch.metrics;
  const originOf = (metric: number) => ({resource: metrics.resource.get(metric), scope: metrics.scope.get(metric)});
  if (section === 'metrics') return {attributes: undefined, origin: originOf, times() {}};
  const {columns: points} = batch.points;
  return {
    attributes: points.attributes,
    origin: (row) => originOf(points.metric.get(row)),
    times: (row, note) => note(points.time.get(row)),
  };
}
