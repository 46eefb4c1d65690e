/** Series as text that Prometheus reads: its own format (0.0.4), or OpenMetrics 1.0 with exemplars. */
import {isPlainLabel, isPlainMetric, labelName} from '../wire/index.ts';
import type {Family, Series} from './exporter-prometheus-store.ts';
import type {Labels} from './prometheus-labels.ts';
import {cumulativeBuckets, type Exemplar} from './prometheus-points.ts';

export interface TextFormat {
  readonly openMetrics: boolean;
  readonly timestamps: boolean;
  /** Whether the reader takes names with any characters (`escaping=allow-utf-8`); else they are escaped. */
  readonly utf8: boolean;
}

/** `targets`: the labels of `target_info`, whose name begins with `namespace`. */
export function writeText(
  families: Iterable<Family>,
  targets: readonly Labels[],
  namespace: string,
  format: TextFormat,
): string {
  const lines: string[] = [];
  if (targets.length > 0) {
    const name = namespace === '' ? 'target_info' : `${namespace}_target_info`;
    writeHeader(lines, name, 'gauge', 'Target metadata');
    for (const labels of targets) lines.push(`${sample(name, labels, format)} 1`);
  }
  for (const family of families) {
    if (family.series.size > 0) writeFamily(lines, family, format);
  }
  if (format.openMetrics) lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function writeFamily(lines: string[], family: Family, format: TextFormat): void {
  const name = format.utf8 || isPlainMetric(family.name) ? family.name : family.name.replace(/[^A-Za-z0-9_:]/gu, '_');
  // OpenMetrics: the family of a counter has the name without `_total`, its sample always with it.
  const isCounter = format.openMetrics && family.type === 'counter';
  const base = isCounter && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
  writeHeader(lines, isPlainMetric(base) ? base : quoted(base), family.type, family.help);
  for (const series of family.series.values()) {
    writeSeries(lines, isCounter ? `${base}_total` : name, series, format, family.type === 'counter');
  }
}

function writeHeader(lines: string[], name: string, type: string, help: string): void {
  lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${type}`);
}

function writeSeries(lines: string[], name: string, series: Series, format: TextFormat, isCounter: boolean): void {
  const {labels, point} = series;
  const {value} = point;
  const time = format.timestamps ? ` ${timestamp(point.time, format)}` : '';
  const line = (suffix: string, more: Labels, number: number, exemplar = ''): void =>
    void lines.push(
      `${sample(name + suffix, more.length === 0 ? labels : [...labels, ...more], format)} ${numberText(number)}${time}${exemplar}`,
    );
  const examples = format.openMetrics ? point.exemplars : [];
  if (value.kind === 'number') {
    return line('', [], value.value, isCounter ? exemplarText(examples.at(-1)) : '');
  }
  if (value.kind === 'summary') {
    for (const [quantile, number] of value.quantiles) line('', [['quantile', limit(quantile, format)]], number);
  } else {
    let below = Number.NEGATIVE_INFINITY;
    for (const [le, count] of [...cumulativeBuckets(value), [Number.POSITIVE_INFINITY, value.count] as const]) {
      const [from, to] = [below, le];
      const example = examples.findLast((each) => each.value > from && each.value <= to);
      line('_bucket', [['le', limit(le, format)]], count, exemplarText(example));
      below = le;
    }
  }
  if (value.sum !== undefined) line('_sum', [], value.sum);
  line('_count', [], value.count);
}

function sample(name: string, labels: Labels, {utf8}: TextFormat): string {
  const isPlain = isPlainMetric(name);
  const parts = isPlain ? [] : [quoted(name)];
  for (const [label, value] of labels) {
    const written = isPlainLabel(label) ? label : utf8 ? quoted(label) : (labelName(label, false) ?? '_');
    parts.push(`${written}=${quoted(value)}`);
  }
  return parts.length === 0 ? name : `${isPlain ? name : ''}{${parts.join(',')}}`;
}

const quoted = (text: string): string =>
  `"${/[\\"\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : text}"`;

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const ids = [
    ...(exemplar.traceId === '' ? [] : [`trace_id="${exemplar.traceId}"`]),
    ...(exemplar.spanId === '' ? [] : [`span_id="${exemplar.spanId}"`]),
  ];
  return ` # {${ids.join(',')}} ${numberText(exemplar.value)} ${seconds(exemplar.time)}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** A bound or quantile in a label; OpenMetrics writes whole numbers with their point. */
const limit = (value: number, {openMetrics}: TextFormat): string =>
  openMetrics && Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : numberText(value);

/** Milliseconds; seconds in OpenMetrics. */
const timestamp = (nanos: bigint, {openMetrics}: TextFormat): string =>
  openMetrics ? seconds(nanos) : String(nanos / 1_000_000n);

const seconds = (nanos: bigint): string => String(Number(nanos / 1_000_000n) / 1000);
