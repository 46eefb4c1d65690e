/**
 * Just enough of ClickHouse's lexis to know where a statement ends, where an INSERT's data begins, which bound parameters
 * it names, and in which format it answers. Nothing here judges whether the statement is right: the engine does.
 */
import type {InsertShape} from './engine.ts';

export interface Statement {
  readonly kind: 'select' | 'insert' | 'session' | 'other';
  /** Without the data of an INSERT, and without a closing semicolon. */
  readonly text: string;
  /** `{name:Type}`, in order: from its brace to behind the other one. */
  readonly placeholders: readonly Placeholder[];
  /** Of the closing FORMAT clause. */
  readonly format: string | undefined;
  /**
   * One SELECT over tables, without subqueries: it costs little to plan. Others may be run in part while they are planned, or ask
   * other servers for what their columns are.
   */
  readonly plain: boolean;
  /** Where data follows the statement: `INSERT INTO t (a, b) FORMAT x` or `… VALUES`. */
  readonly insert: InsertTarget | undefined;
}

export interface Placeholder {
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export interface InsertTarget {
  /** `INSERT INTO t (a, b) SETTINGS c=1`: what a SELECT can follow. */
  readonly head: string;
  /** As written between the parentheses; undefined where there are none. */
  readonly columns: string | undefined;
  /** Where in `head` its data is selected from, `input('a UInt8')`; undefined where it is inserted as it is. */
  readonly input: {readonly start: number; readonly end: number; readonly structure: string} | undefined;
  readonly format: string;
  /** Where in the text given to `readStatement` the data begins. */
  readonly dataStart: number;
}

/** A statement that cannot be taken apart; `code` is ClickHouse's own for it. */
export class StatementError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'punctuation';
  readonly start: number;
  readonly end: number;
  /** Upper case for words; the text itself for the rest. */
  readonly text: string;
}

const wordStart = /[A-Za-z_]/;
const wordPattern = /[A-Za-z_][A-Za-z0-9_$]*/y;
const numberPattern = /[0-9][0-9A-Za-z_.]*/y;
const heredocPattern = /\$([A-Za-z0-9_]*)\$/y;

/** The next token at or after `at`, past blanks and comments; undefined at the end. */
function nextToken(text: string, at: number): Token | undefined {
  let i = at;
  for (;;) {
    while (i < text.length && /\s/.test(text[i] as string)) i++;
    if (text.startsWith('--', i) || text.startsWith('# ', i) || text.startsWith('#!', i)) {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end + 1;
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2);
      if (end < 0) throw new StatementError(62, 'Syntax error: a comment does not end');
      i = end + 2;
    } else break;
  }
  const char = text[i];
  if (char === undefined) return undefined;
  if (char === "'") return {kind: 'string', start: i, end: quotedEnd(text, i), text: ''};
  if (char === '`' || char === '"') return {kind: 'quoted', start: i, end: quotedEnd(text, i), text: ''};
  if (char === '$') {
    heredocPattern.lastIndex = i;
    const tag = heredocPattern.exec(text)?.[0];
    const end = tag === undefined ? -1 : text.indexOf(tag, i + tag.length);
    if (tag !== undefined && end >= 0) return {kind: 'string', start: i, end: end + tag.length, text: ''};
  }
  const pattern = wordStart.test(char) ? wordPattern : numberPattern;
  pattern.lastIndex = i;
  const match = pattern.exec(text)?.[0];
  if (match !== undefined && pattern === wordPattern) {
    return {kind: 'word', start: i, end: i + match.length, text: match.toUpperCase()};
  }
  if (match !== undefined) return {kind: 'punctuation', start: i, end: i + match.length, text: match};
  return {kind: 'punctuation', start: i, end: i + 1, text: char};
}

/** After the quote that closes the one at `start`; backslashes and doubled quotes escape. */
function quotedEnd(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  throw new StatementError(62, `Syntax error: a quote ${quote} does not close`);
}

/**
 * Reads the one statement of `text`; data may follow it where it is an INSERT. Throws `StatementError` where there is none
 * or a second one follows.
 */
