/** What passes, a line an item, as the Collector's debug exporter writes it with `verbosity: normal`. */
import {goFloatText, utf8} from '../base/index.ts';
import {
  type AnyBatch,
  goText,
  type KeyValue,
  type Lent,
  type MetricBatch,
  metricType,
  pointHas,
  readValue,
} from '../model/index.ts';
import {attributesOf, pointsOf, treeOf} from './debug-tree.ts';
import {goF, goId} from './go-format.ts';

const titles = {
  traces: {resource: 'ResourceTraces', scope: 'ScopeTraces'},
  logs: {resource: 'ResourceLog', scope: 'ScopeLog'},
  metrics: {resource: 'ResourceMetrics', scope: 'ScopeMetrics'},
} as const;

export function normalText(batch: Lent<AnyBatch>): string {
  const lines: string[] = [];
  const {resource: resourceTitle, scope: scopeTitle} = titles[batch.signal];
  const resources = batch.resources.columns;
  const scopes = batch.scopes.columns;
  const text = (column: {bytes(row: number, heap: typeof batch.heap): Uint8Array}, row: number): string =>
    utf8(column.bytes(row, batch.heap));
  const write = itemWriter(batch, lines);
  for (const [index, resource] of treeOf(batch).entries()) {
    const schema = bracketed(text(resources.schemaUrl, resource.row));
    lines.push(
      words(`${resourceTitle} #${index}`, schema, ...pairs(attributesOf(batch, resources.attributes, resource.row))),
    );
    for (const [number, scope] of resource.scopes.entries()) {
      const version = text(scopes.version, scope.row);
      lines.push(
        words(
          `${scopeTitle} #${number}`,
          `${text(scopes.name, scope.row)}${version === '' ? '' : `@${version}`}`,
          bracketed(text(scopes.schemaUrl, scope.row)),
          ...pairs(attributesOf(batch, scopes.attributes, scope.row)),
        ),
      );
      for (const item of scope.items) write(item);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
const bracketed = (text: string): string => (text === '' ? '' : `[${text}]`);
const pairs = (attributes: readonly KeyValue[]): string[] =>
  attributes.map(({key, value}) => `${key}=${goText(value)}`);

function itemWriter(batch: Lent<AnyBatch>, lines: string[]): (row: number) => void {
  switch (batch.signal) {
    case 'traces': {
      const {name, traceId, spanId, attributes} = batch.spans.columns;
      return (row) => {
        const ids = [utf8(name.bytes(row, batch.heap)), goId(traceId.get(row)), goId(spanId.get(row))];
        lines.push([...ids, ...pairs(attributesOf(batch, attributes, row))].join(' '));
      };
    }
    case 'logs': {
      const {body, attributes} = batch.logs.columns;
      return (row) => {
        const said = body.count(row) === 0 ? '' : goText(readValue(batch, body.from(row)));
        lines.push(`${said} ${pairs(attributesOf(batch, attributes, row)).join(' ')}`);
      };
    }
    case 'metrics': {
      const points = pointsOf(batch);
      const {name} = batch.metrics.columns;
      return (row) => {
        for (const point of points.get(row) ?? []) {
          const labels = pairs(attributesOf(batch, batch.points.columns.attributes, point)).join(',');
          lines.push(`${utf8(name.bytes(row, batch.heap))}{${labels}} ${pointText(batch, row, point)}`);
        }
      };
    }
  }
}

function pointText(batch: Lent<MetricBatch>, metric: number, point: number): string {
  const columns = batch.points.columns;
  const {bits} = batch.numbers.columns;
  const has = columns.has.get(point);
  const type = batch.metrics.columns.type.get(metric);
  if (type === metricType.gauge || type === metricType.sum) {
    if ((has & pointHas.int) !== 0) return String(columns.value.getSigned(point));
    return (has & pointHas.double) === 0 ? '' : goFloatText(columns.value.getDouble(point));
  }
  const parts = [`count=${columns.count.get(point)}`];
  if (type === metricType.summary) {
    parts.push(`sum=${goF(columns.sum.getDouble(point))}`);
    const {quantile, value} = batch.quantiles.columns;
    const {quantiles} = columns;
    for (let at = quantiles.from(point); at < quantiles.from(point) + quantiles.count(point); at++) {
      parts.push(`q${goFloatText(quantile.getDouble(at))}=${goFloatText(value.getDouble(at))}`);
    }
    return parts.join(' ');
  }
  for (const field of ['sum', 'min', 'max'] as const) {
    if ((has & pointHas[field]) !== 0) parts.push(`${field}=${goFloatText(columns[field].getDouble(point))}`);
  }
  if (type === metricType.histogram) {
    const {bounds, bucketCounts} = columns;
    for (let i = 0; i < bucketCounts.count(point); i++) {
      const bound = i < bounds.count(point) ? `le${goFloatText(bits.getDouble(bounds.from(point) + i))}=` : '';
      parts.push(`${bound}${bits.get(bucketCounts.from(point) + i)}`);
    }
    return parts.join(' ');
  }
  const factor = Math.LN2 * 2 ** -(columns.scale.get(point) | 0);
  const {negativeCounts, positiveCounts} = columns;
  for (let i = negativeCounts.count(point) - 1; i >= 0; i--) {
    const bound = -Math.exp(((columns.negativeOffset.get(point) | 0) + i) * factor);
    parts.push(`le${goFloatText(bound)}=${bits.get(negativeCounts.from(point) + i)}`);
  }
  if (columns.zeroCount.get(point) !== 0n) parts.push(`zero=${columns.zeroCount.get(point)}`);
  for (let i = 0; i < positiveCounts.count(point); i++) {
    const bound = Math.exp(((columns.positiveOffset.get(point) | 0) + i + 1) * factor);
    parts.push(`le${goFloatText(bound)}=${bits.get(positiveCounts.from(point) + i)}`);
  }
  return parts.join(' ');
}
