/**
 * Text to syntax tree. It takes all that Tempo's grammar does, and beyond it what has only one meaning: sets of spans in parentheses
 * next to such without. Faults say what was found and what was expected.
 */
import {type Compiled, SyntaxFault, type TextFault} from '../base/index.ts';
import {
  type Aggregate,
  type ArithmeticSign,
  aggregates,
  type By,
  type ComparisonSign,
  type Hint,
  isMetrics,
  type Metrics,
  overTime,
  type Pipeline,
  type Query,
  type Scalar,
  type ScalarFilter,
  type Select,
  type SeriesSign,
  type SpansetFilter,
  type SpansetOperation,
  type Spansets,
  type Stage,
  structuralSigns,
} from './ast.ts';
import {foldScalars} from './fold.ts';
import {parseField, parseNames, takeValue} from './parse-field.ts';
import {parseOverTime} from './parse-metrics.ts';
import {Reading, type Wanted} from './reading.ts';
import {isNumeric, toNumber, yes} from './value.ts';

/** The tree of a query, or its first fault. */
export function parse(text: string): Compiled<Query> {
  try {
    return {kind: 'ok', value: new QueryParser(new Reading(text, false)).query()};
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return {kind: 'faulty', faults: [{position: error.position, message: error.message}]};
  }
}

export interface PartialQuery {
  /** With `missing` nodes where there are faults. */
  readonly query: Query | undefined;
  readonly faults: readonly TextFault[];
  /** What could stand at the end of the text. */
  readonly wanted: readonly Wanted[];
}

/** What there is of a query that is still being typed. */
export function parsePartial(text: string): PartialQuery {
  const reading = new Reading(text, true);
  let query: Query | undefined;
  try {
    query = new QueryParser(reading).query();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    reading.note(error);
  }
  const faults = reading.faults.toSorted((a, b) => a.position - b.position);
  return {query, faults, wanted: reading.wanted};
}

/** What operators stand between. */
type Part =
  | {readonly kind: 'spansets'; readonly node: Spansets}
  | {readonly kind: 'scalar'; readonly node: Scalar}
  | {readonly kind: 'stage'; readonly node: ScalarFilter | By | Select}
  | {readonly kind: 'metrics'; readonly node: Metrics};
type Piped = Part | {readonly kind: 'pipeline'; readonly node: Pipeline};