export function readStatement(text: string): Statement {
  const first = nextToken(text, 0);
  if (first === undefined) throw new StatementError(62, 'Syntax error: Empty query');
  const placeholders: Placeholder[] = [];
  let format: string | undefined;
  let end = first.start;
  let depth = 0;
  const insert = first.text === 'INSERT' && first.kind === 'word';
  let columns: string | undefined;
  let clause: 'target' | 'settings' | 'select' = insert ? 'target' : 'select';
  let previous: Token | undefined;
  let input: InsertTarget['input'];
  let selects = 0;
  let functions = false;
  for (let token: Token | undefined = first; token; previous = token, token = nextToken(text, token.end)) {
    if (token.text === ';' && depth === 0) {
      if (nextToken(text, token.end)) throw new StatementError(62, 'Syntax error (Multi-statements are not allowed)');
      break;
    }
    if (insert && depth === 0 && clause !== 'select' && token.kind === 'word') {
      if (token.text === 'SELECT' || token.text === 'WITH' || token.text === 'FROM') clause = 'select';
      else if (token.text === 'SETTINGS') clause = 'settings';
      else if (token.text === 'VALUES' || (token.text === 'FORMAT' && nextToken(text, token.end)?.kind === 'word')) {
        const name = token.text === 'VALUES' ? token : (nextToken(text, token.end) as Token);
        const head = text.slice(0, token.start).trimEnd();
        const format = name === token ? 'Values' : text.slice(name.start, name.end);
        return insertStatement(text, placeholders, {head, columns, input: undefined, format}, name);
      }
    }
    if (insert && clause === 'select' && token.text === 'INPUT' && previous?.text === 'FROM') {
      input = inputOf(text, token);
    }
    if (input !== undefined && depth === 0 && token.text === 'FORMAT') {
      const name = nextToken(text, token.end);
      if (name?.kind === 'word') {
        const head = text.slice(0, token.start).trimEnd();
        const format = text.slice(name.start, name.end);
        return insertStatement(text, placeholders, {head, columns, input, format}, name);
      }
    }
    if (token.text === '(' || token.text === '[' || token.text === '{') {
      if (insert && clause === 'target' && depth === 0 && token.text === '(') {
        columns = text.slice(token.end, closing(text, token.end));
      }
      depth++;
    } else if (token.text === ')' || token.text === ']' || token.text === '}') depth--;
    if (token.text === ':' && previous?.kind === 'word' && text[previous.start - 1] === '{') {
      const end = text.indexOf('}', token.end);
      if (end < 0) throw new StatementError(62, 'Syntax error: a brace does not close');
      placeholders.push({
        name: text.slice(previous.start, previous.end),
        type: text.slice(token.end, end).trim(),
        start: previous.start - 1,
        end: end + 1,
      });
    }
    if (token.kind === 'word' && token.text === 'SELECT') selects++;
    if ((previous?.text === 'FROM' || previous?.text === 'JOIN') && !cheapSources.has(token.text)) {
      functions ||= nextToken(text, token.end)?.text === '(';
    }
    if (depth === 0 && previous?.text === 'FORMAT' && token.kind === 'word')
      format = text.slice(token.start, token.end);
    end = token.end;
  }
  const kind = insert ? 'insert' : kindOf(first);
  const plain = kind === 'select' && selects === 1 && !functions;
  return {kind, text: text.slice(0, end), placeholders, format, plain, insert: undefined};
}

/** An INSERT whose data begins behind `last`, the name of its format or `VALUES`. */
function insertStatement(
  text: string,
  placeholders: readonly Placeholder[],
  target: Omit<InsertTarget, 'dataStart'>,
  last: Token,
): Statement {
  return {
    kind: 'insert',
    text: text.slice(0, last.end),
    placeholders,
    format: undefined,
    plain: false,
    insert: {...target, dataStart: dataStart(text, last.end)},
  };
}

/** Table functions that make their rows themselves. */
const cheapSources: ReadonlySet<string> = new Set(['NUMBERS', 'NUMBERS_MT', 'ZEROS', 'ZEROS_MT', 'VALUES']);

/** The table function whose name is given. */
function inputOf(text: string, name: Token): InsertTarget['input'] {
  const open = nextToken(text, name.end);
  if (open?.text !== '(') return undefined;
  const close = closing(text, open.end);
  return {start: name.start, end: close + 1, structure: text.slice(open.end, close)};
}

/** Where the parenthesis opened before `start` closes. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let token = nextToken(text, start); token; token = nextToken(text, token.end)) {
    if (token.text === '(') depth++;
    if (token.text === ')' && --depth === 0) return token.start;
  }
  throw new StatementError(62, 'Syntax error: a parenthesis does not close');
}

/** As ClickHouse has it: blanks after the format's name are skipped up to and with the first line break. */
function dataStart(text: string, end: number): number {
  let i = end;
  while (text[i] === ' ' || text[i] === '\t' || text[i] === '\r') i++;
  return text[i] === '\n' ? i + 1 : i;
}

function kindOf(first: Token): Statement['kind'] {
  if (first.text === 'SELECT' || first.text === 'WITH' || first.text === '(') return 'select';
  return first.text === 'SET' || first.text === 'USE' ? 'session' : 'other';
}

/** A string literal of ClickHouse's SQL. */
export const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

/** An identifier of it. */
export const quoteName = (text: string): string => `\`${text.replaceAll(/[\\`]/g, '\\$&')}\``;

/** The columns that rows of a shape are inserted into, the list that is selected for them, and how what is read is made up. */
export function shapeSql({columns, constants}: InsertShape): {target: string; selected: string; structure: string} {
  const names = Object.keys(columns).map(quoteName);
  return {
    target: `(${[...names, ...Object.keys(constants).map(quoteName)].join(', ')})`,
    selected: [...names, ...Object.values(constants)].join(', '),
    structure: Object.entries(columns)
      .map(([name, type]) => `${quoteName(name)} ${type}`)
      .join(', '),
  };
}
