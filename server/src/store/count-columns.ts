/**
 * What spans are counted by, as SQL. Each key is an expression that is computed once an entry of a dictionary wherever it can be, with a
 * number that is equal where its values are, and its value back from the text of one of the spans.
 */
import {bug, utf8, utf8Bytes} from '../base/index.ts';
import {type AnyValue, createSpanBatch, findAttribute, type RangeColumn, readValue} from '../model/index.ts';
import type {CountKey} from '../query/index.ts';
import {origin} from '../wire/index.ts';
import {isFreeSql} from './attribute-sql.ts';
import {fieldColumns, type Where} from './read-conditions.ts';
import {fitsTemplate, mark} from './span-text.ts';
import {anyValueOf} from './value-text.ts';

/** Where attributes of spans may stand beside constants of templates: reading these costs several times as much. */
export interface AttributeForms {
  readonly varying: boolean;
  readonly free: boolean;
}

export interface CountColumn {
  /** Of a span. */
  readonly sql: string;
  /** A number of it; the same for equal values. */
  readonly hash: string;
  /** From one that was selected to what an answer in JSON can hold. */
  readonly shown: (value: string) => string;
}

/** The texts of one key of spans: empty, or the value's, the mark of its end, and its letter. */
export function typedText(where: Where, key: string, {varying, free}: AttributeForms): string {
  if (!fitsTemplate(key, true)) return free ? `if(${isFreeSql}, ${freeText(where, key)}, '')` : `''`;
  const constant = `extract(attribute_template, ${where.bind(`${mark.constant}${keyPattern(key)}=([^${mark.end}]*${mark.end}.)`)})`;
  if (!varying && !free) return constant;
  const letter = `extract(attribute_template, ${where.bind(`${mark.varying}${keyPattern(key)}(${mark.end}.)`)})`;
  // As many as vary before it.
  const before = `countSubstrings(extract(attribute_template, ${where.bind(`(?s)^(.*)${mark.varying}${keyPattern(key)}${mark.end}`)}), '\\x1e')`;
  const own = varying ? `${letter} != '', concat(attribute_values[${before} + 1], ${letter}), ` : '';
  return `multiIf(${own}${free ? `${isFreeSql}, ${freeText(where, key)}, ` : ''}${constant})`;
}

/** Attributes in the free form are a key, a letter and a value in turn. */
function freeText(where: Where, key: string): string {
  const at = `arrayFirstIndex((x, i) -> i % 3 = 1 AND i + 2 <= length(attribute_values) AND x = ${where.bind(key)}, attribute_values, arrayEnumerate(attribute_values))`;
  return `if(${at} = 0, '', concat(attribute_values[${at} + 2], '\\x1d', attribute_values[${at} + 1]))`;
}

/** Whether a span has attributes in a form that was not looked at. */
export function otherForms(where: Where, keys: readonly string[], {varying, free}: AttributeForms): string {
  const missed = [
    ...(free ? [] : [isFreeSql]),
    ...(varying
      ? []
      : keys.map((key) => `position(attribute_template, ${where.bind(`${mark.varying}${key}${mark.end}`)}) > 0`)),
  ];
  return missed.length === 0 ? '' : `toUInt8(${missed.join(' OR ')})`;
}

/** A key in an expression for `extract`. */
export const keyPattern = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');

const plain = (sql: string): CountColumn => ({sql, hash: `cityHash64(${sql})`, shown: (value) => `toString(${value})`});
const exact = (sql: string): CountColumn => ({...plain(sql), shown: (value) => `base64Encode(${value})`});

/** The columns that the keys are read from, each once, and of each key the index of its column. */
export function countColumns(
  where: Where,
  keys: readonly CountKey[],
  forms: AttributeForms,
): {readonly columns: readonly CountColumn[]; readonly indexes: readonly number[]} {
  const names = keys.map(columnName);
  const distinct = [...new Set(names)];
  return {
    columns: distinct.map((name) => countColumn(where, keys[names.indexOf(name)] as CountKey, forms)),
    indexes: names.map((name) => distinct.indexOf(name)),
  };
}

function columnName(key: CountKey): string {
  if (key.type === 'attribute' && key.of !== 'span') return key.of;
  if (key.type === 'column' && (key.column === 'scopeName' || key.column === 'scopeVersion')) return 'scope';
  return JSON.stringify(key);
}

function countColumn(where: Where, key: CountKey, forms: AttributeForms): CountColumn {
  switch (key.type) {
    case 'attribute':
      if (key.of === 'span') return plain(typedText(where, key.key, forms));
      return exact(key.of);
    case 'double': {
      const text = typedText(where, key.key, forms);
      return plain(`if(endsWith(${text}, '\\x1dd'), ${text}, '')`);
    }
    case 'column':
      if (key.column === 'scopeName' || key.column === 'scopeVersion') return exact('scope');
      return plain(columns[key.column]);
    case 'root':
      return plain(`toUInt8(parent_span_id = toFixedString('', 8))`);
    case 'duration': {
      const value = where.bind(String(key.value), 'Float64');
      return plain(`toUInt8(toFloat64(greatest(duration_ns, 0)) ${key.operator} ${value})`);
    }
  }
}

const columns = {
  name: fieldColumns.operation,
  statusMessage: fieldColumns['status.message'],
  kind: 'kind',
  status: 'status_code',
} as const;

/** Values out of the texts of an answer. Undefined where a text does not tell all of the value. */
export class CountValues {
  readonly #known = new Map<string, Read>();
  readonly #batch = createSpanBatch();

  read(key: CountKey, text: string): Read {
    const name = `${JSON.stringify(key)}${text}`;
    let found = this.#known.get(name);
    if (found === undefined) {
      found = this.#read(key, text);
      this.#known.set(name, found);
    }
    return found;
  }

  #read(key: CountKey, text: string): Read {
    switch (key.type) {
      case 'double':
        return typedValue(text);
      case 'attribute':
        if (key.of === 'span') return typedValue(text);
        return {value: this.#ofOrigin(key.of === 'scope' ? 'scopes' : 'resources', text, key.key)};
      case 'column':
        if (key.column === 'kind' || key.column === 'status') return {value: {type: 'int', value: BigInt(text)}};
        if (key.column === 'name' || key.column === 'statusMessage') return {value: {type: 'string', value: text}};
        return {value: this.#ofScope(text, key.column)};
      case 'root':
      case 'duration':
        return {value: {type: 'bool', value: text === '1'}};
    }
  }

  #ofOrigin(table: 'resources' | 'scopes', text: string, key: string): AnyValue | undefined {
    const batch = this.#batch;
    const row = origin.decode(batch, table, Buffer.from(text, 'base64'));
    const owner: RangeColumn = batch[table].columns.attributes;
    const at = findAttribute(batch, owner, row, utf8Bytes(key));
    return at < 0 ? undefined : readValue(batch, at);
  }

  #ofScope(text: string, column: 'scopeName' | 'scopeVersion'): AnyValue {
    const batch = this.#batch;
    const row = origin.decode(batch, 'scopes', Buffer.from(text, 'base64'));
    const {name, version} = batch.scopes.columns;
    return {type: 'string', value: utf8((column === 'scopeName' ? name : version).bytes(row, batch.heap))};
  }
}

type Read = {readonly value: AnyValue | undefined} | undefined;

function typedValue(text: string): Read {
  if (text === '') return {value: undefined};
  const letter = text.at(-1);
  if (text.at(-2) !== mark.end || letter === undefined) return bug('a value of an answer has no letter');
  return letter === 'x' ? undefined : {value: anyValueOf(letter, text.slice(0, -2))};
}