const strengths: Readonly<Record<string, number>> = {
  '&&': 1,
  '||': 1,
  ...Object.fromEntries(['=', '!=', '<=', '>='].map((sign) => [sign, 2])),
  ...Object.fromEntries(structuralSigns.flatMap((sign) => [sign, `!${sign}`, `&${sign}`]).map((sign) => [sign, 2])),
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
const comparisons = new Set(['=', '!=', '<', '<=', '>', '>=']);
const seriesSigns = new Set(['+', '-', '*', '/']);
const ranks = ['topk', 'bottomk'] as const;

class QueryParser {
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  query(): Query {
    const reading = this.#reading;
    reading.checkLength();
    const piped = this.#piped();
    const root = this.#root(piped);
    let hints: readonly Hint[] = [];
    while (reading.take('with')) hints = this.#hints();
    if (!reading.atEnd)
      reading.missing(
        isMetrics(root) ? '`|`, a comparison, `with` or the end of the query' : '`|`, `with` or the end of the query',
      );
    return {root, hints};
  }

  #root(piped: Piped): Query['root'] {
    if (piped.kind === 'pipeline' || piped.kind === 'metrics') return piped.node;
    const {at, end} = piped.node;
    if (piped.kind !== 'scalar') return {kind: 'pipeline', stages: [piped.node], at, end};
    // `count()` alone, or `2 * 3`.
    const missing = this.#reading.missing('a comparison, as in `count() > 2`');
    return {kind: 'pipeline', stages: [missing], at, end};
  }

  /** Stages with `|` between them. Where it is but one, that; in parentheses an aggregate may be the last one. */
  #piped(inParentheses = false): Piped {
    const reading = this.#reading;
    const {at} = reading.peek();
    const first = this.#expression();
    if (first.kind === 'metrics') return {kind: 'metrics', node: this.#secondStages(first.node)};
    reading.want({kind: 'sign', sign: '|'});
    if (first.kind === 'scalar' || !reading.is('|')) return first;
    const stages: Stage[] = [first.node];
    const pipeline = (): Pipeline => ({kind: 'pipeline', stages, ...reading.from(at)});
    while (reading.take('|')) {
      reading.want({kind: 'stage'});
      const token = reading.peek();
      if (token.kind === 'word' && (overTime as readonly string[]).includes(token.text)) {
        const before = pipeline();
        const over = parseOverTime(reading, () => this.#filter());
        return {
          kind: 'metrics',
          node: this.#secondStages({kind: 'series', pipeline: before, function: over, ...reading.from(at)}),
        };
      }
      if (reading.take('coalesce')) {
        reading.close('(');
        reading.close(')');
        stages.push({kind: 'coalesce', ...reading.from(token.at)});
        continue;
      }
      const before = pipeline();
      const part = this.#expression();
      if (part.kind === 'spansets' || part.kind === 'stage') stages.push(part.node);
      else if (inParentheses && part.node.kind === 'aggregate' && reading.is(')')) {
        const node: Scalar = {kind: 'scalarPipeline', pipeline: before, aggregate: part.node, ...reading.from(at)};
        return {kind: 'scalar', node};
      } else if (part.kind === 'scalar') {
        stages.push(reading.missing('a comparison, as in `count() > 2`'));
        reading.skipTo('|', ')');
      } else reading.fail(part.node.at, 'series over time cannot stand behind `|`');
      reading.want({kind: 'sign', sign: '|'});
    }
    return {kind: 'pipeline', node: pipeline()};
  }

  /** `| topk(5)` and comparisons behind series. */
  #secondStages(series: Metrics): Metrics {
    const reading = this.#reading;
    let node = series;
    for (;;) {
      reading.want({kind: 'sign', sign: '|'}, {kind: 'operator'});
      const sign = reading.peek();
      if (reading.take('|')) {
        reading.want({kind: 'secondStage'});
        const operator = ranks.find((each) => reading.take(each));
        if (operator === undefined) {
          reading.missing('`topk(…)` or `bottomk(…)`');
          reading.skipTo('|', ')');
          continue;
        }
        reading.close('(');
        const limit = takeValue(reading);
        if (limit?.type !== 'int') reading.missing('a whole number');
        reading.close(')');
        node = {
          kind: 'rank',
          operator,
          limit: limit?.type === 'int' ? Number(limit.value) : 0,
          series: node,
          ...reading.from(series.at),
        };
      } else if (sign.kind === 'sign' && comparisons.has(sign.text)) {
        reading.next();
        const right = this.#expression(3);
        node = (this.#combined(sign, {kind: 'metrics', node}, right) as {node: Metrics}).node;
      } else return node;
    }
  }

  #expression(least = 0): Part {
    const reading = this.#reading;
    return reading.nested(() => {
      let left = this.#primary();
      for (;;) {
        const token = reading.peek();
        const strength = token.kind === 'sign' ? strengths[token.text] : undefined;
        if (strength === undefined || strength < least) return left;
        reading.next();
        const right = this.#expression(token.text === '^' ? strength : strength + 1);
        left = this.#combined(token, left, right);
      }
    });
  }

  #primary(): Part {
    const reading = this.#reading;
    reading.want({kind: 'spanset'});
    const token = reading.peek();
    const {at, text} = token;
    if (reading.is('{')) return {kind: 'spansets', node: this.#filter()};
    if (reading.take('(')) return this.#parentheses(at);
    if (reading.take('-')) {
      const negated = foldScalars(reading, '-', undefined, reading.nested(() => this.#primary()).node, at);
      return {kind: 'scalar', node: negated ?? reading.missing('a number')};
    }
    if (token.kind === 'number') {
      reading.next();
      return {kind: 'scalar', node: {kind: 'literal', value: token.value as never, ...reading.from(at)}};
    }
    const aggregate = token.kind === 'word' ? aggregates.find((each) => each === text) : undefined;
    if (aggregate !== undefined) return {kind: 'scalar', node: this.#aggregate(aggregate)};
    if (reading.take('by')) {
      reading.close('(');
      const value = parseField(reading);
      reading.close(')');
      return {kind: 'stage', node: {kind: 'by', value, ...reading.from(at)}};
    }
    if (reading.take('select')) {
      reading.close('(');
      const names = parseNames(reading);
      return {kind: 'stage', node: {kind: 'select', names, ...reading.from(at)}};
    }
    const missing = reading.missing(
      'a set of spans such as `{ … }`, an aggregate such as `count()`, `by(…)`, `select(…)` or `(`',
      text === 'coalesce' ? '; `coalesce()` stands behind `|` only' : '',
    );
    if (!reading.is('|') && !reading.is(')')) reading.next();
    return {kind: 'spansets', node: missing};
  }

  #filter(): SpansetFilter {
    const reading = this.#reading;
    const {at} = reading.peek();
    if (!reading.take('{')) {
      const missing = reading.missing('`{`');
      return {kind: 'filter', condition: missing, at, end: at};
    }
    reading.want({kind: 'field'});
    if (reading.take('}')) {
      const place = reading.from(at);
      return {kind: 'filter', condition: {kind: 'literal', value: yes, ...place}, ...place};
    }
    const condition = parseField(reading);
    reading.want({kind: 'sign', sign: '}'});
    if (!reading.take('}')) {
      reading.missing('an operator or `}`');
      reading.skipTo('}', '|');
      reading.take('}');
    }
    return {kind: 'filter', condition, ...reading.from(at)};
  }

  #parentheses(at: number): Part {
    const reading = this.#reading;
    const inside = this.#piped(true);
    reading.close(')');
    const place = reading.from(at);
    if (inside.kind === 'pipeline') return {kind: 'spansets', node: {...inside.node, ...place}};
    if (inside.kind !== 'stage') return inside;
    return {kind: 'spansets', node: {kind: 'pipeline', stages: [inside.node], ...place}};
  }

  #aggregate(operator: Aggregate['operator']): Aggregate {
    const reading = this.#reading;
    const {at} = reading.next();
    reading.close('(');
    const value = operator === 'count' ? undefined : parseField(reading);
    reading.close(')');
    return {kind: 'aggregate', operator, value, ...reading.from(at)};
  }

  #combined(token: {readonly text: string; readonly at: number}, left: Part, right: Part): Part {
    const {text} = token;
    const place = {at: left.node.at, end: right.node.end};
    if (left.kind === 'spansets' && right.kind === 'spansets' && isSpansetSign(text)) {
      const variant = text === '&&' ? 'plain' : text.startsWith('!') ? 'not' : text.startsWith('&') ? 'union' : 'plain';
      const operator = (variant === 'plain' ? text : text.slice(1)) as SpansetOperation['operator'];
      return {
        kind: 'spansets',
        node: {kind: 'spansets', operator, variant, left: left.node, right: right.node, ...place},
      };
    }
    if (left.kind === 'scalar' && right.kind === 'scalar') {
      const areLiterals = left.node.kind === 'literal' && right.node.kind === 'literal';
      if (areLiterals) {
        const node = seriesSigns.has(text)
          ? foldScalars(this.#reading, text as SeriesSign, left.node, right.node, place.at)
          : undefined;
        if (node !== undefined) return {kind: 'scalar', node};
      } else if (comparisons.has(text)) {
        const node: ScalarFilter = {
          kind: 'scalarFilter',
          operator: text as ComparisonSign,
          left: left.node,
          right: right.node,
          ...place,
        };
        return {kind: 'stage', node};
      } else if (!isSpansetSign(text))
        return {
          kind: 'scalar',
          node: {kind: 'scalar', operator: text as ArithmeticSign, left: left.node, right: right.node, ...place},
        };
    }
    const series = this.#combinedSeries(token, left, right);
    if (series !== undefined) return {kind: 'metrics', node: {...series, ...place}};
    this.#reading.fail(token.at, `\`${text}\` cannot stand between ${described(left)} and ${described(right)}`);
    return left;
  }

  #combinedSeries(token: {readonly text: string}, left: Part, right: Part): Metrics | undefined {
    const operator = token.text as SeriesSign;
    const place = {at: 0, end: 0};
    if (left.kind === 'metrics' && right.kind === 'metrics' && seriesSigns.has(operator))
      return {kind: 'math', operator, left: left.node, right: right.node, ...place};
    const [series, scalar] = left.kind === 'metrics' ? [left, right] : [right, left];
    if (series.kind !== 'metrics' || scalar.node.kind !== 'literal' || !isNumeric(scalar.node.value.type))
      return undefined;
    const {value} = scalar.node;
    const number = toNumber(value);
    if (seriesSigns.has(operator)) {
      if (value.type === 'duration')
        this.#reading.fail(scalar.node.at, 'a duration cannot stand in arithmetic with series');
      return {
        kind: 'seriesScalar',
        operator,
        scalar: number,
        scalarFirst: series === right,
        series: series.node,
        ...place,
      };
    }
    if (series === right || !comparisons.has(operator)) return undefined;
    // Series of durations are in seconds.
    const compared = value.type === 'duration' ? number / 1e9 : number;
    return {
      kind: 'seriesFilter',
      operator: token.text as ComparisonSign,
      value: compared,
      series: series.node,
      ...place,
    };
  }

  #hints(): Hint[] {
    const reading = this.#reading;
    reading.close('(');
    const hints: Hint[] = [];
    do {
      reading.want({kind: 'hint'});
      const {kind, text, at} = reading.peek();
      if (kind === 'word') reading.next();
      else reading.missing('the name of a hint');
      reading.close('=');
      const value = takeValue(reading);
      if (value === undefined) reading.missing('a value');
      else hints.push({name: text, value, ...reading.from(at)});
    } while (reading.take(','));
    reading.close(')');
    return hints;
  }
}

const isSpansetSign = (text: string): boolean =>
  text === '&&' || text === '||' || (structuralSigns as readonly string[]).includes(text.replace(/^[!&]/, ''));

function described({kind, node}: Part): string {
  if (kind === 'spansets') return 'a set of spans';
  if (kind === 'metrics') return 'series over time';
  if (kind === 'scalar') return node.kind === 'literal' ? 'a number' : 'an aggregate';
  return node.kind === 'scalarFilter' ? 'a condition on an aggregate (put it in parentheses)' : `\`${node.kind}(…)\``;
}
