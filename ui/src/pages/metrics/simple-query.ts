/** The questions that the form asks, and the same as PromQL: each turns into the other. */
import {
  type Expression,
  type MatcherSign,
  nameLabel,
  parse,
  print,
  quote,
  type VectorSelector,
} from '@weft/server/promql-language';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface SimpleMatcher {
  readonly label: string;
  readonly sign: MatcherSign;
  readonly value: string;
}

export interface SimpleQuery {
  /** Of a histogram the name with `_bucket`. */
  readonly metric: string;
  readonly kind: MetricKind;
  readonly matchers: readonly SimpleMatcher[];
  /** One line for each value of these. */
  readonly by: readonly string[];
  /** An aggregator; of a histogram a quantile such as `0.95`. */
  readonly figure: string;
}

export const aggregates = ['sum', 'avg', 'max', 'min', 'count'] as const;
export const quantiles = ['0.5', '0.9', '0.95', '0.99'] as const;
/** Holds several samples of what is sent each minute, as OpenTelemetry's SDKs do by default. */
const range = '5m';

export const figuresOf = (kind: MetricKind): readonly string[] => (kind === 'histogram' ? quantiles : aggregates);

/** What is asked of a metric that was just chosen: a counter's rate, a histogram's 95th percentile, the mean of a gauge. */
export function firstQuery(metric: string, type: string | undefined): SimpleQuery {
  const kind = kindOf(metric, type);
  const figure = {counter: 'sum', gauge: 'avg', histogram: '0.95'}[kind];
  return {metric, kind, matchers: [], by: [], figure};
}

/** By its type; one that nothing is known of, by the end of its name. */
function kindOf(metric: string, type: string | undefined): MetricKind {
  if (metric.endsWith('_bucket') && (type === 'histogram' || type === undefined)) return 'histogram';
  if (type === 'counter' || type === 'histogram' || type === 'summary')
    return type === 'summary' && !/_(?:sum|count)$/.test(metric) ? 'gauge' : 'counter';
  return type === undefined && /_(?:total|count|sum)$/.test(metric) ? 'counter' : 'gauge';
}

/** The series that a question reads. */
export function selectorOf({metric, matchers}: Pick<SimpleQuery, 'metric' | 'matchers'>): string {
  const plain = /^[A-Za-z_:][\w:]*$/.test(metric);
  const inside = [
    ...(plain ? [] : [quote(metric)]),
    ...matchers.map(({label, sign, value}) => `${nameOf(label)}${sign}${quote(value)}`),
  ];
  return `${plain ? metric : ''}${inside.length === 0 ? '' : `{${inside.join(', ')}}`}`;
}

export function writeSimple(query: SimpleQuery): string {
  const {kind, by, figure} = query;
  const selector = selectorOf(query);
  const grouped = (labels: readonly string[]): string =>
    labels.length === 0 ? ' ' : ` by (${labels.map(nameOf).join(', ')}) `;
  if (kind === 'histogram')
    return `histogram_quantile(${figure}, sum${grouped(['le', ...by])}(rate(${selector}[${range}])))`;
  return `${figure}${grouped(by).trimEnd()}${by.length === 0 ? '' : ' '}(${kind === 'counter' ? `rate(${selector}[${range}])` : selector})`;
}

const nameOf = (label: string): string => (/^[A-Za-z_]\w*$/.test(label) ? label : quote(label));

/** The form's question that a query is; undefined of one that says anything else. */
export function readSimple(text: string): SimpleQuery | undefined {
  const parsed = parse(text);
  if (parsed.kind !== 'ok') return undefined;
  const query = guess(parsed.value);
  if (query === undefined) return undefined;
  // Whatever the guess has overlooked shows here: only what comes out the same is the same question.
  const again = parse(writeSimple(query));
  return again.kind === 'ok' && print(again.value) === print(parsed.value) ? query : undefined;
}

function guess(tree: Expression): SimpleQuery | undefined {
  if (tree.kind === 'call' && tree.name === 'histogram_quantile') {
    const [quantile, inner] = tree.operands;
    if (quantile?.kind !== 'number' || inner?.kind !== 'aggregation') return undefined;
    const read = ratedBy(inner.operand);
    const by = inner.labels.filter((label) => label !== 'le');
    return read && {...read, kind: 'histogram', by, figure: String(quantile.value)};
  }
  if (tree.kind !== 'aggregation') return undefined;
  const {operand, labels: by, name: figure} = tree;
  if (operand.kind === 'vector') return {...read(operand), kind: 'gauge', by, figure};
  const rated = ratedBy(operand);
  return rated && {...rated, kind: 'counter', by, figure};
}

function ratedBy(node: Expression): Pick<SimpleQuery, 'metric' | 'matchers'> | undefined {
  const [operand] = node.kind === 'call' && node.name === 'rate' ? node.operands : [];
  return operand?.kind === 'matrix' ? read(operand.selector) : undefined;
}

function read({matchers}: VectorSelector): Pick<SimpleQuery, 'metric' | 'matchers'> {
  const name = matchers.find(({label, sign}) => label === nameLabel && sign === '=');
  return {
    metric: name?.value ?? '',
    matchers: matchers.filter((one) => one !== name).map(({label, sign, value}) => ({label, sign, value})),
  };
}
