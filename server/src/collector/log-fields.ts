/** Fields of log records by their path: `body.src.ip`, `attributes.host\.name`. */
import {utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  findAttribute,
  goText,
  type KeyValue,
  type LogBatch,
  readValue,
  removeAttributes,
  writeValue,
} from '../model/index.ts';

export interface LogField {
  readonly of: 'body' | 'attributes';
  /** The keys from map to map; none are all attributes. */
  readonly path: readonly string[];
  readonly firstKey: Uint8Array;
}

/** The field, or why there is none. */
export function parseLogField(text: string): LogField | string {
  const [of = '', ...path] = text.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  if (of !== 'body' && of !== 'attributes') return `expected a field of \`body\` or \`attributes\`, found "${text}"`;
  if (of === 'body' && path.length === 0) return 'the whole body cannot be named';
  return {of, path, firstKey: utf8Bytes(path[0] ?? '')};
}

/** The value of a field as text; undefined where the record has none. */
export function fieldText(batch: LogBatch, row: number, {of, path, firstKey}: LogField): string | undefined {
  const {body, attributes} = batch.logs.columns;
  let value: AnyValue | undefined;
  let rest = path;
  if (of === 'body') {
    if (body.count(row) === 0) return undefined;
    value = readValue(batch, body.from(row));
  } else {
    const at = findAttribute(batch, attributes, row, firstKey);
    if (at < 0) return undefined;
    value = readValue(batch, at);
    rest = path.slice(1);
  }
  for (const key of rest) value = value?.type === 'map' ? entryOf(value.value, key) : undefined;
  return value && goText(value);
}

const entryOf = (entries: readonly KeyValue[], key: string): AnyValue | undefined =>
  entries.find((entry) => entry.key === key)?.value;

/** Takes a field from a record. */
export function removeField(batch: LogBatch, row: number, {of, path, firstKey}: LogField): void {
  const {body, attributes} = batch.logs.columns;
  if (of === 'body') {
    if (body.count(row) > 0) removeWithin(batch, body.from(row), path);
    return;
  }
  if (path.length === 0) return attributes.setPair(row, 0, 0);
  const at = findAttribute(batch, attributes, row, firstKey);
  if (at < 0) return;
  if (path.length === 1) removeAttributes(batch, attributes, row, (each) => each === at);
  else removeWithin(batch, at, path.slice(1));
}

function removeWithin(batch: LogBatch, at: number, path: readonly string[]): void {
  const before = readValue(batch, at);
  const after = without(before, path);
  if (after !== before) writeValue(batch.attributes, batch.heap, at, after);
}

function without(value: AnyValue, [key, ...rest]: readonly string[]): AnyValue {
  if (value.type !== 'map' || key === undefined) return value;
  const inner = entryOf(value.value, key);
  if (inner === undefined) return value;
  if (rest.length === 0) return {type: 'map', value: value.value.filter((entry) => entry.key !== key)};
  const changed = without(inner, rest);
  if (changed === inner) return value;
  return {type: 'map', value: value.value.map((entry) => (entry.key === key ? {key, value: changed} : entry))};
}
