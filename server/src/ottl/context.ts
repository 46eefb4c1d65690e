/** The contexts of OTTL: which rows a statement of one looks at, and which paths and enums it has. */
import type {LogBatch, MetricBatch, Signal, SpanBatch} from '../model/index.ts';
import type {Paths} from './fields.ts';
import type {Frame, RowOf} from './frame.ts';
import {logPaths} from './paths-log.ts';
import {datapointPaths, metricPaths} from './paths-metric.ts';
import {resourcePaths, scopePaths} from './paths-shared.ts';
import {spanEventPaths, spanPaths} from './paths-span.ts';

export type OttlContext = 'resource' | 'scope' | 'span' | 'spanevent' | 'metric' | 'datapoint' | 'log';

export const pathsOf: Readonly<Record<OttlContext, Paths>> = {
  resource: resourcePaths,
  scope: scopePaths,
  span: spanPaths,
  spanevent: spanEventPaths,
  metric: metricPaths,
  datapoint: datapointPaths,
  log: logPaths,
};

const own: RowOf = (frame) => frame.row;
const parent: RowOf = (frame) => frame.parent;
const spans = (frame: Frame) => (frame.batch as SpanBatch).spans.columns;
const logs = (frame: Frame) => (frame.batch as LogBatch).logs.columns;
const points = (frame: Frame) => (frame.batch as MetricBatch).points.columns;
const metrics = (frame: Frame) => (frame.batch as MetricBatch).metrics.columns;
const metricOfPoint: RowOf = (frame) => points(frame).metric.get(frame.row);

/** For each context the rows of itself and of what it lies in. */
export const rowsOf: Readonly<Record<OttlContext, Readonly<Partial<Record<OttlContext, RowOf>>>>> = {
  resource: {resource: own},
  scope: {scope: own, resource: parent},
  span: {
    span: own,
    scope: (frame) => spans(frame).scope.get(frame.row),
    resource: (frame) => spans(frame).resource.get(frame.row),
  },
  spanevent: {
    spanevent: own,
    span: parent,
    scope: (frame) => spans(frame).scope.get(frame.parent),
    resource: (frame) => spans(frame).resource.get(frame.parent),
  },
  metric: {
    metric: own,
    scope: (frame) => metrics(frame).scope.get(frame.row),
    resource: (frame) => metrics(frame).resource.get(frame.row),
  },
  datapoint: {
    datapoint: own,
    metric: metricOfPoint,
    scope: (frame) => metrics(frame).scope.get(metricOfPoint(frame)),
    resource: (frame) => metrics(frame).resource.get(metricOfPoint(frame)),
  },
  log: {
    log: own,
    scope: (frame) => logs(frame).scope.get(frame.row),
    resource: (frame) => logs(frame).resource.get(frame.row),
  },
};

/** The names that a path may begin with, besides those of contexts. */
export const aliases: Readonly<Record<string, OttlContext>> = {instrumentation_scope: 'scope'};

export const signalOf: Readonly<Partial<Record<OttlContext, Signal>>> = {
  span: 'traces',
  spanevent: 'traces',
  metric: 'metrics',
  datapoint: 'metrics',
  log: 'logs',
};

const numbered = (prefix: string, ...names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name, index) => [prefix + name, index]));

const spanEnums = {
  ...numbered('SPAN_KIND_', 'UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'),
  ...numbered('STATUS_CODE_', 'UNSET', 'OK', 'ERROR'),
};
const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) => [
  name,
  `${name}2`,
  `${name}3`,
  `${name}4`,
]);
const metricEnums = {
  ...numbered('AGGREGATION_TEMPORALITY_', 'UNSPECIFIED', 'DELTA', 'CUMULATIVE'),
  ...numbered('METRIC_DATA_TYPE_', 'NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY'),
};

export const enumsOf: Readonly<Record<OttlContext, Readonly<Record<string, number>>>> = {
  resource: {},
  scope: {},
  span: spanEnums,
  spanevent: spanEnums,
  metric: metricEnums,
  datapoint: {...metricEnums, ...numbered('FLAG_', 'NONE', 'NO_RECORDED_VALUE')},
  log: numbered('SEVERITY_NUMBER_', 'UNSPECIFIED', ...severities),
};
