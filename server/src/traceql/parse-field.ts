/** Conditions on one span, by the strength of operators. As in Tempo, `&&` and `||` are equally strong and go from left to right. */
import {foundToken} from '../base/index.ts';
import {kindNames, statusNames} from '../query/index.ts';
import {
  type Attribute,
  bareIntrinsics,
  type Field,
  type FieldOperator,
  type Intrinsic,
  type IntrinsicName,
  type Missing,
  type Name,
  scopedIntrinsics,
} from './ast.ts';
import type {Reading} from './reading.ts';
import {no, type Value, whole, yes} from './value.ts';

const comparison = 2;
const product = 5;
/** Of each operator; `^` alone goes from right to left. */
const strengths: Readonly<Record<string, number>> = {
  '&&': 1,
  '||': 1,
  '=': comparison,
  '!=': comparison,
  '<': comparison,
  '<=': comparison,
  '>': comparison,
  '>=': comparison,
  '=~': comparison,
  '!~': comparison,
  '+': 3,
  '-': 3,
  '*': product,
  '/': product,
  '%': product,
  '^': 6,
};

/** Words that are values. */
export const wordValues: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', yes],
  ['false', no],
  ...statusNames.map((value) => [value, {type: 'status', value}] as const),
  ...kindNames.map((value) => [value, {type: 'kind', value}] as const),
  ['minInt', {type: 'int', value: whole(-(2n ** 63n))}],
  ['maxInt', {type: 'int', value: whole(2n ** 63n - 1n)}],
]);

/** As strong as `least` or stronger. `of` is what it is compared with, for completion. */
export function parseField(reading: Reading, least = 0, of?: Field): Field {
  return reading.nested(() => {
    let left = primary(reading, of);
    for (;;) {
      reading.want({kind: 'operator'});
      const token = reading.peek();
      const strength = token.kind === 'sign' ? strengths[token.text] : undefined;
      if (strength === undefined || strength < least) return left;
      reading.next();
      if ((token.text === '=' || token.text === '!=') && reading.take('nil')) {
        left = {kind: 'exists', not: token.text === '=', value: left, ...reading.from(left.at)};
        continue;
      }
      const right = parseField(
        reading,
        token.text === '^' ? strength : strength + 1,
        strength === comparison ? left : undefined,
      );
      left = {kind: 'binary', operator: token.text as FieldOperator, left, right, at: left.at, end: right.end};
    }
  });
}

function primary(reading: Reading, of: Field | undefined): Field {
  if (of !== undefined) reading.want({kind: 'value', of});
  reading.want({kind: 'field'});
  const token = reading.peek();
  const {at} = token;
  if (reading.take('(')) {
    const inside = parseField(reading);
    reading.close(')');
    return inside;
  }
  if (reading.is('-') || reading.is('!')) {
    reading.next();
    const value = parseField(reading, product);
    return {kind: 'unary', operator: token.text as '-' | '!', value, at, end: value.end};
  }
  if (reading.take('nil')) return comparedNil(reading, at);
  const name = takeName(reading);
  if (name !== undefined) return name;
  const value = takeValue(reading);
  if (value !== undefined) return {kind: 'literal', value, ...reading.from(at)};
  const hint =
    token.kind === 'word' ? `; an attribute begins with \`.\`, \`span.\` or \`resource.\`: \`.${token.text}\`` : '';
  const missing = reading.missing('an attribute, an intrinsic or a value', hint);
  if (token.kind === 'word' && !wordsBehind.has(token.text)) reading.next();
  return missing;
}

/** Words at which what stands before them has ended. */
const wordsBehind = new Set(['by', 'with']);

/** `nil = .a`, and `nil = nil`, which holds for no span. */
function comparedNil(reading: Reading, at: number): Field {
  const sign = reading.peek().text;
  if (!reading.take('=') && !reading.take('!=')) return reading.missing('`=` or `!=` after `nil`');
  if (reading.take('nil')) return {kind: 'literal', value: no, ...reading.from(at)};
  const value = parseField(reading, comparison + 1);
  return {kind: 'exists', not: sign === '=', value, ...reading.from(at)};
}

/** A value as it is written, without a sign. */
export function takeValue(reading: Reading): Value | undefined {
  const {kind, text, value} = reading.peek();
  const found = kind === 'word' ? wordValues.get(text) : value;
  if (found !== undefined) reading.next();
  return found;
}

/** An attribute or an intrinsic, where one stands here. */
export function takeName(reading: Reading): Attribute | Intrinsic | undefined {
  const {kind, text, at, attribute} = reading.peek();
  if (attribute !== undefined) {
    reading.next();
    return {kind: 'attribute', ...attribute, ...reading.from(at)};
  }
  if (kind === 'word' && bareIntrinsics.has(text)) {
    reading.next();
    return {kind: 'intrinsic', name: text as IntrinsicName, ...reading.from(at)};
  }
  if (kind !== 'scope') return undefined;
  reading.next();
  reading.want({kind: 'intrinsic', scope: text});
  const names = scopedIntrinsics[text] as Readonly<Record<string, IntrinsicName>>;
  const word = reading.peek();
  const name = word.kind === 'word' && Object.hasOwn(names, word.text) ? names[word.text] : undefined;
  if (name !== undefined) reading.next();
  else {
    const all = Object.keys(names).map((each) => `\`${text}:${each}\``);
    reading.fail(word.at, `expected ${all.join(', ')}, found ${foundToken(word)}`);
    if (word.kind === 'word') reading.next();
  }
  return {kind: 'intrinsic', name: name ?? (Object.values(names)[0] as IntrinsicName), ...reading.from(at)};
}

export function parseName(reading: Reading): Name | Missing {
  reading.want({kind: 'name'});
  return takeName(reading) ?? reading.missing('an attribute or an intrinsic');
}

/** `a, b)`: names up to the closing parenthesis, which is taken. */
export function parseNames(reading: Reading): Name[] {
  const names: Name[] = [];
  do {
    const name = parseName(reading);
    if (name.kind !== 'missing') names.push(name);
  } while (reading.take(','));
  reading.close(')');
  return names;
}
