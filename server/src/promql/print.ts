/** A tree as text, in one line or broken into lines, as Prometheus writes it: what is read of it again is the same tree. */
import {goFloatText} from '../base/index.ts';
import {type Duration, type Expression, type Matching, type Modifiers, nameLabel, type VectorSelector} from './ast.ts';
import {writeDuration} from './duration.ts';

export function print(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return node.isDuration ? writeDuration(node.value) : writeNumber(node.value);
    case 'string':
      return quote(node.value);
    case 'parenthesis':
      return `(${print(node.inner)})`;
    case 'unary':
      return node.sign + print(node.operand);
    case 'vector':
      return selectorText(node) + modifierText(node);
    case 'matrix':
      return `${selectorText(node.selector)}[${durationText(node.range)}]${modifierText(node, true)}`;
    case 'subquery':
      return `${print(node.inner)}${subqueryText(node)}`;
    case 'call':
      return `${node.name}(${node.operands.map(print).join(', ')})`;
    case 'aggregation': {
      const operands = node.parameter === undefined ? [node.operand] : [node.parameter, node.operand];
      return `${head(node)}(${operands.map(print).join(', ')})`;
    }
    case 'binary':
      return `${print(node.left)} ${operatorText(node)} ${print(node.right)}`;
  }
}

const longest = 100;

/** Broken into lines of at most 100 characters where it can be. */
export function prettify(node: Expression, level = 0): string {
  const indent = '  '.repeat(level);
  const text = print(node);
  const isLong = new TextEncoder().encode(text).length > longest;
  const each = (nodes: readonly Expression[]): string => nodes.map((one) => prettify(one, level + 1)).join(',\n');
  if (node.kind === 'unary') return indent + node.sign + prettify(node.operand, level).trim();
  if (!isLong) return node.kind === 'subquery' ? text : indent + text;
  switch (node.kind) {
    case 'parenthesis':
      return `${indent}(\n${prettify(node.inner, level + 1)}\n${indent})`;
    case 'call':
      return `${indent}${node.name}(\n${each(node.operands)}\n${indent})`;
    case 'aggregation':
      return `${indent}${head(node)}(\n${each(node.parameter === undefined ? [node.operand] : [node.parameter, node.operand])}\n${indent})`;
    case 'binary':
      return `${prettify(node.left, level + 1)}\n${indent}${operatorText(node)}\n${prettify(node.right, level + 1)}`;
    case 'subquery':
      return prettify(node.inner, level) + subqueryText(node);
    default:
      return indent + text;
  }
}

function head({name, labels, isWithout}: Expression & {kind: 'aggregation'}): string {
  if (isWithout) return `${name} without (${labels.map(labelText).join(', ')}) `;
  return labels.length === 0 ? name : `${name} by (${labels.map(labelText).join(', ')}) `;
}

function operatorText({operator, isBool, matching}: Expression & {kind: 'binary'}): string {
  return operator + (isBool ? ' bool' : '') + matchingText(matching);
}

function matchingText({labels, isOn, many, include, fillLeft, fillRight}: Matching): string {
  let text = '';
  if (labels.length > 0 || isOn || many !== undefined)
    text += ` ${isOn ? 'on' : 'ignoring'} (${labels.map(labelText).join(', ')})`;
  if (many !== undefined) text += ` group_${many} (${include.map(labelText).join(', ')})`;
  if (fillLeft !== undefined && fillLeft === fillRight) return `${text} fill (${goFloatText(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${goFloatText(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${goFloatText(fillRight)})`;
  return text;
}

const isPlain = (label: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(label);
const labelText = (label: string): string => (isPlain(label) ? label : quote(label));

/** The name before the braces says what its matcher does. */
function selectorText({name, matchers}: VectorSelector): string {
  const texts = matchers
    .filter(({label, sign, value}) => !(label === nameLabel && sign === '=' && value === name && value !== ''))
    .map(({label, sign, value}) => labelText(label) + sign + quote(value))
    .sort(byBytes);
  return name + (texts.length === 0 ? '' : `{${texts.join(',')}}`);
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function modifierText({offset, moment, extension}: Modifiers, isRange = false): string {
  const at =
    moment === undefined ? '' : ` @ ${typeof moment === 'number' ? (moment / 1000).toFixed(3) : `${moment}()`}`;
  const extended = extension === undefined ? '' : ` ${extension}`;
  return (isRange ? extended + at : at + extended) + offsetText(offset);
}

function offsetText(offset: Duration | undefined): string {
  if (offset === undefined) return '';
  if (offset.kind !== 'number') return ` offset ${durationText(offset)}`;
  return offset.value === 0 ? '' : ` offset ${writeDuration(offset.value)}`;
}

function subqueryText({range, step, ...modifiers}: Expression & {kind: 'subquery'}): string {
  return `[${durationText(range)}:${step === undefined ? '' : durationText(step)}]${modifierText(modifiers)}`;
}

/** Ranges and offsets that are one number are written as durations; those within a sum as they were written. */
export function durationText(duration: Duration): string {
  return duration.kind === 'number' ? writeDuration(duration.value) : reckoned(duration);
}

function reckoned(duration: Duration): string {
  switch (duration.kind) {
    case 'number':
      return duration.isDuration ? writeDuration(duration.value) : writeNumber(duration.value);
    case 'durationUnary':
      return (duration.sign === '-' ? '-' : '') + reckoned(duration.operand);
    case 'durationBinary':
      return `${reckoned(duration.left)} ${duration.sign} ${reckoned(duration.right)}`;
    case 'durationParenthesis':
      return `(${reckoned(duration.inner)})`;
    case 'durationCall':
      return `${duration.name}(${duration.operands.map(reckoned).join(', ')})`;
  }
}

/** Without an exponent, as many digits as it takes. */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  if (!text.includes('e')) return text;
  const [digits, exponent] = text.split('e') as [string, string];
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole, fraction = ''] = digits.replace('-', '').split('.') as [string, string?];
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(power, '0')}`;
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const special = /["\\]|[^\P{C}\u{E000}-\u{F8FF}]|[\u{E000}-\u{F8FF}]|[\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** As Go's `strconv.Quote`. */
export function quote(text: string): string {
  return `"${text.replace(special, (character) => {
    const known = escapes[character];
    if (known !== undefined) return known;
    const code = character.codePointAt(0) as number;
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  })}"`;
}
