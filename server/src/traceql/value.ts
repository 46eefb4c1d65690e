/** Values of TraceQL and their types. */
import {goDuration, goFloatText} from '../base/index.ts';
import type {SpanKindName, StatusName} from '../query/index.ts';

/** A whole number of 64 bits: a bigint only where a number is not exact. */
export type Whole = number | bigint;

export type Value =
  | {readonly type: 'nil'}
  | {readonly type: 'int'; readonly value: Whole}
  | {readonly type: 'float'; readonly value: number}
  | {readonly type: 'string'; readonly value: string}
  | {readonly type: 'boolean'; readonly value: boolean}
  /** Nanoseconds. */
  | {readonly type: 'duration'; readonly value: Whole}
  | {readonly type: 'status'; readonly value: StatusName}
  | {readonly type: 'kind'; readonly value: SpanKindName}
  | ArrayValue
  /** What several events or links of a span have: a comparison holds when it does for one of them. */
  | {readonly type: 'several'; readonly values: readonly Value[]};

export interface ArrayValue {
  readonly type: 'int[]' | 'float[]' | 'string[]' | 'boolean[]';
  readonly elements: readonly Value[];
}

export type ValueType = Value['type'];
/** Of an expression before it is evaluated: an attribute's type is known only then. */
export type StaticType = Exclude<ValueType, 'several'> | 'attribute';

export const nil: Value = {type: 'nil'};
export const yes: Value = {type: 'boolean', value: true};
export const no: Value = {type: 'boolean', value: false};
export const boolean = (value: boolean): Value => (value ? yes : no);

/** The number, as a bigint where it is too large to be exact. It wraps beyond 64 bits, as Go's integers do. */
export function whole(value: bigint): Whole {
  const wrapped = BigInt.asIntN(64, value);
  const number = Number(wrapped);
  return Number.isSafeInteger(number) ? number : wrapped;
}

export const isNumeric = (type: string): boolean => type === 'int' || type === 'float' || type === 'duration';
export const isArray = (value: Value): value is ArrayValue => value.type.endsWith('[]');

/** Any number as a double; NaN for what is none. */
export function toNumber(value: Value): number {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration' ? Number(value.value) : Number.NaN;
}

/** The one integer whose digits alone do not fit in 64 bits. */
const minInt = -(2n ** 63n);

/** As it is written in a query. */
export function printValue(value: Value): string {
  if (value.type === 'string') return quoted(value.value);
  if (isArray(value)) return `[${value.elements.map(printValue).join(', ')}]`;
  if (value.type === 'int' && value.value === minInt) return 'minInt';
  return textOf(value);
}

/** Texts as Tempo prints them, in grave accents, where these can hold them. JSON's escapes are all Go's too. */
const quoted = (text: string): string => (/[`\r]/.test(text) ? JSON.stringify(text) : `\`${text}\``);

/** What a person reads, and what labels and tag values say. */
export function textOf(value: Value): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'float':
      return floatText(value.value);
    case 'duration':
      return goDuration(BigInt(value.value));
    case 'several':
      return value.values[0] === undefined ? 'nil' : textOf(value.values[0]);
    case 'int':
    case 'string':
    case 'boolean':
    case 'status':
    case 'kind':
      return String(value.value);
    default:
      return printValue(value);
  }
}

/** As Go prints it, with a point where it would read as an integer. */
function floatText(value: number): string {
  const text = goFloatText(value);
  return /[e.NI]/.test(text) ? text : `${text}.0`;
}

/** The same for values that are equal in type and value: a key for groups. */
export function keyOf(value: Value): string {
  switch (value.type) {
    case 'nil':
      return 'n';
    case 'several':
      return value.values[0] === undefined ? 'n' : keyOf(value.values[0]);
    case 'int':
    case 'float':
    case 'string':
    case 'boolean':
    case 'duration':
    case 'status':
    case 'kind':
      return `${value.type} ${value.value}`;
    default:
      return `${value.type} ${JSON.stringify(value.elements.map(keyOf))}`;
  }
}
