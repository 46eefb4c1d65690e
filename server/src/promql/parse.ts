/** Text to syntax tree. Faults are those of Prometheus, and say what was found and what was expected. */
import {type Compiled, SyntaxFault} from '../base/index.ts';
import {
  type Aggregator,
  aggregators,
  type Binary,
  type BinaryOperator,
  type Expression,
  type Matcher,
  type Matching,
  type MatrixSelector,
  type Modifiers,
  matcherSigns,
  type NumberLiteral,
  nameLabel,
  parametricAggregators,
  type Subquery,
  type VectorSelector,
} from './ast.ts';
import {check} from './check.ts';
import {functions} from './functions.ts';
import {wholePattern} from './matching.ts';
import {parseDuration, parseOffset} from './parse-duration.ts';
import {Reader} from './reading.ts';

/** What stands behind a flag in Prometheus too. */
export interface Features {
  /** `promql-experimental-functions`: functions, and the aggregators `limitk` and `limit_ratio`. */
  readonly functions?: boolean;
  /** `promql-binop-fill-modifiers`. */
  readonly fill?: boolean;
}

/** The tree of a query that is sound, or what is wrong with it. */
export function parse(text: string, features: Features = {}): Compiled<Expression> {
  try {
    const tree = new QueryParser(text, features).query();
    const faults = check(tree);
    return faults.length === 0 ? {kind: 'ok', value: tree} : {kind: 'faulty', faults};
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return {kind: 'faulty', faults: [{position: error.position, message: error.message}]};
  }
}

const strengths: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  ...Object.fromEntries(['==', '!=', '<', '<=', '>', '>=', '</', '>/'].map((sign) => [sign, 3])),
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const power = strengths['^'] as number;

/** Words that no metric is named by outside braces. */
const noMetric = new Set(['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2', 'inf', 'nan']);
/** Words that no label is named by in a list of labels. */
const noLabel = new Set(['without', 'inf', 'nan']);
/** Words with a meaning of their own, which no function is called by. */
const keywords = new Set([
  ...[
    'and',
    'or',
    'unless',
    'atan2',
    ...aggregators,
    'offset',
    'smoothed',
    'anchored',
    'by',
    'without',
    'on',
    'ignoring',
  ],
  ...['group_left', 'group_right', 'fill', 'fill_left', 'fill_right', 'bool', 'inf', 'nan'],
]);

class QueryParser {
  readonly #reader: Reader;
  readonly #features: Features;

  constructor(text: string, features: Features) {
    this.#reader = new Reader(text);
    this.#features = features;
  }

