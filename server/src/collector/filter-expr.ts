/**
 * Expressions of the filter's oldest form (`match_type: expr`) about metrics: the language of expr-lang over `MetricName`,
 * `MetricType`, `HasLabel(key)` and `Label(key)`. They are asked of points; a metric matches where one of its points does.
 */
import {PermanentError, pointAt, utf8, utf8Bytes} from '../base/index.ts';
import type {ConfigNode, ConfigType, Report} from '../config/index.ts';
import {textOf} from '../config/index.ts';
import {compileExpression, type Environment, ExprError, type Expression} from '../expr/index.ts';
import {attributeGoText, findAttribute, type Lent, type MetricBatch, metricType, valueType} from '../model/index.ts';

/** A point with what its metric is called. */
interface PointRow {
  readonly batch: Lent<MetricBatch>;
  readonly name: string;
  readonly type: string;
  point: number;
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [metricType.gauge, 'Gauge'],
  [metricType.sum, 'Sum'],
  [metricType.histogram, 'Histogram'],
  [metricType.exponentialHistogram, 'ExponentialHistogram'],
  [metricType.summary, 'Summary'],
]);

const labelRow = ({batch, point}: PointRow, key: string): number =>
  findAttribute(batch, batch.points.columns.attributes, point, utf8Bytes(key));

const environment: Environment<PointRow> = {
  MetricName: {gives: 'string', read: ({name}) => name},
  MetricType: {gives: 'string', read: ({type}) => type},
  HasLabel: {gives: 'bool', parameters: ['string'], read: (row, [key]) => labelRow(row, key as string) >= 0},
  /** A value that is no text is an empty one, as in the Collector. */
  Label: {
    gives: 'string',
    parameters: ['string'],
    read(row, [key]) {
      const at = labelRow(row, key as string);
      const isText = at >= 0 && row.batch.attributes.columns.type.get(at) === valueType.string;
      return isText ? attributeGoText(row.batch, at) : '';
    },
  },
};

/** An expression with its text, for messages. */
export interface MetricExpression {
  readonly text: string;
  readonly expression: Expression<PointRow>;
}

export const metricExpression: ConfigType<MetricExpression> = {
  label: 'expression',
  read(node: ConfigNode, report: Report) {
    const text = textOf(node);
    if (text === undefined) report.fault(node.at, 'expected an expression');
    const compiled = text === undefined ? undefined : compileExpression(text, environment);
    for (const fault of compiled?.kind === 'faulty' ? compiled.faults : [])
      report.fault(node.at, pointAt(text as string, fault));
    if (compiled?.kind !== 'ok') return undefined as unknown as MetricExpression;
    const {gives} = compiled.value;
    if (gives !== 'bool' && gives !== 'any')
      report.fault(node.at, `an expression says true or false, and this one gives ${gives}:\n  ${text}`);
    return {text: text as string, expression: compiled.value};
  },
};

/** Whether the metric of each row matches one of the expressions. An error refuses the batch, as in the Collector. */
export function matchMetrics(batch: Lent<MetricBatch>, expressions: readonly MetricExpression[]): Uint8Array {
  const matches = new Uint8Array(batch.metrics.count);
  const rows: (PointRow | undefined)[] = [];
  const ofPoints = expressions.filter(({expression: {names}}) => names.has('HasLabel') || names.has('Label'));
  for (let point = 0; point < batch.points.count; point++) {
    const metric = batch.points.columns.metric.get(point);
    if (matches[metric] === 1) continue;
    const known = rows[metric];
    const row = known ?? rowOf(batch, metric, point);
    if (known !== undefined) row.point = point;
    rows[metric] = row;
    // Without labels an expression says the same of every point.
    const asked = known === undefined ? expressions : ofPoints;
    if (asked.some((each) => holds(each, row))) matches[metric] = 1;
  }
  return matches;
}

function rowOf(batch: Lent<MetricBatch>, metric: number, point: number): PointRow {
  const {name, type} = batch.metrics.columns;
  const text = utf8(batch.heap.bytes, name.start(metric), name.size(metric));
  return {batch, name: text, type: typeNames.get(type.get(metric)) ?? 'Empty', point};
}

function holds({text, expression}: MetricExpression, row: PointRow): boolean {
  try {
    const value = expression.evaluate(row);
    if (typeof value === 'boolean') return value;
    throw new ExprError('an expression says true or false, and this one gave something else');
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    const where = pointAt(text, {position: error.position ?? 0, message: error.message});
    throw new PermanentError('expr', `metric ${row.name}: ${where}`, {cause: error});
  }
}
