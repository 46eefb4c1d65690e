/** How a value is best read: JSON indented, a statement by its clauses, several lines as lines. Nothing of it is changed but blanks. */
import type {AttributeValue} from '../../../api/index.ts';
import {plain, valueText} from './attribute-text.ts';

export interface ValueShape {
  /** `text` runs on and is broken where the line ends; the others are lines. */
  readonly kind: 'text' | 'lines' | 'json' | 'sql';
  readonly text: string;
}

/** Shorter values are read on one line. */
const ONE_LINE = 60;
/** Longer ones are not taken apart. */
const MOST = 256 * 1024;

export function shapeOf(key: string, value: AttributeValue): ValueShape {
  const text = valueText(value);
  if (value.type === 'array' || value.type === 'map') {
    const short = JSON.stringify(plain(value));
    return short.length <= ONE_LINE ? {kind: 'text', text: short} : {kind: 'json', text};
  }
  if (value.type !== 'string' || text.length > MOST) return {kind: 'text', text};
  if (text.length > ONE_LINE && isJson(text)) return {kind: 'json', text: indentJson(text)};
  if (/[^\n]\n+[^\n]/.test(text)) return {kind: 'lines', text};
  if (text.length > ONE_LINE && isStatement(key, text)) {
    const broken = breakStatement(text);
    if (broken !== text) return {kind: 'sql', text: broken};
  }
  return {kind: 'text', text};
}

function isJson(text: string): boolean {
  if (!/^\s*(\{[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Puts the blanks of valid JSON elsewhere. Numbers and texts stay as they are written: parsing would round and reorder. */
export function indentJson(json: string): string {
  let out = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') {
      depth++;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth--;
      out += line() + token;
    } else if (token === ',') out += token + line();
    else if (token === ':') out += ': ';
    else out += /^[{[]/.test(token) ? token.replace(/\s/g, '') : token;
  }
  return out;
}

const statementKeys = new Set(['db.query.text', 'db.statement', 'db.query.summary', 'sql', 'sql.query']);

const isStatement = (key: string, text: string): boolean =>
  /^\s*(select|insert|update|delete|with|merge|create|alter)\s/i.test(text) &&
  (statementKeys.has(key) || /\s(from|into|set|table|values)\s/i.test(text));

/** Where the token before is not one of `joined`, which belong to the same clause. */
const clause =
  /(from|where|group\s+by|having|order\s+by|limit|offset|union|intersect|except|values|set|returning|on\s+conflict|(?:(?:left|right|full)\s+(?:outer\s+)?|inner\s+|cross\s+)?join)\b/iy;
const joined = /^(delete|distinct|left|right|full|inner|cross|outer)$/i;
const sqlToken = /'(?:[^']|'')*'?|"[^"]*"?|`[^`]*`?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[()]|\s+|[^\s()'"`]+/g;

/** Each clause of a statement on its own line, but for what stands in quotes, comments or brackets. */
export function breakStatement(sql: string): string {
  let out = '';
  let depth = 0;
  let before = '';
  for (const {0: token, index} of sql.matchAll(sqlToken)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    const blank = /^\s+$/.test(token);
    clause.lastIndex = index + token.length;
    out += blank && depth === 0 && before !== '' && !joined.test(before) && clause.test(sql) ? '\n' : token;
    if (!blank) before = token;
  }
  return out;
}