  query(): Expression {
    if (this.#reader.peek().kind === 'end') throw new SyntaxFault(0, 'no expression found in input');
    const tree = this.#expression(0);
    if (this.#reader.peek().kind !== 'end') this.#reader.fail('');
    return tree;
  }

  /** Operators of at least some strength, from left to right save for powers. */
  #expression(least: number): Expression {
    return this.#reader.nested(() => {
      const reader = this.#reader;
      let left = this.#unary();
      for (let chain = 0; ; chain++) {
        const {kind, text} = reader.peek();
        const operator = kind === 'word' ? text.toLowerCase() : kind === 'sign' ? text : '';
        const strength = Object.hasOwn(strengths, operator) ? (strengths[operator] as number) : 0;
        if (strength === 0 || strength < least) return left;
        reader.checkChain(chain);
        reader.next();
        left = this.#binary(left, operator as BinaryOperator, strength);
      }
    });
  }

  #binary(left: Expression, operator: BinaryOperator, strength: number): Binary {
    const reader = this.#reader;
    const isBool = reader.takeWord('bool') !== undefined;
    const matching = this.#matching();
    const right = this.#expression(operator === '^' ? strength : strength + 1);
    return {kind: 'binary', operator, left, right, isBool, matching, at: left.at, end: right.end};
  }

  #matching(): Matching {
    const reader = this.#reader;
    const how = reader.takeWord('on', 'ignoring');
    const labels = how === undefined ? [] : this.#labels();
    const group = how === undefined ? undefined : reader.takeWord('group_left', 'group_right');
    const include = group !== undefined && reader.is('(') ? this.#labels() : [];
    const many = group === undefined ? undefined : group === 'group_left' ? 'left' : 'right';
    return {labels, isOn: how === 'on', many, include, ...this.#fill()};
  }

  #fill(): Pick<Matching, 'fillLeft' | 'fillRight'> {
    const {at} = this.#reader.peek();
    const both = this.#fillOf('fill');
    if (both !== undefined) return {fillLeft: both, fillRight: both};
    const left = this.#fillOf('fill_left');
    const right = this.#fillOf('fill_right');
    const fillLeft = left ?? (right === undefined ? undefined : this.#fillOf('fill_left'));
    if ((fillLeft ?? right) !== undefined && this.#features.fill !== true)
      throw new SyntaxFault(at, 'binop fill modifiers are experimental and not enabled');
    return {...(fillLeft === undefined ? {} : {fillLeft}), ...(right === undefined ? {} : {fillRight: right})};
  }

  /** `fill` and its like are names of metrics where no parenthesis follows. */
  #fillOf(word: string): number | undefined {
    const reader = this.#reader;
    const {at} = reader.peek();
    const {kind, text} = reader.after();
    if (!reader.isWord(word) || kind !== 'sign' || text !== '(') return undefined;
    if (this.#features.fill !== true)
      throw new SyntaxFault(at, 'binop fill modifiers are experimental and not enabled');
    reader.next();
    reader.next();
    const sign = this.#sign();
    const number = this.#number();
    if (number === undefined) return reader.fail('fill', 'number');
    reader.need(')', 'fill');
    return sign === '-' ? -number.value : number.value;
  }

  #labels(): string[] {
    const reader = this.#reader;
    const context = 'grouping opts';
    if (!reader.is('(')) reader.fail(context, '"("');
    reader.next();
    const labels: string[] = [];
    while (!reader.is(')')) {
      const {kind, text, at} = reader.peek();
      const isLabel = kind === 'word' ? !noLabel.has(text.toLowerCase()) : kind === 'string';
      if (!isLabel) reader.fail(context, 'label');
      if (text === '') throw new SyntaxFault(at, `invalid label name for grouping: ${JSON.stringify(text)}`);
      reader.next();
      labels.push(text);
      if (!reader.is(')') && !reader.take(',')) reader.fail(context, '"," or ")"');
    }
    reader.next();
    return labels;
  }

  #sign(): '+' | '-' | undefined {
    return this.#reader.take('-') ? '-' : this.#reader.take('+') ? '+' : undefined;
  }

  /** A sign binds less than a power, and more than the rest. */
  #unary(): Expression {
    const {at} = this.#reader.peek();
    const sign = this.#sign();
    if (sign === undefined) return this.#modified(this.#primary());
    const operand = this.#expression(power);
    if (operand.kind === 'number')
      return {...operand, value: sign === '-' ? -operand.value : operand.value, at, end: operand.end};
    return {kind: 'unary', sign, operand, at, end: operand.end};
  }

  #number(): NumberLiteral | undefined {
    const reader = this.#reader;
    const {kind, value, at, end, isDuration} = reader.peek();
    if (kind === 'number') {
      reader.next();
      return {kind: 'number', value: value as number, isDuration: isDuration === true, at, end};
    }
    const word = reader.takeWord('inf', 'nan');
    if (word === undefined) return undefined;
    return {kind: 'number', value: word === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN, isDuration: false, at, end};
  }

  #primary(): Expression {
    const reader = this.#reader;
    const token = reader.peek();
    const number = this.#number();
    if (number !== undefined) return number;
    if (token.kind === 'string') {
      reader.next();
      return {kind: 'string', value: token.text, at: token.at, end: token.end};
    }
    if (reader.take('(')) {
      const inner = this.#expression(0);
      reader.need(')', '');
      return {kind: 'parenthesis', inner, ...reader.from(token.at)};
    }
    if (reader.is('{')) return this.#selector('', token.at);
    if (token.kind !== 'word') reader.fail('');
    const word = token.text.toLowerCase();
    const {kind, text} = reader.after();
    const opens = kind === 'sign' && text === '(';
    const groups = kind === 'word' && /^(?:by|without)$/i.test(text);
    if ((aggregators as readonly string[]).includes(word) && (opens || groups)) return this.#aggregation();
    if (opens && !token.text.includes(':') && !keywords.has(word)) return this.#call();
    if (noMetric.has(word)) reader.fail('');
    reader.next();
    return this.#selector(token.text, token.at);
  }

  #selector(name: string, at: number): VectorSelector {
    const reader = this.#reader;
    const matchers: Matcher[] = [];
    if (reader.take('{')) {
      while (!reader.is('}')) {
        matchers.push(this.#matcher());
        if (!reader.is('}') && !reader.take(',')) reader.fail('label matching', '"," or "}"');
      }
      reader.next();
    }
    const place = reader.from(at);
    if (name !== '') matchers.push({label: nameLabel, sign: '=', value: name, at, end: at + name.length});
    return {kind: 'vector', name, matchers, ...place};
  }

  #matcher(): Matcher {
    const reader = this.#reader;
    const context = 'label matching';
    const {kind, text: label, at} = reader.peek();
    if (kind !== 'word' && kind !== 'string') reader.fail(context, 'identifier or "}"');
    reader.next();
    if (kind === 'string' && (reader.is(',') || reader.is('}')))
      return {label: nameLabel, sign: '=', value: label, ...reader.from(at)};
    const sign = matcherSigns.find((each) => reader.is(each));
    if (sign === undefined) return reader.fail(context, 'label matching operator');
    reader.next();
    if (reader.peek().kind !== 'string') reader.fail(context, 'string');
    const value = reader.next().text;
    const place = reader.from(at);
    if (sign === '=' || sign === '!=') return {label, sign, value, ...place};
    const pattern = wholePattern(value);
    if (typeof pattern === 'string') throw new SyntaxFault(at, pattern);
    return {label, sign, value, pattern, ...place};
  }

  #call(): Expression {
    const reader = this.#reader;
    const {text: name, at} = reader.next();
    const shape = functions.get(name);
    if (shape === undefined) throw new SyntaxFault(at, `unknown function with name ${JSON.stringify(name)}`);
    if (shape.isExperimental && this.#features.functions !== true)
      throw new SyntaxFault(at, `function ${JSON.stringify(name)} is not enabled`);
    return {kind: 'call', name, operands: this.#operands(), ...reader.from(at)};
  }

  #operands(): Expression[] {
    const reader = this.#reader;
    const operands: Expression[] = [];
    reader.need('(', '');
    while (!reader.is(')')) {
      operands.push(this.#expression(0));
      const {at} = reader.peek();
      if (reader.is(')')) break;
      if (!reader.take(',')) reader.fail('', '"," or ")"');
      if (reader.is(')')) throw new SyntaxFault(at, 'trailing commas not allowed in function call args');
    }
    reader.next();
    return operands;
  }

  #aggregation(): Expression {
    const reader = this.#reader;
    const {text, at} = reader.next();
    const name = text.toLowerCase() as Aggregator;
    let how = reader.takeWord('by', 'without');
    let labels = how === undefined ? [] : this.#labels();
    if (!reader.is('(')) reader.fail('aggregation');
    const operands = this.#operands();
    if (how === undefined) {
      how = reader.takeWord('by', 'without');
      if (how !== undefined) labels = this.#labels();
    }
    const place = reader.from(at);
    if (operands.length === 0) throw new SyntaxFault(at, 'no arguments for aggregate expression provided');
    const isParametric = parametricAggregators.has(name);
    if (name.startsWith('limit') && this.#features.functions !== true)
      throw new SyntaxFault(
        at,
        `${name}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    const wanted = isParametric ? 2 : 1;
    if (operands.length !== wanted)
      throw new SyntaxFault(
        at,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${operands.length}`,
      );
    const parameter = isParametric ? {parameter: operands[0] as Expression} : {};
    const operand = operands[wanted - 1] as Expression;
    return {kind: 'aggregation', name, operand, ...parameter, labels, isWithout: how === 'without', ...place};
  }

  /** What stands behind an expression: a range, `offset`, `@`, `anchored`, `smoothed`. */
  #modified(start: Expression): Expression {
    const reader = this.#reader;
    let node = start;
    for (let chain = 0; ; chain++) {
      const {at} = reader.peek();
      reader.checkChain(chain);
      if (reader.take('[')) node = this.#range(node, at);
      else if (reader.takeWord('offset') !== undefined) {
        const offset = parseOffset(reader);
        if (isSelector(node) && node.offset !== undefined && !isZero(node.offset))
          throw new SyntaxFault(node.at, 'offset may not be set multiple times');
        node = this.#with(node, 'offset', {offset});
      } else if (reader.take('@')) node = this.#atMoment(node);
      else {
        const word = reader.isWord('anchored', 'smoothed') ? reader.next().text.toLowerCase() : undefined;
        if (word === undefined) return node;
        node = this.#extended(node, word as 'anchored' | 'smoothed');
      }
    }
  }

  #range(node: Expression, at: number): MatrixSelector | Subquery {
    const reader = this.#reader;
    const range = parseDuration(reader, 'subquery or range selector');
    if (reader.take(':')) {
      const step = reader.is(']') ? {} : {step: parseDuration(reader, 'subquery selector')};
      reader.need(']', 'subquery selector');
      return {kind: 'subquery', inner: node, range, ...step, ...reader.from(node.at)};
    }
    if (!reader.is(']')) reader.fail('subquery or range', '":" or "]"');
    reader.next();
    if (node.kind !== 'vector') throw new SyntaxFault(at, 'ranges only allowed for vector selectors');
    if (node.offset !== undefined && !isZero(node.offset))
      throw new SyntaxFault(at, 'no offset modifiers allowed before range');
    if (node.moment !== undefined) throw new SyntaxFault(at, 'no @ modifiers allowed before range');
    const {extension, ...selector} = node;
    return {
      kind: 'matrix',
      selector,
      range,
      ...(extension === undefined ? {} : {extension}),
      ...reader.from(node.at),
    };
  }

  #atMoment(node: Expression): Expression {
    const reader = this.#reader;
    const isEnd = reader.after().text === '(' ? reader.takeWord('start', 'end') : undefined;
    let moment: Modifiers['moment'];
    if (isEnd !== undefined) {
      reader.need('(', '@');
      reader.need(')', '@');
      moment = isEnd as 'start' | 'end';
    } else {
      const sign = this.#sign();
      const seconds = this.#number()?.value;
      if (seconds === undefined) return reader.fail('@', 'timestamp');
      // As many milliseconds as fit in 64 bits.
      if (!(Math.abs(seconds) < 2 ** 63))
        throw new SyntaxFault(node.at, `timestamp out of bounds for @ modifier: ${seconds}`);
      moment = Math.round(seconds * 1000) * (sign === '-' ? -1 : 1);
    }
    if (isSelector(node) && node.moment !== undefined)
      throw new SyntaxFault(node.at, '@ <timestamp> may not be set multiple times');
    return this.#with(node, '@', {moment});
  }

  #extended(node: Expression, extension: 'anchored' | 'smoothed'): Expression {
    if (node.kind === 'subquery')
      throw new SyntaxFault(node.at, `${extension} modifier is not supported for subqueries`);
    if (!isSelector(node)) throw new SyntaxFault(node.at, `${extension} modifier not implemented`);
    if (node.extension !== undefined && node.extension !== extension)
      throw new SyntaxFault(node.at, 'anchored and smoothed modifiers cannot be used together');
    return {...node, extension, ...this.#reader.from(node.at)};
  }

  #with(node: Expression, modifier: string, change: Modifiers): Expression {
    if (!isSelector(node))
      throw new SyntaxFault(
        node.at,
        `${modifier === '@' ? '@' : 'offset'} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
      );
    return {...node, ...change, ...this.#reader.from(node.at)};
  }
}

const isSelector = (node: Expression): node is VectorSelector | MatrixSelector | Subquery =>
  node.kind === 'vector' || node.kind === 'matrix' || node.kind === 'subquery';

const isZero = (offset: Modifiers['offset']): boolean => offset?.kind === 'number' && offset.value === 0;
